//! Numbers, durations and counts as each language writes them.

use super::Lang;
use crate::model::Counts;

impl Lang {
    /// Milliseconds, in the unit that a person would choose.
    pub(crate) fn duration(self, ms: u64) -> String {
        let minutes = ms / 60_000;
        match ms {
            0..1_000 => format!("{ms}\u{a0}ms"),
            1_000..60_000 => {
                let (whole, tenth) = (ms / 1_000, ms % 1_000 / 100);
                format!("{whole}{}{tenth}\u{a0}s", self.pick(',', '.'))
            }
            60_000..3_600_000 => format!("{minutes}\u{a0}min {}\u{a0}s", ms % 60_000 / 1_000),
            _ => format!("{}\u{a0}h {}\u{a0}min", minutes / 60, minutes % 60),
        }
    }

    /// A whole number with its thousands apart; anything else stays as it is.
    pub(crate) fn number(self, digits: &str) -> String {
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return digits.to_owned();
        }
        let apart = self.pick('\u{202f}', ',');
        let mut out = String::new();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(apart);
            }
            out.push(digit);
        }
        out
    }

    fn plural(self, count: usize, fr: [&str; 2], en: [&str; 2]) -> String {
        // French counts zero as one.
        let many = self.pick(count > 1, count != 1);
        let words = self.pick(fr, en);
        format!("{} {}", self.number(&count.to_string()), words[usize::from(many)])
    }

    pub(crate) fn checks(self, count: usize) -> String {
        self.plural(count, ["vérification", "vérifications"], ["check", "checks"])
    }

    /// How many checks ended how, in one line; kinds that did not happen are left out.
    pub(crate) fn counts(self, counts: &Counts) -> String {
        let kinds = [
            (counts.passed, ["réussie", "réussies"], ["passed", "passed"]),
            (counts.failed, ["en échec", "en échec"], ["failed", "failed"]),
            (counts.errored, ["en erreur", "en erreur"], ["errored", "errored"]),
            (counts.skipped, ["non exécutée", "non exécutées"], ["not run", "not run"]),
            (counts.waived, ["en dérogation", "en dérogation"], ["waived", "waived"]),
            (counts.warnings, ["avertissement", "avertissements"], ["warning", "warnings"]),
        ];
        let kinds: Vec<String> = kinds
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, fr, en)| self.plural(count, fr, en))
            .collect();
        let total = self.checks(counts.total());
        if kinds.is_empty() { total } else { format!("{total}{} {}", self.colon(), kinds.join(", ")) }
    }

    /// The six kinds of [`Counts`], in its order, as heads of a table.
    pub(crate) fn kinds(self) -> [&'static str; 6] {
        self.pick(
            ["Réussies", "Échecs", "Erreurs", "Non exécutées", "Dérogations", "Avertissements"],
            ["Passed", "Failed", "Errored", "Not run", "Waived", "Warnings"],
        )
    }

    /// So many things more, which are not listed.
    pub(crate) fn and_more(self, count: u64) -> String {
        let number = self.number(&count.to_string());
        self.pick(format!("et {number} de plus"), format!("and {number} more"))
    }

    /// How many checks a filter left out.
    pub(crate) fn left_out(self, count: usize) -> String {
        self.plural(
            count,
            ["vérification écartée", "vérifications écartées"],
            ["check left out", "checks left out"],
        )
    }

    pub(crate) fn moment(self, ms: u64) -> String {
        let duration = self.duration(ms);
        self.pick(format!("à +{duration}"), format!("at +{duration}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_take_a_fitting_unit() {
        assert_eq!(Lang::Fr.duration(999), "999\u{a0}ms");
        assert_eq!(Lang::Fr.duration(1_250), "1,2\u{a0}s");
        assert_eq!(Lang::En.duration(59_999), "59.9\u{a0}s");
        assert_eq!(Lang::En.duration(61_000), "1\u{a0}min 1\u{a0}s");
        assert_eq!(Lang::En.duration(7_260_000), "2\u{a0}h 1\u{a0}min");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(Lang::En.number("1234567"), "1,234,567");
        assert_eq!(Lang::Fr.number("123"), "123");
        assert_eq!(Lang::Fr.number("12.5"), "12.5");
    }

    #[test]
    fn counts_name_only_what_happened() {
        let counts = Counts { passed: 2, errored: 1, ..Counts::default() };
        assert_eq!(Lang::Fr.counts(&counts), "3 vérifications\u{a0}: 2 réussies, 1 en erreur");
        assert_eq!(Lang::En.counts(&Counts { passed: 1, ..Counts::default() }), "1 check: 1 passed");
        assert_eq!(Lang::Fr.counts(&Counts::default()), "0 vérification");
    }
}

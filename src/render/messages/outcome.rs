//! How a check and a run ended, in words.

use super::Lang;
use crate::model::{Outcome, SkipReason, Verdict};

impl Lang {
    /// How a check ended, as a word for tables. Only tables of verdicts turn "passed" into a tick.
    pub(crate) fn outcome(self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Passed => self.pick("réussi", "passed"),
            Outcome::Failed => self.pick("ÉCHEC", "FAILED"),
            Outcome::Errored => self.pick("ERREUR", "ERROR"),
            Outcome::Skipped => self.pick("non exécuté", "not run"),
            Outcome::Waived => self.pick("dérogation", "waived"),
        }
    }

    pub(crate) fn verdict(self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Passed => self.pick("CONFORME", "PASSED"),
            Verdict::Warned => self.pick("CONFORME AVEC RÉSERVES", "PASSED WITH WARNINGS"),
            Verdict::Failed => self.pick("NON CONFORME", "FAILED"),
            Verdict::Errored => self.pick("INDÉTERMINÉ", "COULD NOT TELL"),
            Verdict::Partial => self.pick("PARTIEL", "PARTIAL"),
        }
    }

    pub(crate) fn meaning(self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Passed => {
                self.pick("La production est conforme à ce qui était attendu.", "Production is as expected.")
            }
            Verdict::Warned => self.pick(
                "Rien de bloquant, mais tout n'est pas conforme.",
                "Nothing blocks, but not everything is as expected.",
            ),
            Verdict::Failed => self.pick(
                "La production n'est pas conforme à ce qui était attendu.",
                "Production is not as expected.",
            ),
            Verdict::Errored => {
                self.pick("Une vérification exigée n'a pas pu conclure.", "A required check could not tell.")
            }
            Verdict::Partial => self.pick(
                "Un filtre a écarté des vérifications : ceci n'est pas une preuve complète.",
                "A filter left checks out: this is not the whole proof.",
            ),
        }
    }

    /// Why a check was not run; `code` writes the id of another check.
    pub(crate) fn skip(self, reason: &SkipReason, code: &dyn Fn(&str) -> String) -> String {
        match reason {
            SkipReason::Prerequisite { check } => {
                let check = code(check);
                self.pick(
                    format!("non exécuté : {check} n'a pas réussi"),
                    format!("not run: {check} did not pass"),
                )
            }
            SkipReason::EarlierStep { check } => {
                let check = code(check);
                self.pick(
                    format!("non exécuté : l'étape {check} n'a pas réussi"),
                    format!("not run: the step {check} did not pass"),
                )
            }
            SkipReason::NothingToUndo => self
                .pick("non exécuté : il n'y avait rien à défaire", "not run: there was nothing to undo")
                .to_owned(),
            SkipReason::NoBaseline => self
                .pick(
                    "non exécuté\u{a0}: aucun déploiement précédent à comparer",
                    "not run: there is no previous deployment to compare with",
                )
                .to_owned(),
        }
    }

    /// What to do about a check that something before it kept from running.
    pub(crate) fn skip_remedy(self) -> &'static str {
        self.pick(
            "corriger d'abord la vérification nommée, puis relancer",
            "correct the named check first, then run again",
        )
    }
}

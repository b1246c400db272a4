//! Commands that a person pastes: bash blocks in which everything that is not a command is a comment.

use super::RecordPage;
use crate::model::{CheckReport, Command};
use crate::render::clean;
use crate::render::md::{self, Md};

/// A longer block is folded away.
const OPEN_LINES: usize = 30;

/// Whether a comment with the check's name stands before its commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Titles {
    /// Where commands do not say what they are for.
    Shown,
    /// Where the command's address says it.
    Hidden,
}

impl RecordPage<'_> {
    /// The commands of these checks, in order, as one block; empty when there are none.
    pub(super) fn block<'c>(self, checks: impl IntoIterator<Item = &'c CheckReport>, titles: Titles) -> Md {
        let script = self.script(checks, titles);
        if script.is_empty() {
            return Md::default();
        }
        let block = md::fence("bash", &script);
        if script.lines().count() > OPEN_LINES {
            md::details(&Md::own(self.t.commands), &block)
        } else {
            block
        }
    }

    /// The text of such a block.
    fn script<'c>(self, checks: impl IntoIterator<Item = &'c CheckReport>, titles: Titles) -> String {
        let mut pieces = Vec::new();
        for check in checks.into_iter().filter(|check| !check.evidence.commands.is_empty()) {
            let name = if titles == Titles::Shown { comment("# ", &check.meta.title) } else { String::new() };
            let commands: String =
                check.evidence.commands.iter().map(|command| self.command(command)).collect();
            pieces.push(name + &commands);
        }
        pieces.join("\n")
    }

    pub(in crate::render) fn command(self, command: &Command) -> String {
        let mark = if command.writes { format!("# {}\n", self.t.writes) } else { String::new() };
        let prints: String = command.prints.iter().map(|line| comment("# → ", line)).collect();
        let bash = clean::lines(&command.bash);
        let bash = bash.trim_end_matches('\n');
        // A backslash at the end would draw the comment below into the command.
        let gap = if bash.ends_with('\\') { "\n" } else { "" };
        format!("{mark}{bash}\n{gap}{prints}")
    }
}

/// Comment lines: however many lines the text has, none of them can become a command.
fn comment(lead: &str, text: &str) -> String {
    let cut = clean::cut(text, 2_000);
    let text = clean::lines(&cut);
    // An empty line is something that was printed, too.
    let lines = text.strip_suffix('\n').unwrap_or(&text).split('\n');
    lines.map(|line| format!("{lead}{line}").trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    #[test]
    fn what_was_printed_can_never_run() {
        let report = fixture::tiny();
        let command = Command::reads("curl x", vec!["a\nrm -rf /\r\nb\u{2028}c\u{85}d\re".to_owned()]);
        let script = RecordPage::new(&report).command(&command);
        let commands: Vec<&str> = script.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(commands, ["curl x"], "{script}");
    }

    #[test]
    fn a_write_is_marked_before_it_runs() {
        let report = fixture::tiny();
        let command = Command { bash: "curl -X POST x\n".into(), prints: vec!["201".into()], writes: true };
        let script = RecordPage::new(&report).command(&command);
        assert_eq!(script, "# écrit en production\ncurl -X POST x\n# → 201\n");
    }
}

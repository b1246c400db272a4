//! Section 1: what is compared, and what to do about each finding.

use super::Lang;
use super::comparison::Code;
use crate::model::CommitSubject;

impl Lang {
    pub(super) fn commit_subject(self, what: &CommitSubject, code: Code) -> String {
        match what {
            CommitSubject::Commit(source) => {
                format!("{} {}", self.pick("commit selon", "commit by"), code(source))
            }
            CommitSubject::Tag => "tag".to_owned(),
            CommitSubject::WorkTree => {
                self.pick("fichiers modifiés et non commités", "files changed and not committed").to_owned()
            }
        }
    }

    pub(super) fn commit_remedy(self, what: &CommitSubject) -> &'static str {
        match what {
            CommitSubject::WorkTree => self.pick(
                "lire `git status` sur l'hôte\u{a0}: du code non commité tourne peut-être en production",
                "read `git status` on the host: code that was never committed may run in production",
            ),
            CommitSubject::Commit(_) => self.pick(
                "la production n'exécute pas ce tag : vérifier que le déploiement s'est terminé et quelle image tourne",
                "production does not run this tag: see whether the deployment ended, and which image runs",
            ),
            CommitSubject::Tag => self.pick(
                "relancer avec le tag qui désigne ce commit, ou sans donner de commit",
                "run again with the tag that names this commit, or without giving a commit",
            ),
        }
    }
}

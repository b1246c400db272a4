//! What to do about a record that is not validated.

use super::Lang;
use crate::model::Reason;

impl Lang {
    /// The next step, as a sentence.
    #[expect(clippy::too_many_lines, reason = "one arm a reason, in one place")]
    pub(crate) fn reason_next(self, reason: &Reason) -> &'static str {
        match reason {
            Reason::Fork | Reason::OtherBranch { .. } | Reason::OtherBase { .. } => self.pick(
                "fermer cette PR\u{a0}; les procès-verbaux viennent de la branche que prod-gate publie lui-même.",
                "close this PR; records come from the branch that prod-gate publishes itself.",
            ),
            Reason::NotOneFile { .. } | Reason::NotARecord { .. } | Reason::NotAdded { .. } => self.pick(
                "mettre les autres changements dans une autre PR, supprimer la branche et relancer l'exécution.",
                "put the other changes into another PR, delete the branch and run the gate again.",
            ),
            Reason::ForeignCommit { .. }
            | Reason::Unverified { .. }
            | Reason::Unreadable
            | Reason::DigestDiffers
            | Reason::BelowSeal
            | Reason::FooterDiffers
            | Reason::NameDiffers { .. }
            | Reason::OtherTag { .. } => self.pick(
                "ne pas valider ce fichier\u{a0}; supprimer la branche et relancer l'exécution du tag.",
                "do not trust this file; delete the branch and run the gate for the tag again.",
            ),
            Reason::Partial => self.pick(
                "relancer sans `--only` ni `--skip`.",
                "run the gate again without `--only` and `--skip`.",
            ),
            Reason::NoTag { .. } | Reason::TagMoved { .. } => self.pick(
                "un tag publié ne se déplace pas\u{a0}: le rétablir, ou poser un nouveau tag et relancer.",
                "a released tag does not move: put it back, or make a new tag and run the gate for it.",
            ),
            Reason::Replayed { .. } => self.pick(
                "fermer cette PR\u{a0}; pour un nouveau déploiement, relancer l'exécution.",
                "close this PR; for a new deployment, run the gate again.",
            ),
            Reason::NoRun | Reason::RunElsewhere | Reason::RunUnknown { .. } => self.pick(
                "publier depuis une exécution de GitHub Actions de ce dépôt.",
                "publish from a run of GitHub Actions in this repository.",
            ),
            Reason::RunUnfinished { .. } => self.pick(
                "attendre la fin de l'exécution, puis relancer la validation.",
                "wait until the run has ended, then run the validation again.",
            ),
            Reason::RunEvent { .. }
            | Reason::RunRef { .. }
            | Reason::RunCommit { .. }
            | Reason::RunBranch { .. } => self.pick(
                "relancer prod-gate par le tag, ou à la main depuis la branche par défaut.",
                "run the gate by the tag, or by hand from the default branch.",
            ),
            Reason::RunWorkflow { .. } => self.pick(
                "utiliser le workflow que nomme la configuration de la branche par défaut, ou l'y ajouter.",
                "use the workflow that the default branch's configuration names, or name this one there.",
            ),
            Reason::RunConclusion { .. } | Reason::RunTime { .. } => self.pick(
                "lire l'exécution, puis la relancer\u{a0}: un nouveau procès-verbal remplacera celui-ci.",
                "read the run, then run it again: a new record will take this one's place.",
            ),
            Reason::Configuration => self.pick(
                "corriger `.github/prod-gate.yml` sur la branche par défaut (`prod-gate plan` dit ce qui ne va pas).",
                "correct `.github/prod-gate.yml` on the default branch (`prod-gate plan` says what is wrong).",
            ),
            Reason::NoLeads => self.pick(
                "nommer les leads sur la branche par défaut\u{a0}: `lead: { reviewers: [login] }`.",
                "name the leads on the default branch: `lead: { reviewers: [login] }`.",
            ),
            Reason::NoReview | Reason::NotALead { .. } | Reason::Bot { .. } | Reason::Dismissed { .. } => self.pick(
                "un lead lit le procès-verbal et approuve la PR.",
                "a lead reads the record and approves the PR.",
            ),
            Reason::OtherContent { .. } => self.pick(
                "lire ce qui a changé, puis approuver de nouveau.",
                "read what has changed, then approve again.",
            ),
            Reason::ChangesRequested { .. } => self.pick(
                "répondre à la revue, relancer si la production a changé, puis demander une nouvelle revue.",
                "answer the review, run the gate again if production has changed, then ask for another review.",
            ),
            Reason::AskAgain { .. } => self.pick(
                "approuver encore une fois\u{a0}: rien ne sera plus écrit, et le procès-verbal au-dessus du sceau est le même.",
                "approve once more: nothing more will be written, and the record above the seal is the same.",
            ),
            Reason::OwnDeployment { .. } => self.pick(
                "demander la revue d'un lead qui n'a pas pris part au déploiement.",
                "ask a lead who took no part in the deployment for a review.",
            ),
            Reason::TaggerUnknown => self.pick(
                "ajouter l'adresse du tag au compte GitHub de son auteur, ou écrire `separation: recorded`.",
                "add the tag's e-mail address to its author's GitHub account, or write `separation: recorded`.",
            ),
            Reason::NotAccepted { .. } => self.pick(
                "corriger la production et relancer\u{a0}; ou autoriser ces validations par `lead: { accept_failed: true }`.",
                "put production right and run the gate again; or allow such validations by `lead: { accept_failed: true }`.",
            ),
            Reason::NoReasonGiven { .. } => self.pick(
                "écrire la raison dans le texte de la revue\u{a0}: elle sera montrée dans le procès-verbal.",
                "write the reason into the review's text: the record will show it.",
            ),
            Reason::NotWritten => self.pick(
                "lire le journal de l'exécution (`contents: write` manque peut-être), puis relancer la validation.",
                "read the run's log (`contents: write` may be missing), then run the validation again.",
            ),
            Reason::Closed { merged: true } => self.pick(
                "le procès-verbal fusionné n'est pas validé\u{a0}; relancer l'exécution pour en obtenir un nouveau.",
                "the merged record is not validated; run the gate again for a new one.",
            ),
            Reason::Closed { merged: false } => {
                self.pick("rouvrir la PR, ou relancer l'exécution.", "open the PR again, or run the gate again.")
            }
        }
    }
}

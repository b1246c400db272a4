//! The lead's validation: what the record says of one, and why there is none.

use super::Lang;
use crate::model::{Reason, Role, Separation, Standing};

impl Lang {
    pub(crate) fn validation(self) -> &'static str {
        self.pick("Validation", "Validation")
    }

    /// The names of the rows of a validation, in order: lead, review, when, commit, digest, run, separation,
    /// reason, identities.
    pub(crate) fn validation_rows(self) -> [&'static str; 9] {
        self.pick(
            [
                "Lead",
                "Revue",
                "Date",
                "Commit approuvé",
                "Empreinte approuvée",
                "Exécution",
                "Séparation des rôles",
                "Motif donné pour accepter ce verdict",
                "Identités",
            ],
            [
                "Lead",
                "Review",
                "When",
                "Commit approved",
                "Digest approved",
                "Run",
                "Separation of duties",
                "Reason given for accepting this verdict",
                "Identities",
            ],
        )
    }

    /// What stands behind the lead's name when they validated their own deployment.
    pub(crate) fn own_mark(self, separation: Separation) -> &'static str {
        match separation {
            Separation::Own(_) => self.pick(" (auto-validation)", " (self-validation)"),
            Separation::Separate | Separation::TaggerUnknown => "",
        }
    }

    /// Whether somebody else validated than deployed.
    pub(crate) fn separation(self, separation: Separation) -> &'static str {
        match separation {
            Separation::Separate => self.pick(
                "le lead n'est ni l'auteur du tag, ni à l'origine de l'exécution",
                "the lead neither made the tag nor started the run",
            ),
            Separation::Own(Role::Actor) => self.pick(
                "auto-validation\u{a0}: le lead est à l'origine de l'exécution",
                "self-validation: the lead caused the run",
            ),
            Separation::Own(Role::TriggeringActor) => self.pick(
                "auto-validation\u{a0}: le lead a lancé l'exécution",
                "self-validation: the lead started the run",
            ),
            Separation::Own(Role::Tagger) => self.pick(
                "auto-validation\u{a0}: le lead a posé le tag",
                "self-validation: the lead made the tag",
            ),
            Separation::Own(Role::Operator) => self.pick(
                "auto-validation\u{a0}: le lead est l'opérateur",
                "self-validation: the lead is the operator",
            ),
            Separation::TaggerUnknown => self.pick(
                "indéterminée\u{a0}: l'auteur du tag n'a pas de compte connu",
                "not known: who made the tag has no known account",
            ),
        }
    }

    pub(crate) fn not_vouched(self) -> &'static str {
        self.pick(
            "non vérifiées\u{a0}: ce dépôt ne garantit ni les personnes ni les commits",
            "not verified: this repository vouches for neither persons nor commits",
        )
    }

    /// A part in the deployment, behind a name and a comma.
    fn role(self, role: Role) -> &'static str {
        match role {
            Role::Actor => self.pick("à l'origine de l'exécution", "who caused the run"),
            Role::TriggeringActor => self.pick("qui a lancé l'exécution", "who started the run"),
            Role::Tagger => self.pick("qui a posé le tag", "who made the tag"),
            Role::Operator => self.pick("opérateur du déploiement", "the operator of the deployment"),
        }
    }

    /// Where a validation stands, in a word or two.
    pub(crate) fn standing(self, standing: Standing) -> &'static str {
        match standing {
            Standing::Validated => self.pick("Validé", "Validated"),
            Standing::Pending => self.pick("En attente de validation", "Waits for validation"),
            Standing::Refused => self.pick("Validation refusée", "Validation refused"),
        }
    }

    pub(crate) fn validated_by(self, lead: &str, separation: Separation) -> String {
        let own = self.own_mark(separation);
        self.pick(format!("validé par {lead}{own}"), format!("validated by {lead}{own}"))
    }

    /// The first line of the message of the commit that writes a validation.
    pub(crate) fn validated_message(self, name: &str, lead: &str) -> String {
        self.pick(format!("{name} validé par {lead}"), format!("{name} validated by {lead}"))
    }

    /// The same of the commit that takes it back.
    pub(crate) fn cleared_message(self, name: &str) -> String {
        self.pick(format!("{name} n'est plus validé"), format!("{name} is no longer validated"))
    }

    /// What comes after a validation, as a sentence.
    pub(crate) fn validated_next(self) -> &'static str {
        self.pick(
            "Rien d'autre à faire que fusionner. Une nouvelle exécution, une revue retirée ou une demande de changements annule cette validation.",
            "All that is left to do is to merge. Another run, a review taken back or a request for changes undoes this validation.",
        )
    }

    /// Why a record is not validated; `value` writes what comes from outside.
    #[expect(clippy::too_many_lines, reason = "one arm a reason, in one place")]
    pub(crate) fn reason(self, reason: &Reason, value: &dyn Fn(&str) -> String) -> String {
        let short = |commit: &str| value(commit.get(..7).unwrap_or(commit));
        let number = |run: &u64| value(&run.to_string());
        match reason {
            Reason::Fork => {
                self.pick("la PR vient d'un autre dépôt", "the PR comes from another repository").to_owned()
            }
            Reason::OtherBranch { branch } => {
                let branch = value(branch);
                self.pick(
                    format!("la branche {branch} n'est pas une branche de prod-gate"),
                    format!("the branch {branch} is not one of prod-gate's"),
                )
            }
            Reason::OtherBase { base, expected } => {
                let (base, expected) = (value(base), value(expected));
                self.pick(
                    format!("la PR vise {base}, et non {expected}"),
                    format!("the PR goes to {base}, not to {expected}"),
                )
            }
            Reason::NotOneFile { files } => self.pick(
                format!("la PR doit contenir un seul procès-verbal et rien d'autre ({files} fichiers)"),
                format!("the PR must hold one record and nothing else ({files} files)"),
            ),
            Reason::NotARecord { path } => {
                let path = value(path);
                self.pick(
                    format!("{path} n'est pas un procès-verbal du dossier prévu"),
                    format!("{path} is not a record in the folder of records"),
                )
            }
            Reason::NotAdded { path } => {
                let path = value(path);
                self.pick(
                    format!("la PR modifie {path} au lieu de l'ajouter"),
                    format!("the PR changes {path} instead of adding it"),
                )
            }
            Reason::ForeignCommit { commit, author } => {
                let (commit, author) = (short(commit), author.as_deref().map_or_else(|| "?".into(), value));
                self.pick(
                    format!("le commit {commit} vient de {author}, pas de prod-gate"),
                    format!("the commit {commit} is by {author}, not by prod-gate"),
                )
            }
            Reason::Unverified { commit } => {
                let commit = short(commit);
                self.pick(
                    format!("la signature du commit {commit} n'est pas vérifiée par GitHub"),
                    format!("the signature of the commit {commit} is not verified by GitHub"),
                )
            }
            Reason::Unreadable => self
                .pick(
                    "le fichier n'est pas un procès-verbal lisible",
                    "the file is not a record that can be read",
                )
                .to_owned(),
            Reason::DigestDiffers => self
                .pick(
                    "l'empreinte ne correspond plus\u{a0}: le procès-verbal a été modifié",
                    "the digest does not match: the record was changed",
                )
                .to_owned(),
            Reason::BelowSeal => self
                .pick(
                    "sous le sceau se trouve autre chose que ce que prod-gate y écrit",
                    "below the seal stands something that prod-gate does not write there",
                )
                .to_owned(),
            Reason::FooterDiffers => self
                .pick(
                    "la date ou l'opérateur du pied de page diffère de l'en-tête",
                    "the footer's date or operator differs from the header",
                )
                .to_owned(),
            Reason::NameDiffers { path } => {
                let path = value(path);
                self.pick(
                    format!("le nom {path} n'est pas celui de ce procès-verbal (date, commit)"),
                    format!("the name {path} is not this record's (date, commit)"),
                )
            }
            Reason::Partial => self
                .pick(
                    "le procès-verbal est partiel\u{a0}: un filtre a écarté des vérifications",
                    "the record is partial: a filter left checks out",
                )
                .to_owned(),
            Reason::OtherTag { record, branch } => {
                let record = record.as_deref().map_or_else(|| "?".to_owned(), value);
                let branch = value(branch);
                self.pick(
                    format!("le procès-verbal est du tag {record}, la branche de {branch}"),
                    format!("the record is of the tag {record}, the branch of {branch}"),
                )
            }
            Reason::NoTag { tag } => {
                let tag = value(tag);
                self.pick(format!("le tag {tag} n'existe pas"), format!("the tag {tag} does not exist"))
            }
            Reason::TagMoved { tag, commit } => {
                let (tag, commit) = (value(tag), short(commit));
                self.pick(
                    format!("le tag {tag} désigne {commit}, pas le commit vérifié"),
                    format!("the tag {tag} points at {commit}, not at the commit that was verified"),
                )
            }
            Reason::Replayed { path } => {
                let path = value(path);
                self.pick(
                    format!("ce procès-verbal est déjà enregistré\u{a0}: {path}"),
                    format!("this record is there already: {path}"),
                )
            }
            Reason::NoRun => self
                .pick(
                    "le procès-verbal ne nomme pas d'exécution GitHub Actions",
                    "the record names no run of GitHub Actions",
                )
                .to_owned(),
            Reason::RunElsewhere => self
                .pick(
                    "l'exécution nommée n'est pas de ce dépôt",
                    "the run that the record names is not of this repository",
                )
                .to_owned(),
            Reason::RunUnknown { run } => {
                let run = number(run);
                self.pick(
                    format!("l'exécution {run} n'existe pas dans ce dépôt"),
                    format!("there is no run {run} in this repository"),
                )
            }
            Reason::RunUnfinished { run } => {
                let run = number(run);
                self.pick(
                    format!("l'exécution {run} n'est pas terminée"),
                    format!("the run {run} has not ended"),
                )
            }
            Reason::RunEvent { run, event } => {
                let (run, event) = (number(run), value(event));
                self.pick(
                    format!("l'exécution {run} vient de {event}, ni d'un tag ni d'un lancement manuel"),
                    format!("the run {run} was started by {event}, neither by a tag nor by hand"),
                )
            }
            Reason::RunRef { run, found } => {
                let (run, found) = (number(run), found.as_deref().map_or_else(|| "?".to_owned(), value));
                self.pick(
                    format!("l'exécution {run} est celle de {found}, pas de ce tag"),
                    format!("the run {run} is of {found}, not of this tag"),
                )
            }
            Reason::RunCommit { run, commit } => {
                let (run, commit) = (number(run), short(commit));
                self.pick(
                    format!("l'exécution {run} porte sur le commit {commit}, pas sur celui du procès-verbal"),
                    format!("the run {run} has the commit {commit}, not the record's"),
                )
            }
            Reason::RunWorkflow { run, path } => {
                let (run, path) = (number(run), value(path));
                self.pick(
                    format!("l'exécution {run} est d'un autre workflow ({path})"),
                    format!("the run {run} is of another workflow ({path})"),
                )
            }
            Reason::RunConclusion { run, conclusion, verdict } => {
                let (run, conclusion, verdict) = (number(run), value(conclusion), verdict.word());
                self.pick(
                    format!("l'exécution {run} a fini en {conclusion}, le procès-verbal dit {verdict}"),
                    format!("the run {run} ended in {conclusion}, the record says {verdict}"),
                )
            }
            Reason::RunBranch { run } => {
                let run = number(run);
                self.pick(
                    format!("l'exécution {run} ne vient pas d'un commit de la branche par défaut"),
                    format!("the run {run} is not of a commit of the default branch"),
                )
            }
            Reason::RunTime { run } => {
                let run = number(run);
                self.pick(
                    format!("l'heure du procès-verbal n'est pas celle de l'exécution {run}"),
                    format!("the record's time is not within the run {run}"),
                )
            }
            Reason::Configuration => self
                .pick(
                    "la configuration de la branche par défaut est illisible",
                    "the default branch's configuration cannot be read",
                )
                .to_owned(),
            Reason::NoLeads => self
                .pick(
                    "aucun lead dans la configuration de la branche par défaut",
                    "the default branch's configuration names no lead",
                )
                .to_owned(),
            Reason::NoReview => {
                self.pick("en attente de l'approbation d'un lead", "waits for a lead's approval").to_owned()
            }
            Reason::NotALead { who } => {
                let who = value(who);
                self.pick(
                    format!("approuvé par {who}, qui n'est pas un lead\u{a0}: en attente d'un lead"),
                    format!("approved by {who}, who is not a lead: waits for a lead"),
                )
            }
            Reason::Bot { who } => {
                let who = value(who);
                self.pick(
                    format!("approuvé par {who}, qui n'est pas une personne\u{a0}: en attente d'un lead"),
                    format!("approved by {who}, who is not a person: waits for a lead"),
                )
            }
            Reason::OtherContent { who, commit } => {
                let (who, commit) = (value(who), commit.as_deref().map_or_else(|| "?".to_owned(), short));
                self.pick(
                    format!(
                        "{who} a approuvé un autre contenu (commit {commit})\u{a0}: à approuver de nouveau"
                    ),
                    format!("{who} approved another content (commit {commit}): to be approved again"),
                )
            }
            Reason::ChangesRequested { who } => {
                let who = value(who);
                self.pick(format!("{who} demande des changements"), format!("{who} asks for changes"))
            }
            Reason::Dismissed { who } => {
                let who = value(who);
                self.pick(
                    format!("l'approbation de {who} a été retirée"),
                    format!("the approval of {who} was taken back"),
                )
            }
            Reason::AskAgain { who, .. } => {
                let who = value(who);
                self.pick(
                    format!(
                        "GitHub a annulé l'approbation de {who} à l'écriture\u{a0}: à approuver une 2e fois"
                    ),
                    format!("GitHub dismissed the approval of {who} on writing: to be approved once more"),
                )
            }
            Reason::OwnDeployment { who, role } => {
                let (who, role) = (value(who), self.role(*role));
                self.pick(
                    format!("{who}, {role}, ne peut pas valider\u{a0}: un autre lead doit le faire"),
                    format!("{who}, {role}, may not validate it: another lead must"),
                )
            }
            Reason::TaggerUnknown => self
                .pick(
                    "l'auteur du tag n'a pas de compte connu\u{a0}: séparation des rôles non prouvée",
                    "who made the tag has no known account: separation of duties is not shown",
                )
                .to_owned(),
            Reason::NotAccepted { verdict } => {
                let verdict = verdict.word();
                self.pick(
                    format!("le verdict est {verdict}, et accept_failed n'est pas configuré"),
                    format!("the verdict is {verdict}, and accept_failed is not configured"),
                )
            }
            Reason::NoReasonGiven { who, verdict } => {
                let (who, verdict) = (value(who), verdict.word());
                self.pick(
                    format!(
                        "le verdict est {verdict}\u{a0}: la revue de {who} doit dire pourquoi il est accepté"
                    ),
                    format!("the verdict is {verdict}: the review of {who} must say why it is accepted"),
                )
            }
            Reason::NotWritten => self
                .pick(
                    "approuvé, mais la validation n'a pas pu être écrite",
                    "approved, but the validation could not be written",
                )
                .to_owned(),
            Reason::Closed { merged: true } => {
                self.pick("la PR a été fusionnée sans validation", "the PR was merged without it").to_owned()
            }
            Reason::Closed { merged: false } => self.pick("la PR est fermée", "the PR is closed").to_owned(),
        }
    }
}

//! The words of the pull request: what changed, and how a lead validates.

use serde::Serialize;

use super::Lang;

/// Every sentence of the pull request, by name. One that a language lacks does not compile.
#[derive(Debug, Serialize)]
pub(crate) struct PullWords {
    pub accepted_own: &'static str,
    pub approve: &'static str,
    pub as_before: &'static str,
    pub before_unlisted: &'static str,
    pub bound: &'static str,
    pub changed_since: &'static str,
    pub changes: &'static str,
    pub checks_added: &'static str,
    pub checks_removed: &'static str,
    pub checks_weakened: &'static str,
    pub failed_accepted: &'static str,
    pub failed_refused: &'static str,
    pub how: &'static str,
    pub leads: &'static str,
    pub migrations: &'static str,
    pub no_identities: &'static str,
    pub no_leads: &'static str,
    pub no_record: &'static str,
    pub read: &'static str,
    pub record: &'static str,
    pub refused_own: &'static str,
    pub second: &'static str,
    pub waiting: &'static str,
}

const FR: PullWords = PullWords {
    accepted_own: "Qui a déployé peut valider\u{a0}; le procès-verbal le dit alors.",
    approve: "Approuver cette demande («\u{a0}Files changed\u{a0}», «\u{a0}Review changes\u{a0}», «\u{a0}Approve\u{a0}»).",
    as_before: "Les mêmes vérifications que dans le procès-verbal précédent.",
    before_unlisted: "Le procès-verbal précédent ne liste pas ses vérifications\u{a0}: ce qui a été retiré de la configuration n'est pas connu.",
    bound: "L'approbation vaut pour le commit et l'empreinte qui ont été relus. Une nouvelle exécution remplace le procès-verbal et demande une nouvelle approbation.",
    changed_since: "Ce qui a changé depuis",
    changes: "Ce qui a changé",
    checks_added: "Nouvelles vérifications",
    checks_removed: "Vérifications du procès-verbal précédent, absentes de celui-ci",
    checks_weakened: "Vérifications qui ne bloquent plus",
    failed_accepted: "Ce verdict peut tout de même être validé\u{a0}: écrire la raison dans la revue.",
    failed_refused: "Avec ce verdict, le procès-verbal n'est pas validé\u{a0}: corriger puis relancer, ou autoriser `lead.accept_failed`.",
    how: "Comment valider",
    leads: "Peuvent valider",
    migrations: "Migrations de cette version",
    no_identities: "Ce dépôt ne connaît pas d'identités\u{a0}: une validation n'y vaut que la parole de chacun.",
    no_leads: "Aucun lead n'est configuré (`lead.reviewers`)\u{a0}: personne ne peut valider.",
    no_record: "Il n'y a pas de procès-verbal précédent\u{a0}: rien à quoi comparer les vérifications.",
    read: "Lire le procès-verbal\u{a0}; son début dit ce qui est à traiter",
    record: "Procès-verbal",
    refused_own: "Qui a déployé ne peut pas valider.",
    second: "Si la protection de branche retire les approbations périmées, une seconde approbation peut être nécessaire après l'écriture de la validation\u{a0}; elle ne demande pas de nouveau commit.",
    waiting: "en attente de la validation du lead",
};

const EN: PullWords = PullWords {
    accepted_own: "Who deployed may validate; the record then says so.",
    approve: "Approve this pull request (\"Files changed\", \"Review changes\", \"Approve\").",
    as_before: "The same checks as in the previous record.",
    before_unlisted: "The previous record does not list its checks: what was removed from the configuration is not known.",
    bound: "The approval counts for the commit and the digest that were reviewed. A new run replaces the record and needs a new approval.",
    changed_since: "What changed since",
    changes: "What changed",
    checks_added: "New checks",
    checks_removed: "Checks of the previous record that are not in this one",
    checks_weakened: "Checks that no longer block",
    failed_accepted: "This verdict can be validated all the same: write the reason into the review.",
    failed_refused: "With this verdict the record is not validated: correct what is wrong and run again, or allow `lead.accept_failed`.",
    how: "How to validate",
    leads: "May validate",
    migrations: "Migrations of this release",
    no_identities: "This repository knows no identities: a validation in it is as good as anybody's word.",
    no_leads: "No lead is configured (`lead.reviewers`): nobody can validate.",
    no_record: "There is no previous record: nothing to compare the checks with.",
    read: "Read the record; its beginning says what needs attention",
    record: "Record",
    refused_own: "Who deployed may not validate.",
    second: "Where branch protection dismisses stale approvals, a second approval may be needed after the validation was written; it needs no new commit.",
    waiting: "awaits the lead's validation",
};

impl Lang {
    pub(crate) fn pull_request(self) -> &'static PullWords {
        self.pick(&FR, &EN)
    }
}

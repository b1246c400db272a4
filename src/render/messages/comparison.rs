//! A comparison as a short phrase, such as `status: 500, expected 200`, and what to do when it fails.

use super::Lang;
use crate::model::{Comparison, Expected, Subject};

/// Writes a value that comes from outside into a phrase: as code in markdown, as it is elsewhere.
pub(crate) type Code<'a> = &'a dyn Fn(&str) -> String;

impl Lang {
    /// What was compared.
    pub(crate) fn subject(self, subject: &Subject, code: Code) -> String {
        match subject {
            Subject::Status => self.pick("statut", "status").to_owned(),
            Subject::Header(name) => format!("{} {}", self.pick("en-tête", "header"), code(name)),
            Subject::Body => self.pick("corps", "body").to_owned(),
            Subject::Json(path) => format!("JSON {}", code(path)),
            Subject::ResponseTime => self.pick("temps de réponse", "response time").to_owned(),
            Subject::Redirect => self.pick("redirection", "redirect").to_owned(),
            Subject::CertificateDays => {
                self.pick("jours de validité du certificat", "certificate's days left").to_owned()
            }
            Subject::Commit(source) => format!("{} {}", self.pick("commit selon", "commit by"), code(source)),
            Subject::Identity(path) => format!("{} {}", self.pick("identité", "identity"), code(path)),
            Subject::Login => self.pick("refus de la connexion", "the login's refusal").to_owned(),
            Subject::Access => self.pick("accès", "access").to_owned(),
            Subject::Tag => "tag".to_owned(),
            Subject::Container => self.pick("conteneur", "container").to_owned(),
            Subject::Health => self.pick("santé du conteneur", "container's health").to_owned(),
            Subject::Restarts => self.pick("redémarrages", "restarts").to_owned(),
            Subject::Image => self.pick("empreinte de l'image", "image digest").to_owned(),
            Subject::Variable(name) => code(name),
            Subject::Disk(path) => format!("{} {}", self.pick("disque", "disk"), code(path)),
            Subject::ClockSkew => self.pick("écart d'horloge (ms)", "clock skew (ms)").to_owned(),
            Subject::ExitStatus => self.pick("code de sortie", "exit status").to_owned(),
            Subject::Output => self.pick("sortie", "output").to_owned(),
            Subject::Migrations(what) => self.migrations_subject(what, code),
            Subject::Schema(what) => self.schema_subject(what, code),
            Subject::Rows => self.pick("lignes", "rows").to_owned(),
            Subject::Columns => self.pick("colonnes", "columns").to_owned(),
            Subject::Column(name) => format!("{} {}", self.pick("colonne", "column"), code(name)),
            Subject::Value => self.pick("valeur lue", "value read").to_owned(),
            Subject::ChangedRows => self.pick("lignes modifiées", "rows changed").to_owned(),
            Subject::WorkTree => {
                self.pick("fichiers modifiés et non commités", "files changed and not committed").to_owned()
            }
        }
    }

    /// What was expected, such as `expected 200`.
    pub(crate) fn expected(self, expected: &Expected, code: Code) -> String {
        let with = |fr: &str, en: &str, value: &str| format!("{} {}", self.pick(fr, en), code(value));
        match expected {
            Expected::Equals(value) => with("attendu", "expected", value),
            Expected::OneOf(values) => {
                let values: Vec<String> = values.iter().map(|value| code(value)).collect();
                format!("{} {}", self.pick("attendu", "expected"), self.any_of(&values))
            }
            Expected::Contains(text) => with("doit contenir", "must contain", text),
            Expected::NotContains(text) => with("ne doit pas contenir", "must not contain", text),
            Expected::Matches(regex) => with("doit correspondre à", "must match", regex),
            Expected::AtMost(limit) => with("au plus", "at most", limit),
            Expected::AtLeast(limit) => with("au moins", "at least", limit),
            Expected::Length(range) => with("longueur", "length", range),
            Expected::Present => self.pick("doit être présent", "must be there").to_owned(),
            Expected::Absent => self.pick("doit être absent", "must not be there").to_owned(),
            Expected::Denied => self
                .pick(
                    "attendu un refus (401 ou 403) de l'application",
                    "expected a denial (401 or 403) by the application",
                )
                .to_owned(),
        }
    }

    /// What it was.
    pub(crate) fn actual(self, judged: &Comparison, code: Code) -> String {
        if let Subject::Migrations(what) = &judged.subject
            && let Some(state) = self.migration_state(what, &judged.actual)
        {
            return state.to_owned();
        }
        match (&judged.subject, judged.actual.as_str()) {
            // Of a body only whether it holds what was looked for is known.
            (Subject::Body, "found") => self.pick("trouvé", "found").to_owned(),
            (Subject::Body, "not found") => self.pick("pas trouvé", "not found").to_owned(),
            (_, "") => self.pick("absent", "not there").to_owned(),
            (_, actual) => code(actual),
        }
    }

    /// The whole comparison: what, what it was, what was expected.
    pub(crate) fn judged(self, judged: &Comparison, code: Code) -> String {
        let subject = self.subject(&judged.subject, code);
        let colon = self.colon();
        let actual = self.actual(judged, code);
        let expected = match &judged.subject {
            Subject::Migrations(of) => self.wanted_of_migration(of),
            _ => None,
        };
        let expected = expected.map_or_else(
            || self.expected(&judged.expected, code),
            |wanted| format!("{} {wanted}", self.pick("attendu", "expected")),
        );
        format!("{subject}{colon} {actual}, {expected}")
    }

    /// `a, b or c`.
    fn any_of(self, values: &[String]) -> String {
        match values {
            [] => String::new(),
            [one] => one.clone(),
            [most @ .., last] => format!("{} {} {last}", most.join(", "), self.pick("ou", "or")),
        }
    }

    /// What to do when this comparison fails.
    pub(crate) fn remedy(self, subject: &Subject) -> &'static str {
        match subject {
            Subject::Status => self.pick(
                "rejouer la commande, puis lire le journal de l'application à cette heure",
                "replay the command, then read the application's log at that time",
            ),
            Subject::Header(_) => self.pick(
                "comparer les en-têtes de l'application et du serveur mandataire avec la configuration",
                "compare the headers of the application and of the proxy with the configuration",
            ),
            Subject::Body => self.pick(
                "ouvrir la page : le contenu a changé, ou une autre version répond",
                "open the page: its content changed, or another version answers",
            ),
            Subject::Json(_) => self.pick(
                "rejouer la commande et comparer la réponse avec ce que la version déployée doit donner",
                "replay the command and compare the answer with what the deployed version should give",
            ),
            Subject::ResponseTime => self.pick(
                "regarder la charge de l'hôte et de la base, puis relancer ; relever la limite si elle est trop stricte",
                "look at the load of the host and the database, then run again; raise the limit if it is too strict",
            ),
            Subject::Redirect => self.pick(
                "vérifier l'adresse de base, le serveur mandataire et la session attendue",
                "check the base URL, the proxy and the session that is expected",
            ),
            Subject::CertificateDays => self.pick(
                "renouveler le certificat, et vérifier que son renouvellement automatique fonctionne",
                "renew the certificate, and see that its automatic renewal works",
            ),
            Subject::Container | Subject::Health => self.pick(
                "lire `docker logs` et l'état du conteneur sur l'hôte",
                "read `docker logs` and the container's state on the host",
            ),
            Subject::Restarts => self.pick(
                "le conteneur redémarre\u{a0}: lire `docker logs` d'avant le dernier démarrage",
                "the container keeps restarting: read `docker logs` from before the last start",
            ),
            Subject::Image => self.pick(
                "une autre image tourne\u{a0}: vérifier ce que le déploiement a tiré et lancé",
                "another image runs: see what the deployment pulled and started",
            ),
            Subject::Variable(_) => self.pick(
                "corriger la variable là où le conteneur est défini, puis le recréer",
                "mend the variable where the container is defined, then create it anew",
            ),
            Subject::Disk(_) => self.pick(
                "libérer de la place (anciennes images, journaux, sauvegardes) avant que l'hôte ne s'arrête",
                "free some space (old images, logs, backups) before the host stops",
            ),
            Subject::ClockSkew => self.pick(
                "vérifier la synchronisation NTP de l'hôte",
                "see whether the host's clock is kept by NTP",
            ),
            Subject::ExitStatus | Subject::Output => self.pick(
                "rejouer la commande sur l'hôte et lire tout ce qu'elle affiche",
                "run the command on the host and read all that it prints",
            ),
            Subject::Rows | Subject::Columns | Subject::Column(_) | Subject::Value => self.pick(
                "rejouer la requête avec psql, et comparer ces lignes avec ce que la version déployée doit écrire",
                "replay the query with psql, and compare its rows with what the deployed version should write",
            ),
            Subject::ChangedRows => self.pick(
                "rien n'a été modifié\u{a0}: voir avec psql quelles lignes la condition désigne, et les enlever à la main s'il le faut",
                "nothing was changed: see with psql which rows the condition means, and remove them by hand if need be",
            ),
            Subject::WorkTree => self.pick(
                "lire `git status` sur l'hôte\u{a0}: du code non commité tourne peut-être en production",
                "read `git status` on the host: code that was never committed may run in production",
            ),
            Subject::Commit(_) => self.pick(
                "la production n'exécute pas ce tag : vérifier que le déploiement s'est terminé et quelle image tourne",
                "production does not run this tag: see whether the deployment ended, and which image runs",
            ),
            Subject::Identity(_) => self.pick(
                "vérifier le compte utilisé et son rôle en base",
                "check the account that is used, and its role in the database",
            ),
            Subject::Login => self.pick(
                "vérifier l'adresse et le mot de passe donnés en secret, puis que ce compte existe en production",
                "check the name and the password that are given as secrets, then that the account exists in production",
            ),
            Subject::Access => self.pick(
                "revoir la règle d'accès de ce point d'accès pour ce rôle avant toute autre chose",
                "review the access rule of this endpoint for this role before anything else",
            ),
            Subject::Migrations(what) => self.migrations_remedy(what),
            Subject::Schema(what) => self.schema_remedy(what),
            Subject::Tag => self.pick(
                "relancer avec le tag qui désigne ce commit, ou sans donner de commit",
                "run again with the tag that names this commit, or without giving a commit",
            ),
        }
    }
}

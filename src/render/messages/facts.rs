//! Facts: their names, and their values as people read them.

use super::Lang;
use crate::model::FactName;

impl Lang {
    pub(crate) fn fact(self, name: FactName) -> &'static str {
        match name {
            FactName::Url => self.pick("adresse", "URL"),
            FactName::Status => self.pick("statut", "status"),
            FactName::ContentType => self.pick("type", "media type"),
            FactName::Length => self.pick("longueur", "length"),
            FactName::TimeMs => self.pick("temps", "time"),
            FactName::Polls => self.pick("demandes", "polls"),
            FactName::Redirects => self.pick("redirections", "redirects"),
            FactName::CertificateEnds => self.pick("fin du certificat", "certificate ends"),
            FactName::User => self.pick("utilisateur", "user"),
            FactName::Login => self.pick("connexion", "login"),
            FactName::Commit => self.pick("commit vu", "commit"),
            FactName::Tag => self.pick("tag vu", "tag"),
            FactName::Tagger => self.pick("tag posé par", "tagger"),
            FactName::Previous => self.pick("déploiement précédent", "previous deployment"),
            FactName::Dirty => self.pick("modifié et non commité", "changed and not committed"),
            FactName::Host => self.pick("hôte", "host"),
            FactName::Image => self.pick("image utilisée", "image"),
            FactName::Digest => self.pick("empreinte de l'image", "image digest"),
            FactName::StartedAt => self.pick("démarré le", "started at"),
            FactName::Restarts => self.pick("redémarrages", "restarts"),
            FactName::Branch => self.pick("branche", "branch"),
            FactName::MigrationsDir => self.pick("dossier des migrations", "migrations folder"),
            FactName::MigrationsFound => self.pick("migrations trouvées", "migrations found"),
            FactName::NewMigration => self.pick("apportée par cette version", "added by this release"),
            FactName::AcceptedMigration => self.pick("acceptée en l'état", "accepted as it is"),
            FactName::MigrationError => self.pick("erreur de la migration", "the migration's error"),
            FactName::Scratch => self.pick("migrations rejouées sur", "migrations replayed on"),
            FactName::Replayed => self.pick("migrations rejouées", "migrations replayed"),
            FactName::MigrationsBrought => {
                self.pick("migrations apportées par cette version", "migrations that this release brings")
            }
            FactName::MigrationsTakenBack => {
                self.pick("migrations reprises par ce retour", "migrations that this rollback takes back")
            }
            FactName::Compared => self.pick("objets comparés", "objects compared"),
            FactName::IgnoredDrift => self.pick("écart ignoré", "ignored difference"),
            FactName::LeftBehind => {
                self.pick("laissé par la version précédente", "left by the release before")
            }
            FactName::Leftover => self.pick("laissé en production", "left behind in production"),
            FactName::Connection => self.pick("liaison à la base", "connection to the database"),
            FactName::Ignored => {
                self.pick("paramètres de l'URL sans effet", "parameters of the URL without effect")
            }
            FactName::Rows => self.pick("lignes lues", "rows read"),
            FactName::Transaction => self.pick("transaction", "the transaction"),
        }
    }

    pub(crate) fn fact_value(self, name: FactName, value: &str) -> String {
        match (name, value.parse::<u64>()) {
            (FactName::TimeMs, Ok(ms)) => self.duration(ms),
            (FactName::Length, Ok(_)) => format!("{} {}", self.number(value), self.pick("octets", "bytes")),
            (FactName::Connection, _) => self.connection(value).to_owned(),
            (FactName::Transaction, _) if value == "committed" => {
                self.pick("validée", "committed").to_owned()
            }
            (FactName::Transaction, _) => self.pick("annulée", "rolled back").to_owned(),
            _ => value.to_owned(),
        }
    }

    fn connection(self, word: &str) -> &str {
        match word {
            "tls_verified" => self.pick("TLS, certificat vérifié", "TLS, certificate verified"),
            "tls_authority" => self.pick(
                "TLS, autorité du certificat vérifiée, pas son nom",
                "TLS, the certificate's authority verified, not its name",
            ),
            "tls_unverified" => self.pick("TLS, certificat non vérifié", "TLS, certificate not verified"),
            "plain_ssh" => self.pick("sans TLS, dans SSH", "no TLS, inside SSH"),
            "plain_local" => self.pick("sans TLS, sur cette machine", "no TLS, on this machine"),
            "plain" => self.pick("en clair par le réseau", "in the clear over the network"),
            _ => word,
        }
    }
}

//! Why a database could not tell: what happened, and what to do next.

use super::Lang;
use crate::model::CauseCode;

impl Lang {
    /// What happened; nothing for what is not about databases.
    pub(super) fn database_cause(self, code: CauseCode) -> &'static str {
        match code {
            CauseCode::DatabasePassword => {
                self.pick("la base a refusé le mot de passe", "the database refused the password")
            }
            CauseCode::DatabaseLogin => self.pick(
                "la base ne laisse pas entrer cet utilisateur, ou pas d'ici",
                "the database does not let this user in, or not from here",
            ),
            CauseCode::NoDatabase => {
                self.pick("cette base n'existe pas sur le serveur", "the server has no such database")
            }
            CauseCode::DatabaseAccess => self.pick(
                "l'utilisateur de la base n'a pas le droit nécessaire",
                "the database's user lacks a permission",
            ),
            CauseCode::DatabaseBusy => self.pick(
                "le serveur de la base n'accepte pas de connexion en ce moment",
                "the database's server takes no connection at the moment",
            ),
            CauseCode::DatabaseProtocol => self.pick(
                "ce qui a répondu ne parle pas le protocole de PostgreSQL",
                "what answered does not speak PostgreSQL's protocol",
            ),
            CauseCode::NoTls => self.pick(
                "le serveur de la base n'offre pas TLS, que l'URL demande",
                "the database's server offers no TLS, which the URL asks for",
            ),
            CauseCode::Query => self.pick("la requête a échoué", "the query failed"),
            CauseCode::QueryCancelled => self.pick(
                "la requête a été annulée : trop longue, ou bloquée par un verrou",
                "the query was cancelled: it took too long, or waited for a lock",
            ),
            CauseCode::QueryWrites => self.pick(
                "la requête aurait écrit, alors qu'elle ne peut que lire",
                "the query would have written, and it may only read",
            ),
            CauseCode::CommitUnknown => self.pick(
                "on ne sait pas si la modification a été validée (COMMIT)",
                "whether the change was committed is not known",
            ),
            _ => "",
        }
    }

    /// What to do next; nothing for what is not about databases.
    pub(super) fn database_next(self, code: CauseCode) -> &'static str {
        match code {
            CauseCode::DatabasePassword => self.pick(
                "comparer le secret de l'URL avec le mot de passe de cet utilisateur",
                "compare the URL's secret with this user's password",
            ),
            CauseCode::DatabaseLogin => self.pick(
                "vérifier l'utilisateur, et pg_hba.conf pour l'adresse d'où l'on vient",
                "check the user, and pg_hba.conf for the address that this comes from",
            ),
            CauseCode::NoDatabase => self.pick(
                "corriger le nom de la base dans l'URL ; `psql -l` montre celles qui existent",
                "correct the database's name in the URL; `psql -l` lists those that exist",
            ),
            CauseCode::DatabaseAccess => self.pick(
                "donner à ce rôle les droits de lecture que docs/database.md énumère",
                "grant this role what docs/database.md lists for reading",
            ),
            CauseCode::DatabaseBusy => self.pick(
                "attendre, ou libérer des connexions, puis relancer",
                "wait, or free connections, then run again",
            ),
            CauseCode::DatabaseProtocol => self.pick(
                "vérifier que l'hôte et le port de l'URL sont ceux de PostgreSQL",
                "see that the URL's host and port are PostgreSQL's",
            ),
            CauseCode::NoTls => self.pick(
                "activer `ssl` sur le serveur ; sans TLS, écrire `sslmode=disable` en connaissance de cause",
                "turn `ssl` on at the server; to go without TLS knowingly, write `sslmode=disable`",
            ),
            CauseCode::Query => self.pick(
                "rejouer la requête avec psql et lire le message du serveur",
                "replay the query with psql and read the server's message",
            ),
            CauseCode::QueryCancelled => self.pick(
                "voir ce qui occupe la base (pg_stat_activity), alléger la requête, ou relever `database.statement_timeout`",
                "see what keeps the database busy (pg_stat_activity), lighten the query, or raise `database.statement_timeout`",
            ),
            CauseCode::QueryWrites => self.pick(
                "ne garder que des SELECT ; ce qui écrit va dans `finally`, avec `write: true`",
                "keep to SELECT; what writes goes into `finally`, with `write: true`",
            ),
            CauseCode::CommitUnknown => self.pick(
                "vérifier dans la base si la ligne est encore là, et l'enlever à la main s'il le faut",
                "look in the database whether the row is still there, and remove it by hand if so",
            ),
            _ => "",
        }
    }
}

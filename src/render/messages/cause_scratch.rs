//! Why migrations could not be replayed: what happened, and what to do next.

use super::Lang;
use crate::model::CauseCode;

impl Lang {
    /// What happened; nothing for what is not about a replay.
    pub(super) fn scratch_cause(self, code: CauseCode) -> &'static str {
        match code {
            CauseCode::ScratchMissing => self.pick(
                "aucun serveur PostgreSQL où rejouer les migrations",
                "there is no PostgreSQL server to replay the migrations in",
            ),
            CauseCode::ScratchMajor => self.pick(
                "le serveur où rejouer les migrations n'a pas la version majeure de la production",
                "the server to replay the migrations in does not have production's major version",
            ),
            CauseCode::ScratchServer => self.pick(
                "le serveur où rejouer les migrations n'a pas pu démarrer, ou a échoué",
                "the server to replay the migrations in could not be started, or failed",
            ),
            CauseCode::ScratchProduction => self.pick(
                "le serveur où rejouer les migrations est celui de la production",
                "the server to replay the migrations in is production's",
            ),
            CauseCode::ScratchExtension => self.pick(
                "une extension manque au serveur où rejouer les migrations",
                "the server to replay the migrations in lacks an extension",
            ),
            CauseCode::Replay => {
                self.pick("une migration n'a pas pu être rejouée", "a migration could not be replayed")
            }
            _ => "",
        }
    }

    /// What to do next; nothing for what is not about a replay.
    pub(super) fn scratch_next(self, code: CauseCode) -> &'static str {
        match code {
            CauseCode::ScratchMissing => self.pick(
                "installer PostgreSQL de la version majeure de la production (`apt-get install postgresql-NN`), ou donner `database.scratch.image` ou `url`",
                "install PostgreSQL of production's major version (`apt-get install postgresql-NN`), or give `database.scratch.image` or `url`",
            ),
            CauseCode::ScratchMajor => self.pick(
                "installer la même version majeure que la production, ou donner son image par `database.scratch.image`",
                "install production's major version, or give its image as `database.scratch.image`",
            ),
            CauseCode::ScratchServer => self.pick(
                "lire le message, vérifier la place dans le dossier temporaire, puis relancer",
                "read the message, see that the temporary folder has space, then run again",
            ),
            CauseCode::ScratchProduction => self.pick(
                "donner par `database.scratch.url` un autre serveur que celui de la production",
                "give another server than production's as `database.scratch.url`",
            ),
            CauseCode::ScratchExtension => self.pick(
                "donner par `database.scratch.image` l'image de la production, ou installer l'extension",
                "give production's image as `database.scratch.image`, or install the extension",
            ),
            CauseCode::Replay => self.pick(
                "rejouer les migrations dans une base vide (`prisma migrate deploy`) et corriger ce fichier",
                "replay the migrations in an empty database (`prisma migrate deploy`) and mend this file",
            ),
            _ => "",
        }
    }
}

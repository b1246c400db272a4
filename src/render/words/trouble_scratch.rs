//! Why migrations could not be replayed: what happened, and what to do next.

use super::Lang;
use crate::model::TroubleCode;

impl Lang {
    /// What happened; nothing for what is not about a replay.
    pub(super) fn scratch_trouble(self, code: TroubleCode) -> &'static str {
        match code {
            TroubleCode::ScratchMissing => self.pick(
                "aucun serveur PostgreSQL où rejouer les migrations",
                "there is no PostgreSQL server to replay the migrations in",
            ),
            TroubleCode::ScratchMajor => self.pick(
                "le serveur où rejouer les migrations n'a pas la version majeure de la production",
                "the server to replay the migrations in does not have production's major version",
            ),
            TroubleCode::ScratchServer => self.pick(
                "le serveur où rejouer les migrations n'a pas pu démarrer, ou a échoué",
                "the server to replay the migrations in could not be started, or failed",
            ),
            TroubleCode::ScratchProduction => self.pick(
                "le serveur où rejouer les migrations est celui de la production",
                "the server to replay the migrations in is production's",
            ),
            TroubleCode::ScratchExtension => self.pick(
                "une extension manque au serveur où rejouer les migrations",
                "the server to replay the migrations in lacks an extension",
            ),
            TroubleCode::Replay => {
                self.pick("une migration n'a pas pu être rejouée", "a migration could not be replayed")
            }
            _ => "",
        }
    }

    /// What to do next; nothing for what is not about a replay.
    pub(super) fn scratch_next(self, code: TroubleCode) -> &'static str {
        match code {
            TroubleCode::ScratchMissing => self.pick(
                "installer PostgreSQL de la version majeure de la production (`apt-get install postgresql-NN`), ou donner `database.scratch.image` ou `url`",
                "install PostgreSQL of production's major version (`apt-get install postgresql-NN`), or give `database.scratch.image` or `url`",
            ),
            TroubleCode::ScratchMajor => self.pick(
                "installer la même version majeure que la production, ou donner son image par `database.scratch.image`",
                "install production's major version, or give its image as `database.scratch.image`",
            ),
            TroubleCode::ScratchServer => self.pick(
                "lire le message, vérifier la place dans le dossier temporaire, puis relancer",
                "read the message, see that the temporary folder has space, then run again",
            ),
            TroubleCode::ScratchProduction => self.pick(
                "donner par `database.scratch.url` un autre serveur que celui de la production",
                "give another server than production's as `database.scratch.url`",
            ),
            TroubleCode::ScratchExtension => self.pick(
                "donner par `database.scratch.image` l'image de la production, ou installer l'extension",
                "give production's image as `database.scratch.image`, or install the extension",
            ),
            TroubleCode::Replay => self.pick(
                "rejouer les migrations dans une base vide (`prisma migrate deploy`) et corriger ce fichier",
                "replay the migrations in an empty database (`prisma migrate deploy`) and mend this file",
            ),
            _ => "",
        }
    }
}

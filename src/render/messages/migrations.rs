//! Section 3: what is compared, and what to do about each finding.

use super::Lang;
use super::comparison::Code;
use crate::model::{MigrationsFamily, MigrationsSubject};

impl Lang {
    pub(super) fn migrations_subject(self, of: &MigrationsSubject, code: Code) -> String {
        let named = |fr: &str, en: &str, name: &str| format!("{} {}", self.pick(fr, en), code(name));
        match of {
            MigrationsSubject::LockProvider => {
                self.pick("base visée par migration_lock.toml", "provider of migration_lock.toml").to_owned()
            }
            MigrationsSubject::MigrationFiles => self
                .pick("fichiers de migration applicables", "migration files that can be applied")
                .to_owned(),
            MigrationsSubject::MigrationFile(name) => {
                named("fichier de la migration", "file of the migration", name)
            }
            MigrationsSubject::HistorySchema => self
                .pick("schéma de l'historique des migrations", "schema of the migrations' history")
                .to_owned(),
            MigrationsSubject::HistoryRows => {
                self.pick("lignes de l'historique", "rows of the migrations' history").to_owned()
            }
            MigrationsSubject::Migrations => {
                self.pick("migrations appliquées", "migrations that are applied").to_owned()
            }
            MigrationsSubject::EditedMigrations => {
                self.pick("modifiées après application", "edited after being applied").to_owned()
            }
            MigrationsSubject::EditedMigration(name) => {
                named("somme de contrôle de la migration", "checksum of the migration", name)
            }
            MigrationsSubject::UnknownMigrations => self
                .pick("appliquées mais absentes du commit", "applied but not in the deployed commit")
                .to_owned(),
            MigrationsSubject::UnknownMigration(name) => {
                named("dans le commit déployé, la migration", "in the deployed commit, the migration", name)
            }
            MigrationsSubject::MarkedMigrations => {
                self.pick("marquées appliquées sans exécution", "marked as applied, never run").to_owned()
            }
            MigrationsSubject::ContainerMigrations => self
                .pick("migrations du commit dans le conteneur", "the commit's migrations in the container")
                .to_owned(),
            MigrationsSubject::ContainerMigration(name) => {
                named("dans le conteneur, la migration", "in the container, the migration", name)
            }
            MigrationsSubject::FailedMigration(name)
            | MigrationsSubject::PendingMigration(name)
            | MigrationsSubject::RolledBackMigration(name)
            | MigrationsSubject::MarkedMigration(name) => named("la migration", "the migration", name),
        }
    }

    pub(crate) fn migrations_check(self, family: MigrationsFamily) -> &'static str {
        match family {
            MigrationsFamily::Folder => self.pick("dossier du commit", "the commit's folder"),
            MigrationsFamily::History => self.pick("historique en base", "history in the database"),
            MigrationsFamily::Applied => self.pick("toutes appliquées", "all applied"),
            MigrationsFamily::Checksums => self.pick("telles qu'appliquées", "as they were applied"),
            MigrationsFamily::Known => self.pick("connues du commit", "known to the commit"),
            MigrationsFamily::Marked => self.pick("réellement exécutées", "really run"),
            MigrationsFamily::Containers => self.pick("dossier du conteneur", "the container's folder"),
        }
    }

    /// A state of a migration; none for any other value.
    pub(super) fn migration_state(self, of: &MigrationsSubject, actual: &str) -> Option<&'static str> {
        let state = match (of, actual) {
            (MigrationsSubject::FailedMigration(_), "failed") => self.pick("en échec", "failed"),
            (MigrationsSubject::FailedMigration(_), "running") => self.pick("en cours", "under way"),
            (MigrationsSubject::PendingMigration(_), "pending") => self.pick("en attente", "pending"),
            (MigrationsSubject::RolledBackMigration(_), "rolled back") => self.pick("annulée", "rolled back"),
            (MigrationsSubject::MarkedMigration(_), "marked as applied") => {
                self.pick("marquée appliquée", "marked as applied")
            }
            _ => return None,
        };
        Some(state)
    }

    /// The state that a migration should be in; none where another value is expected.
    pub(super) fn wanted_of_migration(self, of: &MigrationsSubject) -> Option<&'static str> {
        match of {
            MigrationsSubject::FailedMigration(_)
            | MigrationsSubject::PendingMigration(_)
            | MigrationsSubject::RolledBackMigration(_) => Some(self.pick("appliquée", "applied")),
            MigrationsSubject::MarkedMigration(_) => Some(self.pick("exécutée", "run")),
            _ => None,
        }
    }

    pub(super) fn migrations_remedy(self, of: &MigrationsSubject) -> &'static str {
        match of {
            MigrationsSubject::LockProvider => self.pick(
                "Prisma refuse de déployer (P3019)\u{a0}: remettre `provider = \"postgresql\"` dans migration_lock.toml",
                "Prisma refuses to deploy (P3019): put `provider = \"postgresql\"` back into migration_lock.toml",
            ),
            MigrationsSubject::MigrationFiles | MigrationsSubject::MigrationFile(_) => self.pick(
                "Prisma refuse de déployer (P3015)\u{a0}: ajouter le migration.sql en UTF-8, ou supprimer le dossier",
                "Prisma refuses to deploy (P3015): add the migration.sql in UTF-8, or remove the folder",
            ),
            MigrationsSubject::HistorySchema => self.pick(
                "comparer `?schema=` de l'adresse avec le schéma qui contient `_prisma_migrations`\u{a0}; sans aucune table, la base n'a jamais été migrée par Prisma, ou c'est une autre base",
                "compare `?schema=` of the URL with the schema that holds `_prisma_migrations`; with no such table at all, Prisma never migrated this database, or it is another one",
            ),
            MigrationsSubject::HistoryRows => self.pick(
                "l'historique est vide\u{a0}: `npx prisma migrate deploy`, ou `npx prisma migrate resolve --applied` pour une base qui existait avant",
                "the history is empty: `npx prisma migrate deploy`, or `npx prisma migrate resolve --applied` for a database that was there before",
            ),
            MigrationsSubject::Migrations | MigrationsSubject::PendingMigration(_) => self.pick(
                "appliquer depuis le commit déployé\u{a0}: `npx prisma migrate deploy`",
                "apply them from the deployed commit: `npx prisma migrate deploy`",
            ),
            MigrationsSubject::FailedMigration(_) => self.pick(
                "réparer la base, puis `npx prisma migrate resolve --rolled-back NOM` (défaite) ou `--applied NOM` (achevée à la main), puis `npx prisma migrate deploy`",
                "mend the database, then `npx prisma migrate resolve --rolled-back NAME` (undone) or `--applied NAME` (completed by hand), then `npx prisma migrate deploy`",
            ),
            MigrationsSubject::RolledBackMigration(_) => self.pick(
                "l'appliquer à nouveau avec `npx prisma migrate deploy`, ou retirer son dossier dans une nouvelle version",
                "apply it again with `npx prisma migrate deploy`, or remove its folder in a new release",
            ),
            MigrationsSubject::EditedMigrations | MigrationsSubject::EditedMigration(_) => self.pick(
                "rétablir le fichier tel qu'il a été appliqué et mettre le changement dans une nouvelle migration\u{a0}; s'il est sans effet, l'épingler sous `migrations.accept`",
                "restore the file as it was applied and put the change into a new migration; if it has no effect, pin it under `migrations.accept`",
            ),
            MigrationsSubject::UnknownMigrations | MigrationsSubject::UnknownMigration(_) => self.pick(
                "déployer un commit qui la contient\u{a0}; pour un retour en arrière voulu, nommer la version précédente avec `--previous`",
                "deploy a commit that has it; for a rollback that is meant, name the previous release with `--previous`",
            ),
            MigrationsSubject::MarkedMigrations | MigrationsSubject::MarkedMigration(_) => self.pick(
                "vérifier dans la section 4 que son effet est dans la base, puis l'épingler sous `migrations.accept`",
                "see in section 4 that what it does is in the database, then pin it under `migrations.accept`",
            ),
            MigrationsSubject::ContainerMigrations | MigrationsSubject::ContainerMigration(_) => self.pick(
                "l'image n'est pas celle de ce commit\u{a0}: la reconstruire sans cache, puis recréer le conteneur",
                "the image is not this commit's: build it again without the cache, then create the container anew",
            ),
        }
    }
}

//! Section 4: what is compared, what has become of an object, and what to do about each finding.

use super::Lang;
use super::comparison::Code;
use crate::model::SchemaSubject;

impl Lang {
    pub(super) fn schema_subject(self, of: &SchemaSubject, code: Code) -> String {
        match of {
            SchemaSubject::Schema(name) => format!("{} {}", self.pick("schéma", "schema"), code(name)),
            SchemaSubject::SchemaObject(name) => code(name),
            SchemaSubject::ReleaseObjects => self
                .pick(
                    "objets de cette version prouvés en production",
                    "objects of this release proved in production",
                )
                .to_owned(),
            SchemaSubject::Drift => {
                self.pick("écarts avec les migrations", "differences from the migrations").to_owned()
            }
        }
    }

    /// What has become of an object, or what production has of it: a word of the evidence; none for any other.
    pub(crate) fn schema_state(self, word: &str) -> Option<&'static str> {
        Some(match word {
            "added" => self.pick("ajouté", "added"),
            "changed" => self.pick("modifié", "changed"),
            "removed" => self.pick("supprimé", "removed"),
            "missing" => self.pick("absent", "missing"),
            "different" => self.pick("différent", "different"),
            "extra" => self.pick("en trop", "extra"),
            "ignored" => self.pick("ignoré", "ignored"),
            "left" => self.pick("laissé", "left"),
            "needed" => self.pick("nécessaire", "needed"),
            "taken_back" => self.pick("repris", "taken back"),
            "still_there" => self.pick("encore là", "still there"),
            "gone" => self.pick("absent", "gone"),
            _ => return None,
        })
    }

    /// A column of ours in a table of objects; none for those that SQL has.
    pub(crate) fn schema_head(self, name: &str) -> Option<&'static str> {
        Some(match name {
            "change" => self.pick("Changement", "Change"),
            "difference" => self.pick("Écart", "Difference"),
            "in_production" => self.pick("En production", "In production"),
            _ => return None,
        })
    }

    /// What stands above the tables of a release.
    pub(crate) fn release_heading(self, rollback: bool) -> &'static str {
        if rollback {
            self.pick("Ce que ce retour en arrière reprend", "What this rollback takes back")
        } else {
            self.pick("Ce que cette version change", "What this release changes")
        }
    }

    /// What stands above the tables of drift.
    pub(crate) fn drift_heading(self) -> &'static str {
        self.pick(
            "Écarts entre la production et les migrations",
            "Differences between production and the migrations",
        )
    }

    pub(super) fn schema_remedy(self, of: &SchemaSubject) -> &'static str {
        match of {
            SchemaSubject::Schema(_) => self.pick(
                "comparer `?schema=` de l'adresse avec les schémas de la base (`\\dn`)",
                "compare `?schema=` of the URL with the schemas of the database (`\\dn`)",
            ),
            SchemaSubject::SchemaObject(_) => self.pick(
                "comparer avec la section 3\u{a0}: une migration en attente ou modifiée, sinon un changement fait à la main, à mettre dans une migration ou sous `schema.ignore`",
                "compare with section 3: a migration that is pending or was edited, else a change made by hand, to be put into a migration or under `schema.ignore`",
            ),
            SchemaSubject::ReleaseObjects => self.pick(
                "appliquer les migrations de cette version\u{a0}: `npx prisma migrate deploy` depuis le commit déployé",
                "apply this release's migrations: `npx prisma migrate deploy` from the deployed commit",
            ),
            SchemaSubject::Drift => self.pick(
                "voir chaque écart ci-dessous\u{a0}: corriger la base par une migration, ou le nommer sous `schema.ignore`",
                "see each difference below: mend the database by a migration, or name it under `schema.ignore`",
            ),
        }
    }
}

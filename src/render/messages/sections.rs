//! Headings. The French ones are the seed's, word for word.

use super::Lang;
use crate::model::Section;

/// A part of section 5, with a heading of its own in the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::VariantArray))]
pub(crate) enum SmokePart {
    Pages,
    Denied,
    Allowed,
    Workflow,
}

impl Lang {
    /// The heading of a section, without its number.
    pub(crate) fn section(self, section: Section) -> &'static str {
        match section {
            Section::Commit => self.pick("Commit déployé", "Deployed commit"),
            Section::Backup => self.pick("Backup pré-déploiement", "Pre-deployment backup"),
            Section::Migrations => self.pick("Prisma Migrate Status", "Prisma migrate status"),
            Section::Schema => {
                self.pick("Extraction SQL — Vérification schéma", "SQL extraction — schema check")
            }
            Section::Smoke => self.pick("Smoke Tests", "Smoke tests"),
            Section::Resilience => self
                .pick("Test résilience (1x par release majeure)", "Resilience test (once per major release)"),
            Section::Environment => self.pick("Environnement vérifié", "Environment"),
            Section::Checklist => "Checklist",
        }
    }

    pub(crate) fn part(self, part: SmokePart) -> &'static str {
        match part {
            SmokePart::Pages => self.pick("Pages publiques (HTTP 200)", "Public pages (HTTP 200)"),
            SmokePart::Denied => self.pick("RBAC — Négatif (sans session)", "RBAC — Negative (no session)"),
            SmokePart::Allowed => {
                self.pick("RBAC — Positif (session ADMIN)", "RBAC — Positive (ADMIN session)")
            }
            SmokePart::Workflow => "Workflow — Submit → Result",
        }
    }
}

//! The checklist: the seed's lines in French, and why a line is not ticked.

use super::Lang;
use crate::model::{ChecklistItem, Tick};

impl Lang {
    pub(crate) fn item(self, item: ChecklistItem) -> &'static str {
        match item {
            ChecklistItem::Commit => self.pick("Commit SHA vérifié", "Commit SHA verified"),
            ChecklistItem::Backup => self.pick("Backup avec checksum", "Backup with checksum"),
            ChecklistItem::Migrations => self.pick("Migrations appliquées", "Migrations applied"),
            ChecklistItem::Schema => self.pick("Schéma SQL vérifié", "SQL schema verified"),
            ChecklistItem::Pages => self.pick("Smoke tests pages 200", "Smoke tests, pages 200"),
            ChecklistItem::Access => self.pick("RBAC 403/200", "Access by role 403/200"),
            ChecklistItem::Workflow => self.pick("Workflow submit/result", "Workflow, submit then result"),
            ChecklistItem::Resilience => {
                self.pick("Test résilience LLM (si release majeure)", "LLM resilience test (major releases)")
            }
            ChecklistItem::Container => self.pick("Container healthy", "Healthy container"),
            ChecklistItem::Lead => self.pick("Validé par Lead", "Validated by the lead"),
        }
    }

    /// Why a line is not ticked; empty for a line that is, and for the lead's, which says it itself.
    pub(crate) fn tick(self, tick: Tick) -> &'static str {
        match tick {
            Tick::Ticked | Tick::AwaitsLead => "",
            Tick::NotConfigured => self.pick("rien n'est configuré", "nothing is configured"),
            Tick::LeftOut => self.pick("écarté par le filtre", "left out by a filter"),
            Tick::NotPassed => self.pick("non prouvé", "not proved"),
        }
    }
}

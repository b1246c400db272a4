//! What the rows of a table are, and how many.

use super::Lang;
use crate::model::TableOf;

impl Lang {
    pub(crate) fn table(self, of: TableOf) -> &'static str {
        match of {
            TableOf::Rows => self.pick("Lignes", "Rows"),
            TableOf::Migrations => self.pick("Migrations appliquées", "Applied migrations"),
            TableOf::Tables => "Tables",
            TableOf::Columns => self.pick("Colonnes", "Columns"),
            TableOf::Indexes => self.pick("Index", "Indexes"),
            TableOf::ForeignKeys => self.pick("Clés étrangères", "Foreign keys"),
            TableOf::Enums => self.pick("Types énumérés", "Enums"),
            TableOf::Constraints => self.pick("Contraintes", "Constraints"),
            TableOf::Views => self.pick("Vues", "Views"),
            TableOf::Functions => self.pick("Fonctions", "Functions"),
            TableOf::Triggers => self.pick("Déclencheurs", "Triggers"),
            TableOf::Sequences => self.pick("Séquences", "Sequences"),
            TableOf::Extensions => "Extensions",
            TableOf::Types => "Types",
            TableOf::Policies => self.pick("Règles de sécurité", "Policies"),
        }
    }

    pub(crate) fn rows(self, count: u64) -> String {
        let one = count < 2 && (self == Self::Fr || count == 1);
        match (self, one) {
            (Self::Fr, true) => format!("{count} ligne"),
            (Self::Fr, false) => format!("{count} lignes"),
            (Self::En, true) => format!("{count} row"),
            (Self::En, false) => format!("{count} rows"),
        }
    }

    /// That there are more rows than are shown.
    pub(crate) fn rows_left_out(self, count: u64) -> String {
        self.pick(format!("et {count} de plus, non affichées"), format!("and {count} more, not shown"))
    }
}

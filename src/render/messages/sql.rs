//! SQL of sections 4 and 5: what is compared, and what to do about each finding.

use super::Lang;
use super::comparison::Code;
use crate::model::SqlSubject;

impl Lang {
    pub(super) fn sql_subject(self, what: &SqlSubject, code: Code) -> String {
        match what {
            SqlSubject::Rows => self.pick("lignes", "rows").to_owned(),
            SqlSubject::Columns => self.pick("colonnes", "columns").to_owned(),
            SqlSubject::Column(name) => format!("{} {}", self.pick("colonne", "column"), code(name)),
            SqlSubject::Value => self.pick("valeur lue", "value read").to_owned(),
            SqlSubject::ChangedRows => self.pick("lignes modifiées", "rows changed").to_owned(),
        }
    }

    pub(super) fn sql_remedy(self, what: &SqlSubject) -> &'static str {
        match what {
            SqlSubject::Rows | SqlSubject::Columns | SqlSubject::Column(_) | SqlSubject::Value => self.pick(
                "rejouer la requête avec psql, et comparer ces lignes avec ce que la version déployée doit écrire",
                "replay the query with psql, and compare its rows with what the deployed version should write",
            ),
            SqlSubject::ChangedRows => self.pick(
                "rien n'a été modifié\u{a0}: voir avec psql quelles lignes la condition désigne, et les enlever à la main s'il le faut",
                "nothing was changed: see with psql which rows the condition means, and remove them by hand if need be",
            ),
        }
    }
}

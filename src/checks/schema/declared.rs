//! What the configuration says must be there: one check for each table, column, index, foreign key and enum.

use super::describe::line;
use super::types::canonical;
use crate::config::{ByColumns, ColumnType, DeclaredObject};
use crate::model::{Comparison, Expected, SchemaSubject, Subject};
use crate::probe::catalogue::{Catalogue, Definition, ObjectKind, ObjectName};

impl DeclaredObject {
    pub(super) fn kind(&self) -> ObjectKind {
        match self {
            Self::Table(_) => ObjectKind::Table,
            Self::Column { .. } => ObjectKind::Column,
            Self::Index { .. } => ObjectKind::Index,
            Self::ForeignKey { .. } => ObjectKind::ForeignKey,
            Self::Enum { .. } => ObjectKind::Enum,
        }
    }

    /// The name by which it can be asked for, where one is declared.
    pub(super) fn name(&self) -> Option<ObjectName> {
        let named = |kind, which: &ByColumns| {
            Some(ObjectName {
                kind,
                table: Some(which.table.clone().unwrap_or_default()),
                name: which.name.clone()?,
            })
        };
        match self {
            Self::Table(name) => Some(ObjectName::new(ObjectKind::Table, name)),
            Self::Enum { name, .. } => Some(ObjectName::new(ObjectKind::Enum, name)),
            Self::Column { table, name, .. } => Some(ObjectName::part(ObjectKind::Column, table, name)),
            Self::Index { which, .. } => named(ObjectKind::Index, which),
            Self::ForeignKey { which, .. } => named(ObjectKind::ForeignKey, which),
        }
    }

    pub(super) fn judge(&self, production: &Catalogue) -> Vec<Comparison> {
        let subject =
            Subject::Schema(SchemaSubject::SchemaObject(format!("{} {}", self.kind().word(), self.title())));
        let judge = Judge { subject, production };
        match self {
            Self::Table(name) => vec![judge.table(name)],
            Self::Column { table, name, wanted } => judge.column(table, name, wanted),
            Self::Index { which, unique } => vec![judge.index(which, *unique)],
            Self::ForeignKey { which, references } => vec![judge.foreign_key(which, references.as_deref())],
            Self::Enum { name, values } => vec![judge.labels(name, values)],
        }
    }
}

struct Judge<'a> {
    subject: Subject,
    production: &'a Catalogue,
}

impl Judge<'_> {
    fn judged(&self, expected: Expected, actual: Option<String>, ok: bool) -> Comparison {
        let actual = actual.unwrap_or_default();
        Comparison { subject: self.subject.clone(), expected, ok: ok && !actual.is_empty(), actual }
    }

    fn table(&self, name: &str) -> Comparison {
        // A view can be read as a table can, but is none.
        let found = [ObjectKind::Table, ObjectKind::View].into_iter().find_map(|kind| {
            let object = self.production.get(&ObjectName::new(kind, name))?;
            Some((kind, line(kind, object).split(" as ").next().unwrap_or_default().to_owned()))
        });
        let ok = found.as_ref().is_some_and(|(kind, _)| *kind == ObjectKind::Table);
        self.judged(Expected::Present, found.map(|(_, text)| text), ok)
    }

    fn column(&self, table: &str, name: &str, wanted: &ColumnType) -> Vec<Comparison> {
        let object = self.production.get(&ObjectName::part(ObjectKind::Column, table, name));
        let field = |at: usize| object.and_then(|object| object.fields.get(at).cloned().flatten());
        let data_type = field(0);
        let nullable = field(1).map(|nullable| nullable == "YES");
        let expected = match (&wanted.data_type, wanted.nullable) {
            (None, None) => Expected::Present,
            (data_type, nullable) => {
                let data_type = data_type.as_deref().unwrap_or_default();
                Expected::Equals(format!("{data_type}{}", null(nullable)).trim().to_owned())
            }
        };
        let fits = wanted.data_type.as_ref().is_none_or(|wanted| {
            data_type.as_ref().is_some_and(|found| canonical(wanted) == canonical(found))
        }) && wanted.nullable.is_none_or(|wanted| nullable == Some(wanted));
        // Only what is declared is compared, so only that is shown.
        let shown_type =
            if wanted.data_type.is_some() || wanted.nullable.is_none() { data_type } else { None };
        let shown_null = if wanted.nullable.is_some() { null(nullable) } else { "" };
        let actual =
            object.map(|_| format!("{}{shown_null}", shown_type.unwrap_or_default()).trim().to_owned());
        vec![self.judged(expected, actual, fits)]
    }

    fn index(&self, which: &ByColumns, unique: Option<bool>) -> Comparison {
        let fits = |name: &ObjectName, text: &str| {
            is_named(name, which)
                && columns_of(text).is_some_and(|columns| has_columns(&columns, &which.columns))
                && unique.is_none_or(|unique| text.starts_with("CREATE UNIQUE") == unique)
        };
        // The index that comes with a constraint is told as that.
        let as_index = |name: &ObjectName, object: &Definition| match name.kind {
            ObjectKind::Index => Some(line(ObjectKind::Index, object)),
            ObjectKind::Constraint => {
                let text = line(ObjectKind::Constraint, object);
                let unique = text.starts_with("PRIMARY KEY") || text.starts_with("UNIQUE");
                unique.then(|| format!("CREATE UNIQUE INDEX USING btree {text}"))
            }
            _ => None,
        };
        let mut best = None;
        for (name, object) in &self.production.objects {
            let Some(text) = as_index(name, object) else { continue };
            let shown = if name.kind == ObjectKind::Index { text.clone() } else { line(name.kind, object) };
            if fits(name, &text) {
                let valid = name.kind != ObjectKind::Index
                    || object.fields.get(1).cloned().flatten().as_deref() == Some("YES");
                return self.judged(wanted_index(which, unique), Some(shown), valid);
            }
            if which.name.as_ref() == Some(&name.name) {
                best = Some(shown);
            }
        }
        self.judged(wanted_index(which, unique), best, false)
    }

    fn foreign_key(&self, which: &ByColumns, references: Option<&str>) -> Comparison {
        let mut parts = Vec::new();
        if !which.columns.is_empty() {
            parts.push(format!("FOREIGN KEY ({})", which.columns.join(", ")));
        }
        parts.extend(references.map(|references| format!("REFERENCES {references}")));
        let expected = if parts.is_empty() { Expected::Present } else { Expected::Contains(parts.join(" ")) };
        let mut best = None;
        for (name, object) in
            self.production.objects.iter().filter(|(name, _)| name.kind == ObjectKind::ForeignKey)
        {
            let text = line(ObjectKind::ForeignKey, object);
            let bare = text.replace('"', "");
            let named = is_named(name, which);
            // The table's name ends at the bracket before its columns.
            let fits = parts.iter().all(|part| {
                let part = part.replace('"', "");
                if part.starts_with("REFERENCES") {
                    bare.contains(&format!("{part}("))
                } else {
                    bare.contains(&part)
                }
            });
            if named && fits {
                return self.judged(expected, Some(text.clone()), !text.ends_with("NOT VALID"));
            }
            if named && which.name.is_some() {
                best = Some(text);
            }
        }
        self.judged(expected, best, false)
    }

    fn labels(&self, name: &str, values: &[String]) -> Comparison {
        let object = self.production.get(&ObjectName::new(ObjectKind::Enum, name));
        let found = object.map(|object| line(ObjectKind::Enum, object));
        let quoted: Vec<String> =
            values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect();
        let wanted = format!("({})", quoted.join(", "));
        let ok = found.as_ref() == Some(&wanted);
        self.judged(Expected::Equals(wanted), found, ok)
    }
}

fn null(nullable: Option<bool>) -> &'static str {
    match nullable {
        Some(true) => " null",
        Some(false) => " not null",
        None => "",
    }
}

fn is_named(found: &ObjectName, which: &ByColumns) -> bool {
    which.name.as_ref().is_none_or(|name| *name == found.name)
        && (which.table.is_none() || which.table == found.table)
}

/// What an index must be, as far as it is declared.
fn wanted_index(which: &ByColumns, unique: Option<bool>) -> Expected {
    let unique = unique == Some(true);
    if !which.columns.is_empty() {
        let unique = if unique { "UNIQUE " } else { "" };
        return Expected::Equals(format!("{unique}INDEX ({})", which.columns.join(", ")));
    }
    if unique { Expected::Equals("UNIQUE INDEX".to_owned()) } else { Expected::Present }
}

/// What stands in the first brackets of an index's definition: its columns and expressions.
fn columns_of(definition: &str) -> Option<String> {
    let (_, rest) = definition.split_once(" USING ")?;
    let rest = &rest[rest.find('(')? + 1..];
    let mut depth = 1;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(rest[..at].to_owned());
        }
    }
    None
}

fn has_columns(found: &str, wanted: &[String]) -> bool {
    wanted.is_empty() || found.replace('"', "") == wanted.join(", ").replace('"', "")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let mut catalogue = Catalogue { exists: true, ..Catalogue::default() };
        let mut add = |name: ObjectName, fields: &[&str]| {
            let fields = fields.iter().map(|field| Some((*field).to_owned())).collect();
            catalogue.objects.insert(name.clone(), Definition { of: name.table, fields });
        };
        add(ObjectName::new(ObjectKind::Table, "users"), &["table", "disabled"]);
        add(ObjectName::new(ObjectKind::View, "recent"), &["view", "SELECT 1"]);
        add(ObjectName::part(ObjectKind::Column, "users", "email"), &["character varying(20)", "NO"]);
        add(
            ObjectName::part(ObjectKind::Index, "users", "users_email_key"),
            &[
                "CREATE UNIQUE INDEX users_email_key ON public.users USING btree (email, lower(\"ObjectName\")) WHERE (id > 0)",
                "YES",
            ],
        );
        add(
            ObjectName::part(ObjectKind::Index, "users", "broken"),
            &["CREATE INDEX broken ON public.users USING gin (doc)", "NO"],
        );
        add(ObjectName::part(ObjectKind::Constraint, "users", "users_pkey"), &["PRIMARY KEY (id)"]);
        add(
            ObjectName::part(ObjectKind::ForeignKey, "posts", "posts_user_id_fkey"),
            &["FOREIGN KEY (user_id, \"Org\") REFERENCES users(id, org) ON DELETE CASCADE"],
        );
        add(
            ObjectName::part(ObjectKind::ForeignKey, "posts", "late"),
            &["FOREIGN KEY (a) REFERENCES users(id) NOT VALID"],
        );
        add(ObjectName::new(ObjectKind::Enum, "Status"), &["'A', 'it''s'"]);
        catalogue
    }

    fn ok(item: &DeclaredObject) -> bool {
        item.judge(&catalogue()).iter().all(|judged| judged.ok)
    }

    fn which(name: Option<&str>, table: &str, columns: Option<&[&str]>) -> ByColumns {
        let columns = columns.into_iter().flatten().map(|column| (*column).to_owned()).collect();
        ByColumns { name: name.map(str::to_owned), table: Some(table.to_owned()), columns }
    }

    #[test]
    fn tables_and_columns_are_what_is_declared() {
        assert!(ok(&DeclaredObject::Table("users".into())));
        assert!(!ok(&DeclaredObject::Table("recent".into())) && !ok(&DeclaredObject::Table("Users".into())));
        let column = |name: &str, wanted: &str| {
            ok(&DeclaredObject::Column {
                table: "users".into(),
                name: name.into(),
                wanted: ColumnType::parse(wanted),
            })
        };
        assert!(column("email", "varchar(20)") && column("email", "varchar(20) not null"));
        assert!(column("email", "present") && column("email", "present not null"));
        assert!(!column("email", "varchar(21)") && !column("email", "varchar(20) null"));
        assert!(!column("name", "present") && !column("email", "text"));
    }

    #[test]
    fn indexes_are_found_by_name_or_columns() {
        let index = |name: Option<&str>, columns: Option<&[&str]>, unique: Option<bool>| {
            ok(&DeclaredObject::Index { which: which(name, "users", columns), unique })
        };
        assert!(index(Some("users_email_key"), None, None));
        assert!(index(None, Some(&["email", "lower(ObjectName)"]), Some(true)));
        assert!(!index(None, Some(&["email"]), None) && !index(Some("users_email_key"), None, Some(false)));
        assert!(index(Some("users_pkey"), Some(&["id"]), Some(true)), "what comes with a constraint");
        assert!(!index(Some("broken"), None, None), "an invalid one is not there");
        assert!(!index(Some("other"), None, None));
    }

    #[test]
    fn foreign_keys_are_validated_and_lead_where_they_should() {
        let key = |name: Option<&str>, columns: Option<&[&str]>, references: Option<&str>| {
            let references = references.map(str::to_owned);
            ok(&DeclaredObject::ForeignKey { which: which(name, "posts", columns), references })
        };
        assert!(key(Some("posts_user_id_fkey"), None, None));
        assert!(key(None, Some(&["user_id", "Org"]), Some("users")));
        assert!(
            !key(None, Some(&["user_id"]), Some("users"))
                && !key(Some("posts_user_id_fkey"), None, Some("user"))
        );
        assert!(!key(Some("late"), None, None), "one that is not validated proves nothing");
    }

    #[test]
    fn an_enum_has_all_its_values_in_order() {
        let labels = |values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            DeclaredObject::Enum { name: "Status".into(), values }
        };
        assert!(ok(&labels(&["A", "it's"])));
        assert!(!ok(&labels(&["it's", "A"])) && !ok(&labels(&["A"])));
        let judged = labels(&["A"]).judge(&catalogue()).pop().unwrap();
        assert_eq!(judged.actual, "('A', 'it''s')");
    }
}

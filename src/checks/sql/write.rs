//! A statement that was declared to write: exactly the stated number of rows, or nothing.

use super::production;
use crate::checks::captures::Captures;
use crate::checks::context::Context;
use crate::checks::database::Production;
use crate::config::DeclaredWrite;
use crate::model::{
    Cause, Command, Comparison, Evidence, Expected, Fact, FactName, Finding, SqlSubject, Subject,
};
use crate::probe::postgres::{Changed, Database, ended};

impl DeclaredWrite {
    /// Send it. Never twice.
    pub(crate) async fn send(&self, cx: &Context, captures: &Captures) -> Result<Changed, Cause> {
        let database = production(cx)?.writing();
        let values = self.statement.bound(cx, captures)?;
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        database.change(&self.statement.sql.numbered(), &values, self.rows).await
    }

    pub(crate) fn judge(&self, changed: Result<Changed, Cause>, database: &Database) -> Finding {
        let mut evidence =
            Evidence { commands: vec![self.command(&changed, database)], ..Evidence::default() };
        let changed = match changed {
            Ok(changed) => changed,
            Err(cause) => return Finding::errored(cause, evidence),
        };
        evidence.facts = Production::facts(database, changed.link);
        let word = if changed.committed { "committed" } else { "rolled_back" };
        evidence.facts.push(Fact { name: FactName::Transaction, value: word.to_owned() });
        evidence.judged.push(Comparison {
            subject: Subject::Sql(SqlSubject::ChangedRows),
            expected: Expected::Equals(self.rows.to_string()),
            actual: changed.rows.to_string(),
            ok: changed.committed,
        });
        Finding::judged(evidence)
    }

    /// What a person pastes: psql commits or rolls back by the same rule.
    fn command(&self, changed: &Result<Changed, Cause>, database: &Database) -> Command {
        let statement = ended(&self.statement.for_psql());
        let sql = format!(
            "\\set ON_ERROR_STOP on\nbegin;\n{statement}\nselect :ROW_COUNT = {} as as_stated \\gset\n\
             \\if :as_stated\n  commit;\n\\else\n  rollback;\n\\endif",
            self.rows
        );
        let prints = match changed {
            Ok(Changed { rows, committed, .. })
                if matches!(self.statement.sql.verb().as_str(), "delete" | "update") =>
            {
                let verb = self.statement.sql.verb().to_uppercase();
                let end = if *committed { "COMMIT" } else { "ROLLBACK" };
                vec!["BEGIN".to_owned(), format!("{verb} {rows}"), end.to_owned()]
            }
            _ => Vec::new(),
        };
        let bash = database.psql_with(&sql, &self.statement.variables(), "-AX");
        Command { bash, prints, writes: true }
    }
}

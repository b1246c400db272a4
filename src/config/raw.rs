//! What the configuration file can say, key by key.
//!
//! One description serves three readers: deserr decodes the file (all problems at once), schemars
//! prints the JSON Schema, and the plan reads the fields. The doc comment of a field is its help text
//! in editors. What needs more than one field is checked in `validate`.

use deserr::Deserr;
use schemars::JsonSchema;

use super::problem::Problems;
use super::raw_commit::Commit;
use super::raw_database::DatabaseAt;
use super::raw_hosts::{Environment, HostAt};
use super::raw_migrations::Migrations;
use super::raw_publish::{Lead, Publish};
use super::raw_schema::Schema;
use super::raw_sql::RowsExpected;
use super::raw_workflows::Workflow;
use super::types::{
    Cell, Day, JsonPath, JsonText, NonEmpty, OneOrMany, Ordered, Pattern, Plain, Rate, Show, Size, StatusSet,
    Template, Test, Version, Wait,
};

/// The configuration of prod-gate, `.github/prod-gate.yml`.
#[derive(Debug, Clone, Default, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Config {
    /// The version of this format: 1.
    pub version: Version,
    /// The project's name, in the record's heading.
    #[deserr(default)]
    pub title: Option<Plain>,
    /// The record's language, `fr` (the default) or `en`.
    #[deserr(default)]
    pub language: Option<Language>,
    /// The IANA time zone of the record's dates, for example `Africa/Tunis`. Default: `UTC`.
    #[deserr(default)]
    pub timezone: Option<Plain>,
    /// Which tags are releases, as a glob. Default: `v*`.
    #[deserr(default)]
    pub tags: Option<Plain>,
    /// How secrets are treated.
    #[deserr(default)]
    pub secrets: Option<Secrets>,
    /// How gently production is asked, and how long anything may take.
    #[deserr(default)]
    pub limits: Option<Limits>,
    /// Wait up to this long, before anything is judged, until the service answers and shows the
    /// expected commit.
    #[deserr(default)]
    pub warm_up: Option<Wait>,
    /// Machines where commands run, by a name of your own.
    #[deserr(default)]
    pub hosts: Option<Ordered<HostAt>>,
    /// Production's database.
    #[deserr(default)]
    pub database: Option<DatabaseAt>,
    /// Section 1: which commit runs in production.
    #[deserr(default)]
    pub commit: Option<Commit>,
    /// Section 3: the migrations of the deployed commit, and what the database's history says of them.
    #[deserr(default)]
    pub migrations: Option<Migrations>,
    /// Section 4: the schema, as the migrations make it and as it is declared here.
    #[deserr(default)]
    pub schema: Option<Schema>,
    /// Section 5: pages, sessions, access by role, workflows.
    #[deserr(default)]
    pub smoke: Option<Smoke>,
    /// Section 7: containers, variables, disks and clocks of the hosts. One entry, or a list.
    #[deserr(default)]
    pub environment: Option<OneOrMany<Environment>>,
    /// Where the record goes.
    #[deserr(default)]
    pub publish: Option<Publish>,
    /// Who validates a deployment.
    #[deserr(default)]
    pub lead: Option<Lead>,
}

/// The record's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserr, JsonSchema)]
#[deserr(rename_all = lowercase, error = Problems)]
#[schemars(rename_all = "lowercase")]
pub enum Language {
    /// French, the seed's own form.
    Fr,
    /// English.
    En,
}

/// How secrets are treated.
#[derive(Debug, Clone, Default, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Secrets {
    /// Names of secrets that may be shorter than 8 characters. Masking a short value also masks
    /// innocent text that happens to be the same.
    #[deserr(default)]
    pub allow_short: Option<NonEmpty<Plain>>,
}

/// How gently production is asked, and how long anything may take.
#[derive(Debug, Clone, Default, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Limits {
    /// Requests under way at once, for each host. Default: 4.
    #[deserr(default)]
    pub in_flight: Option<u32>,
    /// Requests begun, for each host, for example `5/s` or `unlimited`. Default: `5/s`.
    #[deserr(default)]
    pub rate: Option<Rate>,
    /// The longest that one check may take once it is its turn, tries and waits included; a check with
    /// `within` may take that much longer. Default: `30s`.
    #[deserr(default)]
    pub check: Option<Wait>,
    /// The longest that the whole run may take. Default: `20m`.
    #[deserr(default)]
    pub deadline: Option<Wait>,
    /// How much of an answer's body is read. Default: `1MiB`.
    #[deserr(default)]
    pub body: Option<Size>,
    /// How often a read is tried again after the connection broke. Default: 2.
    #[deserr(default)]
    pub retries: Option<u32>,
    /// The longest that one request to the forge may take, when the record is published. Default: `20s`.
    #[deserr(default)]
    pub forge: Option<Wait>,
    /// The longest wait, in all, for a forge that is busy or limits requests. Default: `2m`.
    #[deserr(default)]
    pub forge_wait: Option<Wait>,
}

/// A failure that is known and accepted until a date.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Waive {
    /// Why it is accepted.
    pub reason: Plain,
    /// Who answers for it.
    pub owner: Plain,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub until: Day,
}

/// Section 5: pages, sessions, access by role, workflows.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Smoke {
    /// The service's address; paths are appended to it.
    #[deserr(default)]
    pub base_url: Option<Template>,
    /// Headers sent with every request, for example one that a firewall lets through.
    #[deserr(default)]
    pub headers: Option<Ordered<Template>>,
    /// What shows that an answer is the application's own and not a firewall's.
    #[deserr(default)]
    pub marker: Option<Marker>,
    /// Pages that anybody may see.
    #[deserr(default)]
    pub pages: Option<NonEmpty<Page>>,
    /// Roles and how each logs in. `anonymous` always exists and has no session.
    #[deserr(default)]
    pub sessions: Option<Ordered<Session>>,
    /// Who may use which endpoint: one row an endpoint, one column a role.
    #[deserr(default)]
    pub access: Option<NonEmpty<AccessRow>>,
    /// What users do, step by step.
    #[deserr(default)]
    pub workflows: Option<NonEmpty<Workflow>>,
}

/// What shows that an answer is the application's own. Every part given must hold.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Marker {
    /// Headers that the application's answers carry.
    #[deserr(default)]
    pub headers: Option<Ordered<Test>>,
    /// Text that the application's answers contain.
    #[deserr(default)]
    pub contains: Option<OneOrMany<Plain>>,
}

/// Declare a struct that has, after fields of its own, the assertions that can be made on an answer.
macro_rules! with_assertions {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, Deserr, JsonSchema)]
        #[deserr(deny_unknown_fields, error = Problems)]
        #[schemars(deny_unknown_fields)]
        pub struct $name {
            $($own)*
            /// The status: `200`, `2xx`, or a list of these. Default: `200` for a page, else `2xx`.
            #[deserr(default)]
            pub status: Option<StatusSet>,
            /// Text that the body contains.
            #[deserr(default)]
            pub contains: Option<OneOrMany<Plain>>,
            /// Text that the body does not contain.
            #[deserr(default)]
            pub not_contains: Option<OneOrMany<Plain>>,
            /// Regular expressions that match in the body.
            #[deserr(default)]
            pub matches: Option<OneOrMany<Pattern>>,
            /// JSONPaths and what each selects.
            #[deserr(default)]
            pub json: Option<Ordered<Test>>,
            /// Headers and what each holds.
            #[deserr(default)]
            pub headers: Option<Ordered<Test>>,
            /// The longest that the answer may take, for example `2s`.
            #[deserr(default)]
            pub max_time: Option<Wait>,
            /// Where the answer redirects to, a path or a URL.
            #[deserr(default)]
            pub redirect: Option<Template>,
            /// Follow redirects, ten at most, and judge the last answer. Default: false.
            #[deserr(default)]
            pub follow: Option<bool>,
            /// How many days the TLS certificate must still be valid.
            #[deserr(default)]
            pub certificate_days: Option<u32>,
        }

        impl $name {
            /// Its assertions alone.
            #[must_use]
            pub fn assertions(&self) -> Assertions {
                Assertions {
                    status: self.status.clone(),
                    contains: self.contains.clone(),
                    not_contains: self.not_contains.clone(),
                    matches: self.matches.clone(),
                    json: self.json.clone(),
                    headers: self.headers.clone(),
                    max_time: self.max_time,
                    redirect: self.redirect.clone(),
                    follow: self.follow,
                    certificate_days: self.certificate_days,
                }
            }
        }
    };
}

with_assertions! {
    /// What is expected of an answer.
    pub struct Assertions {}
}

with_assertions! {
    /// A page. A bare path stands for `{ path: PATH }`.
    pub struct PageBody {
        /// The path, or a whole URL.
        pub path: Template,
        /// A name for the record. Default: the path.
        #[deserr(default)]
        pub name: Option<Plain>,
        /// The role that asks. Default: nobody.
        #[deserr(default, rename = "as")]
        #[schemars(rename = "as")]
        pub role: Option<Plain>,
        /// What the record may show of the answer.
        #[deserr(default)]
        pub show: Option<NonEmpty<Show>>,
        /// Whether it blocks. Default: true.
        #[deserr(default)]
        pub required: Option<bool>,
        /// A known failure.
        #[deserr(default)]
        pub waive: Option<Waive>,
        /// Poll up to this long until the expectation holds.
        #[deserr(default)]
        pub within: Option<Wait>,
    }
}

/// A page: a bare path or a [`PageBody`].
#[derive(Debug, Clone)]
pub struct Page(pub PageBody);

with_assertions! {
    /// What a step expects, of an answer or of rows.
    pub struct ExpectBody {
        /// How many rows SQL selects: a number, or a test such as `{ min: 1 }`.
        #[deserr(default)]
        pub rows: Option<Test>,
        /// The names of the columns, all of them and in their order.
        #[deserr(default)]
        pub columns: Option<NonEmpty<Plain>>,
        /// Columns by name and what each holds, in every row; there must be a row.
        #[deserr(default)]
        pub values: Option<Ordered<Test>>,
        /// What the only column of the only row holds.
        #[deserr(default)]
        pub value: Option<Test>,
    }
}

impl ExpectBody {
    /// What is expected of rows.
    #[must_use]
    pub fn of_rows(&self) -> RowsExpected {
        RowsExpected {
            rows: self.rows.clone(),
            columns: self.columns.clone(),
            values: self.values.clone(),
            value: self.value.clone(),
        }
    }
}

/// What a step expects: a bare status or [`ExpectBody`].
#[derive(Debug, Clone)]
pub struct Expect(pub ExpectBody);

/// How a role logs in: one of `nextauth`, `form`, `json`, `bearer`, `basic`.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Session {
    /// The credentials of NextAuth (v4 or v5), by the provider's field names.
    #[deserr(default)]
    pub nextauth: Option<Ordered<Template>>,
    /// NextAuth's provider. Default: `credentials`.
    #[deserr(default)]
    pub provider: Option<Plain>,
    /// Where NextAuth lives. Default: `/api/auth`.
    #[deserr(default)]
    pub auth_path: Option<Plain>,
    /// A login by an HTML form.
    #[deserr(default)]
    pub form: Option<FormLogin>,
    /// A login by JSON.
    #[deserr(default)]
    pub json: Option<JsonLogin>,
    /// A token that is sent as `Authorization: Bearer`.
    #[deserr(default)]
    pub bearer: Option<Template>,
    /// A user and a password that are sent as `Authorization: Basic`.
    #[deserr(default)]
    pub basic: Option<Basic>,
    /// The path that says who is logged in, asked with GET. Default for NextAuth: its `/session`.
    #[deserr(default)]
    pub whoami: Option<Template>,
    /// Who it must be: JSONPaths in the answer of `whoami`, or plain names such as `role` (for
    /// NextAuth, of its `user`).
    #[deserr(default)]
    pub expect: Option<Ordered<Test>>,
}

/// A login by an HTML form.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct FormLogin {
    /// Where the form is sent.
    pub post: Template,
    /// Its fields.
    pub fields: Ordered<Template>,
    /// A token that has to be fetched first.
    #[deserr(default)]
    pub token: Option<FormToken>,
}

/// A token in a page, to be sent with the form.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct FormToken {
    /// The page that holds it.
    pub get: Template,
    /// A regular expression whose first group is the token.
    pub matches: Pattern,
    /// The form's field that takes it.
    pub field: Plain,
}

/// A login by JSON.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct JsonLogin {
    /// Where it is sent.
    pub post: Template,
    /// What is sent.
    pub body: JsonText,
    /// Where the answer holds a token to be sent as `Authorization: Bearer`. Without it the answer's
    /// cookies are the session.
    #[deserr(default)]
    pub bearer: Option<JsonPath>,
}

/// A user and a password.
#[derive(Debug, Clone, Deserr, JsonSchema)]
#[deserr(deny_unknown_fields, error = Problems)]
#[schemars(deny_unknown_fields)]
pub struct Basic {
    /// The user.
    pub user: Template,
    /// The password.
    pub password: Template,
}

/// One row of the access matrix: `{ get: PATH, anonymous: denied, admin: 200 }`.
#[derive(Debug, Clone)]
pub struct AccessRow {
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path.
    pub path: Template,
    /// A JSON body to send.
    pub json: Option<JsonText>,
    /// What each role gets, in the file's order.
    pub cells: Vec<(String, Cell)>,
    /// Whether it blocks. Default: true.
    pub required: Option<bool>,
    /// A known failure.
    pub waive: Option<Waive>,
}

//! What the configuration file can say of section 5: pages, sessions, access; workflows have a file of their own.

use macro_rules_attribute::apply;

use super::workflows::RawWorkflow;
use crate::config::types::{
    Cell, JsonPath, JsonText, NonEmpty, OneOrMany, Ordered, Pattern, Plain, Show, StatusSet, Template, Test,
    Wait, Waive,
};

/// Section 5: pages, sessions, access by role, workflows.
#[apply(raw)]
#[derive(Default)]
pub struct RawSmoke {
    /// The service's address; paths are appended to it.
    pub base_url: Option<Template>,
    /// Headers sent with every request, for example one that a firewall lets through.
    pub headers: Option<Ordered<Template>>,
    /// What shows that an answer is the application's own and not a firewall's.
    pub marker: Option<RawMarker>,
    /// Pages that anybody may see.
    pub pages: Option<NonEmpty<RawPage>>,
    /// Roles and how each logs in. `anonymous` always exists and has no session.
    pub sessions: Option<Ordered<RawSession>>,
    /// Who may use which endpoint: one row an endpoint, one column a role.
    pub access: Option<NonEmpty<RawAccessRow>>,
    /// What users do, step by step.
    pub workflows: Option<NonEmpty<RawWorkflow>>,
}

/// What shows that an answer is the application's own. Every part given must hold.
#[apply(raw)]
pub struct RawMarker {
    /// Headers that the application's answers carry.
    pub headers: Option<Ordered<Test>>,
    /// Text that the application's answers contain.
    pub contains: Option<OneOrMany<Plain>>,
}

/// A page. A bare path stands for `{ path: PATH }`.
#[apply(with_assertions)]
pub struct RawPageBody {
    /// The path, or a whole URL.
    pub path: Template,
    /// A name for the record. Default: the path.
    pub name: Option<Plain>,
    /// The role that asks. Default: nobody.
    #[deserr(rename = "as")]
    #[schemars(rename = "as")]
    pub role: Option<Plain>,
    /// What the record may show of the answer.
    pub show: Option<NonEmpty<Show>>,
    /// Whether it blocks. Default: true.
    pub required: Option<bool>,
    /// A known failure.
    pub waive: Option<Waive>,
    /// Poll up to this long until the expectation holds.
    pub within: Option<Wait>,
}

/// A page: a bare path or a [`PageBody`].
#[derive(Debug, Clone)]
pub struct RawPage(pub RawPageBody);

/// How a role logs in: one of `nextauth`, `form`, `json`, `bearer`, `basic`.
#[apply(raw)]
pub struct RawSession {
    /// The credentials of NextAuth (v4 or v5), by the provider's field names.
    pub nextauth: Option<Ordered<Template>>,
    /// NextAuth's provider. Default: `credentials`.
    pub provider: Option<Plain>,
    /// Where NextAuth lives. Default: `/api/auth`.
    pub auth_path: Option<Plain>,
    /// A login by an HTML form.
    pub form: Option<RawFormLogin>,
    /// A login by JSON.
    pub json: Option<RawJsonLogin>,
    /// A token that is sent as `Authorization: Bearer`.
    pub bearer: Option<Template>,
    /// A user and a password that are sent as `Authorization: Basic`.
    pub basic: Option<RawBasic>,
    /// The path that says who is logged in, asked with GET. Default for NextAuth: its `/session`.
    pub whoami: Option<Template>,
    /// Who it must be: JSONPaths in the answer of `whoami`, or plain names such as `role` (for
    /// NextAuth, of its `user`).
    pub expect: Option<Ordered<Test>>,
}

/// A login by an HTML form.
#[apply(raw)]
pub struct RawFormLogin {
    /// Where the form is sent.
    pub post: Template,
    /// Its fields.
    pub fields: Ordered<Template>,
    /// A token that has to be fetched first.
    pub token: Option<RawFormToken>,
}

/// A token in a page, to be sent with the form.
#[apply(raw)]
pub struct RawFormToken {
    /// The page that holds it.
    pub get: Template,
    /// A regular expression whose first group is the token.
    pub matches: Pattern,
    /// The form's field that takes it.
    pub field: Plain,
}

/// A login by JSON.
#[apply(raw)]
pub struct RawJsonLogin {
    /// Where it is sent.
    pub post: Template,
    /// What is sent.
    pub body: JsonText,
    /// Where the answer holds a token to be sent as `Authorization: Bearer`. Without it the answer's
    /// cookies are the session.
    pub bearer: Option<JsonPath>,
}

/// A user and a password.
#[apply(raw)]
pub struct RawBasic {
    /// The user.
    pub user: Template,
    /// The password.
    pub password: Template,
}

/// One row of the access matrix: `{ get: PATH, anonymous: denied, admin: 200 }`.
#[derive(Debug, Clone)]
pub struct RawAccessRow {
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

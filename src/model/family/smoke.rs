//! Section 5: its families of checks, and what their comparisons are about.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantArray};

use crate::model::ChecklistItem;

/// The families of section 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
pub enum SmokeFamily {
    /// Each page answers as expected, by default with status 200 and without a redirect.
    #[strum(serialize = "smoke.pages")]
    Pages,
    /// Each role can log in, proved by asking the service who it is.
    #[strum(serialize = "smoke.sessions")]
    Sessions,
    /// Each role gets what the matrix says at each endpoint, and a denial is the application's own.
    #[strum(serialize = "smoke.access")]
    Access,
    /// What users do works step by step, and is undone afterwards.
    #[strum(serialize = "smoke.workflows")]
    Workflows,
}

impl SmokeFamily {
    pub(super) fn proves(self) -> Option<ChecklistItem> {
        match self {
            Self::Pages => Some(ChecklistItem::Pages),
            Self::Access => Some(ChecklistItem::Access),
            Self::Workflows => Some(ChecklistItem::Workflow),
            Self::Sessions => None,
        }
    }
}

/// What a comparison of an answer is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum SmokeSubject {
    Status,
    Header(String),
    Body,
    /// What a JSONPath selects in the body.
    Json(String),
    /// From the request to the last byte.
    ResponseTime,
    Redirect,
    /// Days until the TLS certificate ends.
    CertificateDays,
    /// Who a session belongs to: what a JSONPath selects in the answer to "who am I".
    Identity(String),
    /// What a login was refused with: the actual value is the service's own word, such as `CredentialsSignin`.
    Login,
    /// Whether a role may use an endpoint.
    Access,
}

impl SmokeSubject {
    pub(in crate::model) fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Header(name) | Self::Json(name) | Self::Identity(name) => Some(name),
            Self::Status
            | Self::Body
            | Self::ResponseTime
            | Self::Redirect
            | Self::CertificateDays
            | Self::Login
            | Self::Access => None,
        }
    }
}

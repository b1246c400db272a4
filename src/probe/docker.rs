//! Containers (temporary stand-in until the real probe lands).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::host::{Command, Host};
use crate::model::{Trouble, TroubleCode};

/// The containers of a host.
#[derive(Debug, Clone)]
pub struct Docker {
    host: Host,
    engine: &'static str,
}

/// A container.
#[derive(Debug, Clone)]
pub struct Container {
    /// `running`, `exited`, …
    pub state: String,
    /// What its health check says, if it has one.
    pub health: Option<String>,
    /// The image's name.
    pub image: String,
    /// The image's digest.
    pub digest: String,
    /// When it was started.
    pub started_at: String,
    /// How often it was restarted.
    pub restarts: u64,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its environment.
    pub env: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    image: String,
    #[serde(default)]
    restart_count: u64,
    state: RawState,
    config: RawConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawState {
    status: String,
    started_at: String,
    health: Option<RawHealth>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawHealth {
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawConfig {
    image: String,
    env: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
}

impl Docker {
    /// The containers of this host.
    pub fn new(host: Host, engine: &'static str) -> Self {
        Self { host, engine }
    }

    /// What the engine says of a container.
    pub async fn inspect(&self, name: &str) -> Result<Container, Trouble> {
        let output = self.host.exec(&Command::new([self.engine, "inspect", name]).plain()).await?;
        if !output.ok() {
            return Err(Trouble::new(TroubleCode::HostCommand, output.said()));
        }
        let mut all: Vec<Raw> = serde_json::from_slice(&output.stdout)
            .map_err(|error| Trouble::new(TroubleCode::HostCommand, error.to_string()))?;
        let raw = all.pop().ok_or_else(|| Trouble::new(TroubleCode::HostCommand, "nothing"))?;
        Ok(Container {
            state: raw.state.status,
            health: raw.state.health.map(|health| health.status),
            image: raw.config.image,
            digest: raw.image,
            started_at: raw.state.started_at,
            restarts: raw.restart_count,
            labels: raw.config.labels.unwrap_or_default(),
            env: raw
                .config
                .env
                .unwrap_or_default()
                .iter()
                .filter_map(|line| line.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    /// A file in a container.
    pub async fn read(&self, container: &str, file: &str) -> Result<String, Trouble> {
        let output =
            self.host.exec(&Command::new([self.engine, "exec", container, "cat", file]).plain()).await?;
        if output.ok() {
            Ok(output.text().into_owned())
        } else {
            Err(Trouble::new(TroubleCode::HostCommand, output.said()))
        }
    }
}

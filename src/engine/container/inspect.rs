//! `GET /containers/{id}/json` (ContainerInspect).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Deserialize;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

/// A container of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Container {
    /// The container's id: 64 hexadecimal digits.
    pub id: String,
    /// Whether it runs, and how it ended.
    pub state: ContainerState,
    /// Its settings, merged with those of its image.
    pub config: InspectedConfig,
    /// Its addresses, by network.
    pub network_settings: NetworkSettings,
}

/// A container's state.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerState {
    /// `created`, `running`, `exited` and others; Podman has further ones.
    pub status: String,
    /// The number of its first process on the engine's machine; 0 while it does not run.
    #[serde(default)]
    pub pid: i64,
    /// Whether its first process runs.
    #[serde(default)]
    pub running: bool,
    /// Whether the kernel killed it because it ran out of memory.
    #[serde(default, rename = "OOMKilled")]
    pub oom_killed: bool,
    /// The exit code of its first process; meaningless while it runs.
    #[serde(default)]
    pub exit_code: i64,
    /// Why it could not be started; empty otherwise.
    #[serde(default)]
    pub error: String,
}

/// A container's settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InspectedConfig {
    /// Environment variables as `KEY=VALUE`: first the request's, then the image's.
    #[serde(default)]
    pub env: Option<Vec<String>>,
    /// The exposed ports, by keys such as `5432/tcp`.
    #[serde(default)]
    pub exposed_ports: Option<BTreeMap<String, serde_json::Value>>,
    /// The check of the container's health.
    #[serde(default)]
    pub healthcheck: Option<InspectedHealthcheck>,
    /// The shell of commands that the image gives as a text, if it names one.
    #[serde(default)]
    pub shell: Option<Vec<String>>,
}

/// The check of a container's health.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InspectedHealthcheck {
    /// `CMD` and words, `CMD-SHELL` and a text, or `NONE`.
    #[serde(default)]
    pub test: Option<Vec<String>>,
    /// How long a run may take, in nanoseconds; 0 for the engine's default.
    #[serde(default)]
    pub timeout: i64,
}

/// A container's addresses. The older fields beside `Networks` were removed in API 1.52 and are not used.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkSettings {
    /// The addresses, by the network's name.
    #[serde(default)]
    pub networks: Option<BTreeMap<String, InspectedEndpoint>>,
}

/// A container's addresses in one network; a missing one is an empty text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InspectedEndpoint {
    /// The IPv4 address.
    #[serde(default, rename = "IPAddress")]
    pub ip_address: String,
    /// The IPv6 address.
    #[serde(default, rename = "GlobalIPv6Address")]
    pub global_ipv6_address: String,
}

impl Engine {
    /// Asks for a container's state, settings and addresses.
    pub async fn container_inspect(&self, name: &Name) -> Result<Container, EngineError> {
        let target = container(name).literal("/json");
        self.call("inspect container", name.as_str(), Method::GET, target).decode().await
    }
}

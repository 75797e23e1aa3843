//! `GET /containers/{id}/json` (ContainerInspect).

use std::collections::BTreeMap;

use hyper::Method;
use serde::Deserialize;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

/// What is read of a container.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Container {
    /// 64 hexadecimal digits.
    pub id: String,
    /// What it is doing.
    pub state: ContainerState,
    /// Settings, those of its image included.
    pub config: InspectedConfig,
    /// Its addresses.
    pub network_settings: NetworkSettings,
}

/// A container's state.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerState {
    /// `created`, `running`, `exited` and others; Podman has words of its own.
    pub status: String,
    /// Whether its process runs.
    #[serde(default)]
    pub running: bool,
    /// Whether the kernel killed it for want of memory.
    #[serde(default, rename = "OOMKilled")]
    pub oom_killed: bool,
    /// The process's exit code; meaningless while it runs.
    #[serde(default)]
    pub exit_code: i64,
    /// Why it could not be started.
    #[serde(default)]
    pub error: String,
}

/// A container's settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InspectedConfig {
    /// `KEY=VALUE` each: the request's first, then the image's.
    #[serde(default)]
    pub env: Option<Vec<String>>,
    /// Keys such as `5432/tcp`.
    #[serde(default)]
    pub exposed_ports: Option<BTreeMap<String, serde_json::Value>>,
}

/// A container's addresses. The old address fields beside `Networks` are gone from API 1.52 on, so they are not read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkSettings {
    /// By the network's name.
    #[serde(default)]
    pub networks: Option<BTreeMap<String, InspectedEndpoint>>,
}

/// A container's addresses in one network; empty text where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InspectedEndpoint {
    /// IPv4.
    #[serde(default, rename = "IPAddress")]
    pub ip_address: String,
    /// IPv6.
    #[serde(default, rename = "GlobalIPv6Address")]
    pub global_ipv6_address: String,
}

impl Engine {
    /// Reads a container's state, settings and addresses.
    pub async fn container_inspect(&self, name: &Name) -> Result<Container, EngineError> {
        let target = container(name).literal("/json");
        self.call("inspect container", name.as_str(), Method::GET, target).decode().await
    }
}

//! `POST /containers/create` (ContainerCreate).
//!
//! Absent fields are left out of the JSON: for the engine an empty list clears the image's setting, and a missing one
//! keeps it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hyper::Method;
use serde::{Deserialize, Serialize};

use super::host_config::HostConfig;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::RequestTarget;
use crate::engine::version::ApiVersion;

/// From this version on a MAC address is a setting of a network endpoint, and the engine warns if it is one of the
/// container.
const MAC_ADDRESS_OF_ENDPOINT: ApiVersion = ApiVersion { major: 1, minor: 44 };

/// How often a creation is tried: a job's containers are created at the same time and share a few volumes.
pub const TRIES_MAX: u32 = 4;

/// The settings of a new container, with the API's field names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerConfig {
    /// The image's reference, digest or id.
    pub image: String,
    /// The host name in the container; `None` is the container's short id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The MAC address in the container's network. From API 1.44 on the call moves it to the network's endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac_address: Option<String>,
    /// The user's name or `uid:gid`; `None` is the image's user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Replaces the image's entrypoint; `[""]` clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Vec<String>>,
    /// Environment variables, as `KEY=VALUE`.
    pub env: Vec<String>,
    /// The container's labels; `clean` finds containers by them.
    pub labels: BTreeMap<String, String>,
    /// Which standard streams exist, and who reads them.
    #[serde(flatten)]
    pub stdio: Stdio,
    /// Settings that concern the engine's host.
    pub host_config: HostConfig,
    /// The networks to connect to; `None` is the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networking_config: Option<NetworkingConfig>,
}

/// The standard streams of a container. It never gets a TTY, whose stream has no frames and mixes standard output with
/// standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stdio {
    /// Always false, so that the stream consists of frames.
    tty: bool,
    /// Keeps standard input open until a client attaches.
    open_stdin: bool,
    /// Ends standard input when that client half-closes its connection.
    stdin_once: bool,
    attach_stdin: bool,
    attach_stdout: bool,
    attach_stderr: bool,
}

impl Stdio {
    /// A container that reads its standard input from one attached client.
    pub const ATTACHED: Self = Self {
        tty: false,
        open_stdin: true,
        stdin_once: true,
        attach_stdin: true,
        attach_stdout: true,
        attach_stderr: true,
    };
    /// A container without input, whose output goes to its log only.
    pub const DETACHED: Self = Self {
        tty: false,
        open_stdin: false,
        stdin_once: false,
        attach_stdin: false,
        attach_stdout: false,
        attach_stderr: false,
    };
}

/// The networks to connect to at creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkingConfig {
    /// The settings of the endpoint in each network, by the network's name.
    pub endpoints_config: BTreeMap<String, EndpointSettings>,
}

/// The settings of a container's endpoint in a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointSettings {
    /// Host names of the container in the network's DNS.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The endpoint's MAC address; `None` lets the engine choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac_address: Option<String>,
}

/// The answer to a creation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedContainer {
    /// The container's id: 64 hexadecimal digits.
    pub id: String,
    /// Warnings of the engine; null in some releases.
    #[serde(default)]
    pub warnings: Option<Vec<String>>,
}

impl Engine {
    /// Creates a container. 404 means that the image is missing, 409 that the name is in use.
    pub async fn container_create(
        &self,
        name: &Name,
        platform: Option<&str>,
        config: &ContainerConfig,
    ) -> Result<CreatedContainer, EngineError> {
        let config = config.for_version(self.version());
        let mut tries = 1;
        loop {
            let target = RequestTarget::new("/containers/create")
                .query("name", name.as_str())
                .maybe("platform", platform);
            let call = self.call("create container", name.as_str(), Method::POST, target);
            match call.json(&config)?.decode().await {
                // Podman 5 fails if another container creates the same volume at the same time. It exists by now.
                Err(error) if tries < TRIES_MAX && error.is_lost_race() => tries += 1,
                result => return result,
            }
        }
    }
}

impl ContainerConfig {
    /// The settings in the form of an API version.
    fn for_version(&self, version: ApiVersion) -> Cow<'_, Self> {
        if self.mac_address.is_none() || version < MAC_ADDRESS_OF_ENDPOINT {
            return Cow::Borrowed(self);
        }
        let mut config = self.clone();
        let network = config.host_config.network_mode.clone().unwrap_or_else(|| "default".to_owned());
        let networking = config.networking_config.get_or_insert_with(NetworkingConfig::default);
        networking.endpoints_config.entry(network).or_default().mac_address = config.mac_address.take();
        Cow::Owned(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::container::host_config::LogConfig;

    #[test]
    fn absent_settings_are_left_to_the_image() {
        let config = ContainerConfig {
            image: "ruby:2.6".to_owned(),
            hostname: None,
            mac_address: None,
            user: None,
            entrypoint: Some(vec![String::new()]),
            cmd: None,
            env: vec!["A=1".to_owned()],
            labels: BTreeMap::new(),
            stdio: Stdio::ATTACHED,
            host_config: HostConfig::new(LogConfig::new("json-file")),
            networking_config: None,
        };
        insta::assert_json_snapshot!(config, @r#"
        {
          "Image": "ruby:2.6",
          "Entrypoint": [
            ""
          ],
          "Env": [
            "A=1"
          ],
          "Labels": {},
          "Tty": false,
          "OpenStdin": true,
          "StdinOnce": true,
          "AttachStdin": true,
          "AttachStdout": true,
          "AttachStderr": true,
          "HostConfig": {
            "LogConfig": {
              "Type": "json-file"
            }
          }
        }
        "#);
    }

    #[test]
    fn from_api_1_44_on_a_mac_address_belongs_to_the_endpoint() {
        let mut config = ContainerConfig {
            image: "a".to_owned(),
            hostname: None,
            mac_address: Some("92:d0:c6:0a:29:33".to_owned()),
            user: None,
            entrypoint: None,
            cmd: None,
            env: Vec::new(),
            labels: BTreeMap::new(),
            stdio: Stdio::DETACHED,
            host_config: HostConfig::new(LogConfig::new("none")),
            networking_config: None,
        };
        let shown = |config: &ContainerConfig, minor| {
            let json = serde_json::to_value(&*config.for_version(ApiVersion { major: 1, minor })).unwrap();
            format!("{} {}", json["MacAddress"], json["NetworkingConfig"])
        };
        assert_eq!(shown(&config, 43), "\"92:d0:c6:0a:29:33\" null");
        let of = |network: &str| {
            format!("null {{\"EndpointsConfig\":{{\"{network}\":{{\"MacAddress\":\"92:d0:c6:0a:29:33\"}}}}}}")
        };
        assert_eq!(shown(&config, 44), of("default"));
        config.host_config.network_mode = Some("mine".to_owned());
        assert_eq!(shown(&config, 44), of("mine"));
    }
}

//! `POST /containers/create` (ContainerCreate).
//!
//! Absent fields are left out of the JSON: the engine reads an empty list as "clear what the image says" and a missing
//! one as "keep it".

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

/// From here on a MAC address belongs to an endpoint, and the engine warns of one that belongs to the container.
const MAC_OF_ENDPOINT: ApiVersion = ApiVersion { major: 1, minor: 44 };

/// How often a creation is tried: a job's containers, which are made at the same time, share a few volumes.
pub const TRIES_MAX: u32 = 4;

/// What is to be created. The fields are the API's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerConfig {
    /// Image reference, digest or id.
    pub image: String,
    /// Host name; the engine's default is the short id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Its address in the network. From API 1.44 on this is a setting of the endpoint: the call puts it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac_address: Option<String>,
    /// User or `uid:gid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Replaces the image's entrypoint; `[""]` clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Vec<String>>,
    /// `KEY=VALUE` each.
    pub env: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Standard streams.
    #[serde(flatten)]
    pub stdio: Stdio,
    /// What the host gives.
    pub host_config: HostConfig,
    /// Networks to join, when they are not the default one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networking_config: Option<NetworkingConfig>,
}

/// Standard streams of a container. There is never a TTY: its stream has no frames and mixes up its two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stdio {
    /// Always false, and so the stream is framed.
    tty: bool,
    /// Keeps standard input open for a client.
    open_stdin: bool,
    /// Lets the process read the end of its input once that client half-closes.
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
    /// A container without input whose output goes to the log alone.
    pub const DETACHED: Self = Self {
        tty: false,
        open_stdin: false,
        stdin_once: false,
        attach_stdin: false,
        attach_stdout: false,
        attach_stderr: false,
    };
}

/// Networks to join at creation, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkingConfig {
    /// One endpoint a network.
    pub endpoints_config: BTreeMap<String, EndpointSettings>,
}

/// A container's place in a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointSettings {
    /// Names by which the network's DNS knows the container.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Its address there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac_address: Option<String>,
}

/// A container that was made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedContainer {
    /// 64 hexadecimal digits.
    pub id: String,
    /// The engine's warnings; null in some releases.
    #[serde(default)]
    pub warnings: Option<Vec<String>>,
}

impl Engine {
    /// Creates a container. 404 means that the image is missing, 409 that the name is taken.
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
                // Podman 5, when another container is created at the same time and makes the same volume, which is
                // there by now.
                Err(error) if tries < TRIES_MAX && error.is_lost_race() => tries += 1,
                result => return result,
            }
        }
    }
}

impl ContainerConfig {
    /// The same in the words of that version.
    fn for_version(&self, version: ApiVersion) -> Cow<'_, Self> {
        if self.mac_address.is_none() || version < MAC_OF_ENDPOINT {
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
    fn what_is_not_asked_for_is_left_to_the_image() {
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
    fn a_mac_address_is_the_endpoints_from_api_1_44_on() {
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

//! `POST /containers/create` (ContainerCreate).
//!
//! Absent fields are left out of the JSON: the engine reads an empty list as "clear what the image says" and a missing
//! one as "keep it".

use std::collections::BTreeMap;

use hyper::Method;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::target::Target;

/// What is to be created. The fields are the API's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContainerConfig {
    /// Image reference, digest or id.
    pub image: String,
    /// Host name; the engine's default is the short id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
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

/// The part of a container's settings that concerns the host.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostConfig {
    /// `default`, `host`, `none` or a network's name; the default bridge when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// `name:address` each, for `/etc/hosts`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_hosts: Vec<String>,
    /// Volumes and host directories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Where the log goes.
    pub log_config: LogConfig,
}

/// A volume in a container.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Mount {
    /// `volume`.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// The volume's name; the engine makes it if it is not there.
    pub source: String,
    /// Absolute path in the container.
    pub target: String,
    /// Settings of a volume that is made.
    pub volume_options: VolumeOptions,
}

/// Settings of a volume that is made together with a container.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeOptions {
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// Where a container's log goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogConfig {
    /// The driver: `json-file` can be read again, whatever the engine's default is; `none` keeps nothing.
    #[serde(rename = "Type")]
    pub driver: &'static str,
}

/// Networks to join at creation, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NetworkingConfig {
    /// One endpoint a network.
    pub endpoints_config: BTreeMap<String, EndpointSettings>,
}

/// A container's place in a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointSettings {
    /// Names by which the network's DNS knows the container.
    pub aliases: Vec<String>,
}

/// A container that was made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Created {
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
    ) -> Result<Created, EngineError> {
        let target =
            Target::new("/containers/create").query("name", name.as_str()).maybe("platform", platform);
        self.call("create container", name.as_str(), Method::POST, target).json(config)?.decode().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_is_left_to_the_image() {
        let config = ContainerConfig {
            image: "ruby:2.6".to_owned(),
            hostname: None,
            user: None,
            entrypoint: Some(vec![String::new()]),
            cmd: None,
            env: vec!["A=1".to_owned()],
            labels: BTreeMap::new(),
            stdio: Stdio::ATTACHED,
            host_config: HostConfig {
                network_mode: None,
                extra_hosts: vec![],
                mounts: vec![],
                log_config: LogConfig { driver: "json-file" },
            },
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
}

//! Values that are parsed from strings: pull policies, addresses, isolation, log options.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::config_value::{ConfigValue, StringValue, ValueKind};
use super::problem::ConfigProblem;
use super::toml_document::TomlNode;
use crate::registry::pull_policy::{PullPolicy, UnknownPolicy};

impl StringValue for PullPolicy {
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| UnknownPolicy(text.to_owned()).to_string())
    }
}

/// The IP address of a name server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsServer(pub String);

impl StringValue for DnsServer {
    fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<IpAddr>() {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(format!("invalid DNS server address \"{text}\"")),
        }
    }
}

/// What jobs get that have a service which is an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockerInDocker {
    /// The service.
    Service,
    /// The socket of this engine, and its path on the engine's host if that is another one than here.
    Socket(Option<String>),
}

impl StringValue for DockerInDocker {
    fn parse(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("socket:")) {
            ("service", _) => Ok(Self::Service),
            ("socket", _) => Ok(Self::Socket(None)),
            (_, Some(path)) if path.starts_with('/') && !path.contains(':') => {
                Ok(Self::Socket(Some(path.to_owned())))
            }
            _ => Err(format!("`{text}` is neither `service`, `socket` nor `socket:/PATH`")),
        }
    }
}

/// The isolation of containers: `default`, the only one on Linux.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isolation;

impl StringValue for Isolation {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "default" => Ok(Self),
            "process" | "hyperv" => {
                Err(format!("the isolation `{text}` exists on Windows only; write `default`"))
            }
            _ => Err(format!("the isolation value \"{text}\" is not valid; write `default`")),
        }
    }
}

/// Six bytes in lower case hexadecimal, separated by colons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacAddress(pub String);

impl StringValue for MacAddress {
    fn parse(text: &str) -> Result<Self, String> {
        let bytes: Vec<&str> = text.split([':', '-']).collect();
        let is_byte = |byte: &&str| byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
        if bytes.len() == 6 && bytes.iter().all(is_byte) {
            return Ok(Self(bytes.join(":").to_lowercase()));
        }
        Err(format!("invalid MAC address \"{text}\""))
    }
}

/// Options of the engine's log driver. GitLab Runner allows `env` and `labels` only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogDriverOptions(pub BTreeMap<String, String>);

impl ConfigValue for LogDriverOptions {
    const KIND: ValueKind = ValueKind::Map;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        for entry in node.entries().filter(|entry| !["env", "labels"].contains(&entry.key)) {
            let name = &entry.key;
            let text = format!("invalid log option `{name}`: only `env` and `labels` are allowed");
            problems.push(ConfigProblem::error(entry.position, text));
        }
        Self(ConfigValue::decode(node, problems))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_validated() {
        assert!(DnsServer::parse("8.8.8.8").is_ok() && DnsServer::parse("2001:db8::1").is_ok());
        assert_eq!(
            DnsServer::parse("dns.example"),
            Err("invalid DNS server address \"dns.example\"".to_owned())
        );
        assert_eq!(MacAddress::parse("92-D0-c6-0a-29-33"), Ok(MacAddress("92:d0:c6:0a:29:33".to_owned())));
        for text in ["", "92:d0:c6:0a:29", "92:d0:c6:0a:29:3g", "92d0.c60a.2933"] {
            assert!(MacAddress::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_default_isolation_is_allowed() {
        assert!(Isolation::parse("default").is_ok());
        assert!(Isolation::parse("hyperv").is_err_and(|problem| problem.contains("Windows")));
        assert!(Isolation::parse("x").is_err());
    }
}

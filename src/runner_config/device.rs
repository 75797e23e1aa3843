//! Devices of the host, and GPU requests.

use std::collections::BTreeMap;

use super::config_value::StringValue;

/// A device of the host: `path[:path in the container[:permissions]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The path on the host.
    pub on_host: String,
    /// The path in the container.
    pub in_container: String,
    /// The permissions of the container: any of `r`, `w` and `m` (mknod).
    pub permissions: String,
}

impl StringValue for Device {
    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let on_host = parts.next().unwrap_or_default().to_owned();
        let in_container = parts.next().unwrap_or(&on_host).to_owned();
        let permissions = parts.next().unwrap_or("rwm").to_owned();
        if parts.next().is_some() {
            return Err(format!("failed to parse device string \"{text}\": too many colons"));
        }
        Ok(Self { on_host, in_container, permissions })
    }
}

/// A request for GPUs, parsed as the Docker CLI parses `--gpus`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuRequest {
    /// The name of the driver. Empty for any driver.
    pub driver: String,
    /// The number of devices. -1 for all, 0 if `ids` selects them.
    pub count: i64,
    /// The IDs of the devices.
    pub ids: Vec<String>,
    /// The capabilities that a device must have: all of one of the lists.
    pub capabilities: Vec<Vec<String>>,
    /// Options for the driver.
    pub options: BTreeMap<String, String>,
}

impl StringValue for GpuRequest {
    fn parse(text: &str) -> Result<Self, String> {
        parse_request(text).map_err(|problem| format!("parsing gpus string \"{text}\": {problem}"))
    }
}

fn parse_request(text: &str) -> Result<GpuRequest, String> {
    let mut request = GpuRequest {
        driver: String::new(),
        count: 0,
        ids: Vec::new(),
        capabilities: Vec::new(),
        options: BTreeMap::new(),
    };
    let mut seen = Vec::new();
    for field in split_csv(text)? {
        let (key, value) = field.split_once('=').unwrap_or(("count", &field));
        let list = || value.split(',').map(str::to_owned);
        match key {
            "driver" => request.driver = value.to_owned(),
            "count" if value == "all" => request.count = -1,
            "count" => {
                request.count =
                    value.parse().map_err(|_| format!("count `{value}` is neither a number nor `all`"))?
            }
            "device" => request.ids = list().collect(),
            "capabilities" => request.capabilities = vec![list().chain(["gpu".to_owned()]).collect()],
            "options" => request.options = parse_options(value)?,
            _ => return Err(format!("unexpected key `{key}`")),
        }
        if seen.contains(&key.to_owned()) {
            return Err(format!("`{key}` can be given only once"));
        }
        seen.push(key.to_owned());
    }
    if request.ids.is_empty() && !seen.iter().any(|key| key == "count") {
        request.count = 1;
    }
    if request.capabilities.is_empty() {
        request.capabilities = vec![vec!["gpu".to_owned()]];
    }
    Ok(request)
}

fn parse_options(text: &str) -> Result<BTreeMap<String, String>, String> {
    let pair = |field: String| {
        let (key, value) = field.split_once('=').ok_or_else(|| format!("`{field}` is not an option"))?;
        Ok((key.to_owned(), value.to_owned()))
    };
    split_csv(text)?.into_iter().map(pair).collect()
}

/// Splits a line of comma-separated values. A field in quotes may have commas.
fn split_csv(line: &str) -> Result<Vec<String>, String> {
    let (mut fields, mut rest) = (Vec::new(), line);
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or("a quote is not closed")?,
            None => rest.split_at_checked(rest.find(',').unwrap_or(rest.len())).unwrap_or((rest, "")),
        };
        fields.push(field.to_owned());
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(fields),
            None => return Err("text follows a closing quote".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_the_same_path_and_all_permissions_by_default() {
        let device = |text: &str| {
            let device = Device::parse(text).unwrap();
            format!("{} {} {}", device.on_host, device.in_container, device.permissions)
        };
        assert_eq!(device("/dev/kvm"), "/dev/kvm /dev/kvm rwm");
        assert_eq!(device("/dev/a:/dev/b"), "/dev/a /dev/b rwm");
        assert_eq!(device("/dev/a:/dev/b:r"), "/dev/a /dev/b r");
        assert!(Device::parse("a:b:c:d").is_err());
    }

    #[test]
    fn gpus_are_parsed_as_in_the_docker_cli() {
        for (text, expect) in [
            ("all", r#" -1 [] [["gpu"]] {}"#),
            ("2", r#" 2 [] [["gpu"]] {}"#),
            ("\"device=0,1\"", r#" 0 ["0", "1"] [["gpu"]] {}"#),
            ("device=7", r#" 0 ["7"] [["gpu"]] {}"#),
            ("driver=nvidia,count=1", r#"nvidia 1 [] [["gpu"]] {}"#),
            ("\"capabilities=compute,utility\"", r#" 1 [] [["compute", "utility", "gpu"]] {}"#),
            ("all,\"options=a=1,b=2\"", r#" -1 [] [["gpu"]] {"a": "1", "b": "2"}"#),
        ] {
            let GpuRequest { driver, count, ids, capabilities, options } = GpuRequest::parse(text).unwrap();
            assert_eq!(format!("{driver} {count} {ids:?} {capabilities:?} {options:?}"), expect, "{text}");
        }
        for text in ["many", "count=x", "colour=red", "1,2", "\"device=0", "\"a\"b", "options=x"] {
            assert!(GpuRequest::parse(text).is_err(), "{text}");
        }
    }
}

//! Which ports of a service are tried. Pure.

use std::collections::BTreeSet;

/// The most ports tried of one service, the lowest first, as in GitLab Runner.
pub const PORTS_MAX: usize = 20;

/// The environment variable by which a service or its image names the one port that counts, in any case.
const OVERRIDE: &str = "HEALTHCHECK_TCP_PORT";

/// `HEALTHCHECK_TCP_PORT` is no port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid health check tcp port: {value}")]
pub struct PortsError {
    /// Its value.
    pub value: String,
}

/// The ports to try, ascending: the one of `HEALTHCHECK_TCP_PORT`, else the exposed TCP ports. `environment` holds
/// `KEY=VALUE`, `exposed` keys such as `80/tcp`, `53/udp`, `1000-1100/tcp` or `80`.
pub fn choose<'a>(
    environment: impl IntoIterator<Item = &'a str>,
    exposed: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<u16>, PortsError> {
    let mut variables = environment.into_iter().filter_map(|entry| entry.split_once('='));
    if let Some((_, value)) = variables.find(|(key, _)| key.eq_ignore_ascii_case(OVERRIDE)) {
        let port = value.trim().parse::<u16>().ok().filter(|port| *port != 0);
        return port.map(|port| vec![port]).ok_or_else(|| PortsError { value: value.to_owned() });
    }
    let ports: BTreeSet<u16> = exposed.into_iter().filter_map(tcp_range).flatten().collect();
    Ok(ports.into_iter().take(PORTS_MAX).collect())
}

fn tcp_range(key: &str) -> Option<std::ops::RangeInclusive<u16>> {
    let (ports, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
    if !protocol.eq_ignore_ascii_case("tcp") {
        return None;
    }
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(environment: &[&str], exposed: &[&str], expect: &[u16]) {
        let ports = choose(environment.iter().copied(), exposed.iter().copied());
        assert_eq!(ports, Ok(expect.to_vec()), "{environment:?} {exposed:?}");
    }

    #[test]
    fn exposed_tcp_ports_are_tried_in_order_at_most_twenty() {
        check(&[], &["1000/tcp"], &[1000]);
        check(&[], &["500/udp", "1500/tcp", "600/tcp", "1000/tcp"], &[600, 1000, 1500]);
        check(&[], &["1000-1100/tcp"], &(1000..1020).collect::<Vec<_>>());
        check(&[], &["80", "53/udp"], &[80]);
        check(&["A=1"], &["53/udp"], &[]);
        check(&[], &["nonsense/tcp", "70000/tcp"], &[]);
    }

    #[test]
    fn the_variable_names_the_only_port_that_counts() {
        check(&["HEALTHCHECK_TCP_PORT=2000"], &["1000/tcp"], &[2000]);
        check(&["healthcheck_TCP_PORT=2000", "HEALTHCHECK_TCP_PORT=3000"], &[], &[2000]);
        let error = choose(["HEALTHCHECK_TCP_PORT=hello"], []).unwrap_err();
        assert_eq!(error.to_string(), "invalid health check tcp port: hello");
        assert!(choose(["HEALTHCHECK_TCP_PORT=0"], []).is_err());
    }
}

//! The ports of a service to dial. Pure.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// How many ports of a service are dialled, as in GitLab Runner; the lowest ones count.
pub const PORTS_MAX: usize = 20;

/// The environment variable by which a service or its image selects a single port. Its case does not matter.
const OVERRIDE: &str = "HEALTHCHECK_TCP_PORT";

/// The value of `HEALTHCHECK_TCP_PORT` is not a port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid health check tcp port: {value}")]
pub struct PortsError {
    pub value: String,
}

/// Selects the ports to dial, ascending: the one in `HEALTHCHECK_TCP_PORT`, else the exposed TCP ports. `environment`
/// contains `KEY=VALUE`; `exposed` contains keys such as `80/tcp`, `53/udp`, `1000-1100/tcp` or `80`.
pub fn select_ports<'a>(
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

/// Selects the exposed UDP ports, ascending, of which a dial cannot tell anything.
pub fn udp_ports<'a>(exposed: impl IntoIterator<Item = &'a str>) -> Vec<u16> {
    let ports: BTreeSet<u16> = exposed.into_iter().filter_map(|key| range_of(key, "udp")).flatten().collect();
    ports.into_iter().take(PORTS_MAX).collect()
}

fn tcp_range(key: &str) -> Option<RangeInclusive<u16>> {
    range_of(key, "tcp")
}

fn range_of(key: &str, wanted: &str) -> Option<RangeInclusive<u16>> {
    let (ports, protocol) = key.split_once('/').unwrap_or((key, "tcp"));
    if !protocol.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(environment: &[&str], exposed: &[&str], expect: &[u16]) {
        let ports = select_ports(environment.iter().copied(), exposed.iter().copied());
        assert_eq!(ports, Ok(expect.to_vec()), "{environment:?} {exposed:?}");
    }

    #[test]
    fn the_twenty_lowest_exposed_tcp_ports_are_dialled() {
        check(&[], &["1000/tcp"], &[1000]);
        check(&[], &["500/udp", "1500/tcp", "600/tcp", "1000/tcp"], &[600, 1000, 1500]);
        check(&[], &["1000-1100/tcp"], &(1000..1020).collect::<Vec<_>>());
        check(&[], &["80", "53/udp"], &[80]);
        check(&["A=1"], &["53/udp"], &[]);
        check(&[], &["nonsense/tcp", "70000/tcp"], &[]);
    }

    #[test]
    fn ports_of_udp_are_known_apart() {
        assert_eq!(udp_ports(["53/udp", "80/tcp", "81", "20-22/UDP"]), [20, 21, 22, 53]);
    }

    #[test]
    fn the_variable_selects_a_single_port() {
        check(&["HEALTHCHECK_TCP_PORT=2000"], &["1000/tcp"], &[2000]);
        check(&["healthcheck_TCP_PORT=2000", "HEALTHCHECK_TCP_PORT=3000"], &[], &[2000]);
        let error = select_ports(["HEALTHCHECK_TCP_PORT=hello"], []).unwrap_err();
        assert_eq!(error.to_string(), "invalid health check tcp port: hello");
        assert!(select_ports(["HEALTHCHECK_TCP_PORT=0"], []).is_err());
    }
}

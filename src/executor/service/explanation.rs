//! Why no port of a service has opened, as far as its sockets tell. Pure.

#![warn(missing_docs)]

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use crate::probe::socket_tables::ListeningSockets;

/// What is known of a service none of whose ports was seen open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explanation {
    /// It listens on a port that was dialled, for everybody.
    OpenNow {
        /// The ports.
        ports: Vec<u16>,
    },
    /// It listens on a port that was dialled, but only for its own container.
    OnlyInContainer {
        /// The addresses and ports that it listens on.
        sockets: Vec<SocketAddr>,
    },
    /// It listens on a port that was dialled, but only for IPv6, and its container has no such address.
    OnlyIpv6 {
        /// The ports.
        ports: Vec<u16>,
    },
    /// It listens on other ports than those that were dialled.
    OtherPorts {
        /// Those that it listens on.
        ports: Vec<u16>,
        /// Those that were dialled; empty if its image declares none.
        dialled: Vec<u16>,
    },
    /// It listens on no port of TCP, but on some of UDP.
    OnlyUdp {
        /// The ports of UDP.
        ports: Vec<u16>,
    },
    /// It listens on no port, but on a unix socket, as databases do while they are initialised.
    OnlyUnixSocket {
        /// The path of the socket in the container.
        path: String,
    },
    /// It listens on nothing.
    Nothing,
    /// Its image declares ports of UDP, which cannot be dialled, and none of TCP.
    DeclaresOnlyUdp {
        /// The ports that it declares.
        ports: Vec<u16>,
    },
    /// The image's `HEALTHCHECK` has succeeded.
    Healthy,
}

/// What was expected of a service.
pub(super) struct Expected<'a> {
    /// The addresses of its container.
    pub(super) addresses: &'a [IpAddr],
    /// The ports that were dialled.
    pub(super) ports: &'a [u16],
    /// The ports of UDP that its image declares.
    pub(super) udp: &'a [u16],
}

/// Explains why none of the expected ports was seen open. `found` is `None` if its sockets are not known.
pub(super) fn explain(expected: &Expected<'_>, found: Option<&ListeningSockets>) -> Vec<Explanation> {
    let declared = (expected.ports.is_empty() && !expected.udp.is_empty())
        .then(|| Explanation::DeclaresOnlyUdp { ports: expected.udp.to_vec() });
    declared.into_iter().chain(found.into_iter().flat_map(|found| of_sockets(expected, found))).collect()
}

fn of_sockets(expected: &Expected<'_>, found: &ListeningSockets) -> Vec<Explanation> {
    let (dialled, others): (Vec<SocketAddr>, Vec<SocketAddr>) =
        found.tcp.iter().partition(|socket| expected.ports.contains(&socket.port()));
    if !dialled.is_empty() {
        return of_dialled(expected, &dialled);
    }
    let (inner, outer): (Vec<SocketAddr>, Vec<SocketAddr>) =
        others.into_iter().partition(|socket| socket.ip().is_loopback());
    let (udp, unix) = (ports(&found.udp), found.unix.first());
    vec![match (&*outer, &*inner, &*udp, unix) {
        ([_, ..], ..) => Explanation::OtherPorts { ports: ports(&outer), dialled: expected.ports.to_vec() },
        ([], [_, ..], ..) => Explanation::OnlyInContainer { sockets: inner },
        ([], [], [_, ..], _) => Explanation::OnlyUdp { ports: udp },
        ([], [], [], Some(path)) => Explanation::OnlyUnixSocket { path: path.clone() },
        ([], [], [], None) => Explanation::Nothing,
    }]
}

/// Explains why `sockets` on ports that were dialled did not accept a connection.
fn of_dialled(expected: &Expected<'_>, sockets: &[SocketAddr]) -> Vec<Explanation> {
    let (inner, outer): (Vec<SocketAddr>, Vec<SocketAddr>) =
        sockets.iter().partition(|socket| socket.ip().is_loopback());
    let has_ipv6 = expected.addresses.iter().any(IpAddr::is_ipv6);
    let (unusable, open): (Vec<SocketAddr>, Vec<SocketAddr>) =
        outer.into_iter().partition(|socket| socket.is_ipv6() && !has_ipv6);
    if !open.is_empty() {
        return vec![Explanation::OpenNow { ports: ports(&open) }];
    }
    let only_ipv6 = (!unusable.is_empty()).then(|| Explanation::OnlyIpv6 { ports: ports(&unusable) });
    let only_inner = (!inner.is_empty()).then_some(Explanation::OnlyInContainer { sockets: inner });
    only_ipv6.into_iter().chain(only_inner).collect()
}

fn ports<'a>(sockets: impl IntoIterator<Item = &'a SocketAddr>) -> Vec<u16> {
    let ports: BTreeSet<u16> = sockets.into_iter().map(SocketAddr::port).collect();
    ports.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ports: &[u16], udp: &[u16], tcp_found: &[&str], udp_found: &[&str], expect: &[Explanation]) {
        let sockets = |list: &[&str]| list.iter().map(|socket| socket.parse().unwrap()).collect();
        let unix = BTreeSet::new();
        let found = ListeningSockets { tcp: sockets(tcp_found), udp: sockets(udp_found), unix };
        let addresses = ["172.17.0.2".parse().unwrap()];
        let expected = Expected { addresses: &addresses, ports, udp };
        assert_eq!(explain(&expected, Some(&found)), expect, "{ports:?} {udp:?} {tcp_found:?} {udp_found:?}");
    }

    #[test]
    fn a_service_that_listens_on_another_port_or_address_is_told() {
        use Explanation::*;
        let (ports, dialled) = (vec![5433], vec![5432]);
        check(
            &[5432],
            &[],
            &["0.0.0.0:5433", "[::]:5433", "127.0.0.1:9"],
            &[],
            &[OtherPorts { ports, dialled }],
        );
        let sockets = vec!["127.0.0.1:80".parse().unwrap(), "[::1]:80".parse().unwrap()];
        check(&[80], &[], &["127.0.0.1:80", "[::1]:80", "0.0.0.0:81"], &[], &[OnlyInContainer { sockets }]);
        let sockets = vec!["127.0.0.1:81".parse().unwrap()];
        check(&[80], &[], &["127.0.0.1:81"], &["0.0.0.0:5"], &[OnlyInContainer { sockets }]);
        check(&[80], &[], &["[::]:80"], &[], &[OnlyIpv6 { ports: vec![80] }]);
        check(&[80], &[], &["[::]:80", "0.0.0.0:80"], &[], &[OpenNow { ports: vec![80] }]);
        check(&[80], &[], &[], &["0.0.0.0:53"], &[OnlyUdp { ports: vec![53] }]);
        check(&[80], &[], &[], &[], &[Nothing]);
    }

    #[test]
    fn a_service_without_declared_ports_of_tcp_is_told_with_what_it_listens_on() {
        use Explanation::*;
        let declared = || DeclaresOnlyUdp { ports: vec![53] };
        let other = || OtherPorts { ports: vec![8080], dialled: Vec::new() };
        check(&[], &[53], &[], &["0.0.0.0:53"], &[declared(), OnlyUdp { ports: vec![53] }]);
        check(&[], &[], &["0.0.0.0:8080"], &[], &[other()]);
        check(&[], &[53], &["0.0.0.0:8080"], &[], &[declared(), other()]);
    }

    #[test]
    fn a_socket_of_ipv6_is_open_where_the_container_has_such_an_address() {
        let found =
            ListeningSockets { tcp: ["[::]:80".parse().unwrap()].into(), ..ListeningSockets::default() };
        let expected = Expected { addresses: &["fd00::2".parse().unwrap()], ports: &[80], udp: &[] };
        assert_eq!(explain(&expected, Some(&found)), [Explanation::OpenNow { ports: vec![80] }]);
        assert_eq!(explain(&expected, None), []);
    }

    #[test]
    fn a_database_that_is_initialised_listens_on_a_unix_socket_only() {
        let path = "/run/mysqld/mysqld.sock".to_owned();
        let found = ListeningSockets { unix: [path.clone()].into(), ..ListeningSockets::default() };
        let expected = Expected { addresses: &[], ports: &[3306], udp: &[] };
        assert_eq!(explain(&expected, Some(&found)), [Explanation::OnlyUnixSocket { path }]);
    }
}

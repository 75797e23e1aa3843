//! The wording of what is known of a service that did not come up.

use std::fmt::Display;
use std::time::Duration;

use crate::amount::{duration, elapsed};
use crate::executor::service::explanation::Explanation;
use crate::executor::service::readiness::HealthFailure;

const NOTHING: &str = "It listens on no port yet.";

const HEALTHY: &str =
    "The HEALTHCHECK of its image succeeds; with `--probe off`, `--healthcheck` waits for nothing else.";

/// A sentence for each thing that is known.
pub(super) fn explanation_text(explanation: &Explanation) -> String {
    match explanation {
        Explanation::OpenNow { ports } => format!(
            "It listens on {} now: it opened after the last attempt to connect, or a packet filter blocks connections.",
            list("port", ports)
        ),
        Explanation::OnlyInContainer { sockets } => format!(
            "It listens on {} only, which cannot be reached from outside its container: make it listen on 0.0.0.0.",
            plain_list(sockets)
        ),
        Explanation::OnlyIpv6 { ports } => format!(
            "It listens on {} for IPv6 only, and its container has no IPv6 address: make it listen on 0.0.0.0.",
            list("port", ports)
        ),
        Explanation::OtherPorts { ports, dialled } => other_ports(ports, dialled),
        Explanation::OnlyUdp { ports } => {
            format!("It listens on UDP {} only, which a connection cannot check.", list("port", ports))
        }
        Explanation::OnlyUnixSocket { path } => format!(
            "It listens on no port, but on the unix socket {path}: images of databases do so while they are \
             initialised. `wait_for_services_timeout` gives them more time."
        ),
        Explanation::Nothing => NOTHING.to_owned(),
        Explanation::DeclaresOnlyUdp { ports } => {
            format!("Its image declares UDP {} and no TCP port.", list("port", ports))
        }
        Explanation::Healthy => HEALTHY.to_owned(),
    }
}

fn other_ports(ports: &[u16], dialled: &[u16]) -> String {
    let found = list("port", ports);
    let variable = match ports {
        [port, ..] => format!("HEALTHCHECK_TCP_PORT: \"{port}\""),
        [] => "HEALTHCHECK_TCP_PORT".to_owned(),
    };
    match dialled {
        [] => {
            format!("It listens on {found}: set `{variable}` in the service's variables to have it checked.")
        }
        dialled => format!(
            "It listens on {found}, and its image or HEALTHCHECK_TCP_PORT declares {}: set `{variable}` in the \
             service's variables to have the other one checked.",
            plain_list(dialled)
        ),
    }
}

/// What follows the name of a service whose `HEALTHCHECK` has not succeeded.
pub(super) fn health_failure(failure: &HealthFailure) -> String {
    match failure {
        HealthFailure::Exit { exit_code, .. } => format!("with exit code {exit_code}"),
        HealthFailure::TimedOut { after } => format!("because it had not ended after {}", limit(*after)),
        HealthFailure::NotRun { error } => format!("because it could not be run: {error}"),
    }
}

/// A time limit, which may have a fraction of a second.
fn limit(time: Duration) -> String {
    if time.subsec_nanos() == 0 { duration(time) } else { elapsed(time) }
}

fn list(noun: &str, items: &[impl Display]) -> String {
    let plural = if items.len() == 1 { "" } else { "s" };
    format!("{noun}{plural} {}", plain_list(items))
}

/// The items with commas between them.
pub(super) fn plain_list(items: &[impl Display]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_less_than_a_second_is_not_told_as_none() {
        let after = |milliseconds| HealthFailure::TimedOut { after: Duration::from_millis(milliseconds) };
        assert_eq!(health_failure(&after(300)), "because it had not ended after 0.3 s");
        assert_eq!(health_failure(&after(30_000)), "because it had not ended after 30 s");
    }

    #[test]
    fn every_explanation_has_its_wording() {
        let sockets = vec!["127.0.0.1:80".parse().unwrap(), "[::1]:80".parse().unwrap()];
        let explanations = [
            Explanation::OpenNow { ports: vec![80] },
            Explanation::OnlyInContainer { sockets },
            Explanation::OnlyIpv6 { ports: vec![80, 81] },
            Explanation::OtherPorts { ports: vec![5433], dialled: vec![5432] },
            Explanation::OtherPorts { ports: vec![80, 81], dialled: Vec::new() },
            Explanation::OnlyUdp { ports: vec![53] },
            Explanation::OnlyUnixSocket { path: "/run/mysqld/mysqld.sock".to_owned() },
            Explanation::Nothing,
            Explanation::DeclaresOnlyUdp { ports: vec![53, 54] },
            Explanation::Healthy,
        ];
        insta::assert_snapshot!(explanations.map(|each| explanation_text(&each)).join("\n"));
    }
}

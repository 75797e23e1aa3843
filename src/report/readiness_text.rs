//! How a service was found ready, or not, as lines of a verbose log. Times count from the start of its container.

use std::time::Duration;

use super::terminal_text::TerminalText;
use crate::amount::counted;
use crate::executor::service::readiness::{DialOrigin, DialledPort, ReadinessKind, ReadinessStep};

/// Formats the step.
pub(super) fn readiness_text(step: &ReadinessStep) -> TerminalText {
    let ReadinessStep { service, began, kind } = step;
    match kind {
        ReadinessKind::Dials { origin, ports } => {
            let began = milliseconds(*began);
            let head = format!("Connections to service {service} by {} from {began} on:", place(origin));
            let mut text = TerminalText::line(&head);
            ports.iter().for_each(|port| text.push(&format!("\n  {}", port_text(port, step.began))));
            text
        }
        ReadinessKind::Healthy { failures, took } => {
            let at = milliseconds(began.saturating_add(*took));
            let before = match failures {
                0 => String::new(),
                failures => format!(", after {}", counted(*failures, "failure")),
            };
            TerminalText::line(&format!(
                "Service {service} was healthy at {at}: its HEALTHCHECK succeeded{before}"
            ))
        }
    }
}

fn place(origin: &DialOrigin) -> String {
    match origin {
        DialOrigin::Process => "this process".to_owned(),
        DialOrigin::JoinedNetworks(networks) => {
            let networks = networks.join(", ");
            format!("this process, whose container has joined the network {networks},")
        }
        DialOrigin::Container => "a container of the job's image".to_owned(),
    }
}

fn port_text(port: &DialledPort, began: Duration) -> String {
    let DialledPort { address, refused, unanswered, opened } = port;
    let mut parts = Vec::new();
    if let Some(opened) = opened {
        parts.push(format!("opened at {}", milliseconds(began.saturating_add(*opened))));
    }
    if *refused > 0 {
        parts.push(format!("refused {}", counted(*refused, "connection")));
    }
    if *unanswered > 0 {
        parts.push(format!("did not answer {}", counted(*unanswered, "connection")));
    }
    if parts.is_empty() {
        parts.push("had not answered yet".to_owned());
    }
    format!("{address} {}", parts.join(", "))
}

fn milliseconds(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::notice::ServiceLabel;

    fn text(kind: ReadinessKind) -> String {
        let service = ServiceLabel { image: "redis:7".to_owned(), aliases: vec!["cache".to_owned()] };
        let step = ReadinessStep { service, began: Duration::from_millis(12), kind };
        readiness_text(&step).as_str().to_owned()
    }

    #[test]
    fn every_port_has_a_line_that_says_what_became_of_it() {
        let port = |address: &str, refused, unanswered, opened: Option<u64>| {
            let (address, opened) = (address.parse().unwrap(), opened.map(Duration::from_millis));
            DialledPort { address, refused, unanswered, opened }
        };
        let ports = vec![
            port("172.17.0.2:6379", 20, 0, Some(300)),
            port("172.17.0.2:80", 1, 2, None),
            port("[fd00::2]:80", 0, 0, None),
        ];
        insta::assert_snapshot!(text(ReadinessKind::Dials { origin: DialOrigin::Process, ports }), @r"
        Connections to service redis:7 (cache) by this process from 12 ms on:
          172.17.0.2:6379 opened at 312 ms, refused 20 connections
          172.17.0.2:80 refused 1 connection, did not answer 2 connections
          [fd00::2]:80 had not answered yet
        ");
    }

    #[test]
    fn the_place_of_the_dials_is_told() {
        let dials = |origin| text(ReadinessKind::Dials { origin, ports: Vec::new() });
        let networks = vec!["bridge".to_owned(), "b".to_owned()];
        let lines = [DialOrigin::JoinedNetworks(networks), DialOrigin::Container].map(dials);
        insta::assert_snapshot!(lines.join("\n"), @r"
        Connections to service redis:7 (cache) by this process, whose container has joined the network bridge, b, from 12 ms on:
        Connections to service redis:7 (cache) by a container of the job's image from 12 ms on:
        ");
    }

    #[test]
    fn the_check_of_the_image_is_told_with_its_failures() {
        let healthy = |failures| text(ReadinessKind::Healthy { failures, took: Duration::from_millis(1000) });
        insta::assert_snapshot!([0, 1].map(healthy).join("\n"), @r"
        Service redis:7 (cache) was healthy at 1012 ms: its HEALTHCHECK succeeded
        Service redis:7 (cache) was healthy at 1012 ms: its HEALTHCHECK succeeded, after 1 failure
        ");
    }
}

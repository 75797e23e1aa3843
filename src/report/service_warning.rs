//! The block of the log about a service that did not come up, with GitLab Runner's layout.

use std::net::IpAddr;

use super::printable::printable_line;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;
use crate::executor::event::{ServiceProblem, ServiceWarning};

/// Formats the block.
pub(super) fn service_warning(warning: &ServiceWarning, style: Style) -> TerminalText {
    let container = printable_line(&warning.container);
    let error = check_error(&container, &warning.problem);
    let error = printable_line(&error);
    let check_log = check_log(&warning.problem)
        .map(|log| format!("\nHealth check container logs:\n{log}\n"))
        .unwrap_or_default();
    let (Ok(log) | Err(log)) = &warning.log;
    let mut text = TerminalText::from("\n");
    text.append(&style.paint(Colour::Yellow, "*** WARNING:"));
    text.push(&format!(
        " Service {container} probably didn't start properly.\n\nHealth check error:\n{error}\n{check_log}\n\
         Service container logs:\n{log}\n\n"
    ));
    text.append(&style.paint(Colour::Yellow, "*********"));
    text.push("\n");
    text
}

fn check_error(container: &str, problem: &ServiceProblem) -> String {
    match problem {
        ServiceProblem::Exited { exit_code, oom_killed } => {
            let why = if *oom_killed { ": it was killed for want of memory" } else { "" };
            format!("service \"{container}\" has exited with code {exit_code}{why}")
        }
        ServiceProblem::NoPorts => format!("service \"{container}\" has no exposed ports"),
        ServiceProblem::NoAddress => {
            format!("service \"{container}\" has no address of its own that could be dialled")
        }
        ServiceProblem::Timeout { .. } => format!("service \"{container}-wait-for-service\" timeout"),
        ServiceProblem::Unreachable { addresses, after } => format!(
            "service \"{container}\" could not be checked: nothing answers at {} within {} s, so container addresses \
             cannot be reached from here (an engine in another network namespace, virtual machine or host)",
            list(addresses),
            after.as_secs()
        ),
        ServiceProblem::CheckFailed { error } => {
            format!("service \"{container}\" could not be checked: {error}")
        }
    }
}

/// What GitLab Runner's helper container prints; only a timeout has such a log.
fn check_log(problem: &ServiceProblem) -> Option<String> {
    let ServiceProblem::Timeout { addresses, ports, dials } = problem else { return None };
    let addresses = list(addresses);
    Some(format!(
        "waiting for TCP connection to {addresses} on {ports:?}...\ndialed {dials} times, no port opened"
    ))
}

fn list(addresses: &[IpAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    addresses.join(", ")
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    fn block(problem: ServiceProblem) -> String {
        let log = Ok("2026-01-01T00:00:00Z hello".to_owned());
        service_warning(&ServiceWarning { container: "c-redis-0".to_owned(), problem, log }, Style::Plain)
            .as_str()
            .to_owned()
    }

    #[test]
    fn the_block_has_gitlab_runners_layout() {
        insta::assert_snapshot!(block(ServiceProblem::NoPorts), @r#"

        *** WARNING: Service c-redis-0 probably didn't start properly.

        Health check error:
        service "c-redis-0" has no exposed ports

        Service container logs:
        2026-01-01T00:00:00Z hello

        *********
        "#);
    }

    #[test]
    fn a_timeout_shows_what_was_dialled() {
        let addresses = vec![IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv4Addr::new(172, 17, 0, 2))];
        insta::assert_snapshot!(block(ServiceProblem::Timeout {
            addresses,
            ports: vec![80, 6379],
            dials: 7
        }));
    }

    #[test]
    fn every_problem_has_its_wording() {
        let addresses = vec![IpAddr::from(Ipv4Addr::LOCALHOST)];
        let problems = [
            ServiceProblem::Exited { exit_code: 1, oom_killed: false },
            ServiceProblem::Exited { exit_code: 137, oom_killed: true },
            ServiceProblem::NoPorts,
            ServiceProblem::NoAddress,
            ServiceProblem::Timeout { addresses: addresses.clone(), ports: vec![80], dials: 7 },
            ServiceProblem::Unreachable { addresses, after: Duration::from_secs(3) },
            ServiceProblem::CheckFailed { error: "ERROR".to_owned() },
        ];
        let lines = problems.iter().map(|problem| check_error("c-redis-0", problem) + "\n");
        insta::assert_snapshot!(lines.collect::<String>());
    }
}

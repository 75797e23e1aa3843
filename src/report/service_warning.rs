//! The warning about a service that did not come up or has ended, and the end of its log.

use super::explanation_text::{explanation_text, health_failure, plain_list};
use super::printable::printable_line;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;
use crate::amount::{counted, duration};
use crate::executor::event::{ServiceProblem, ServiceWarning};
use crate::executor::outcome::why_killed;
use crate::executor::service::explanation::Explanation;
use crate::executor::service::readiness::HealthFailure;

/// Formats the warning.
pub(super) fn service_warning(warning: &ServiceWarning, style: Style) -> TerminalText {
    let name = &warning.service;
    let line = format!("WARNING: Service {name} {}", problem(&warning.problem));
    let mut text = style.paint(Colour::Yellow, &line);
    for explanation in explanations(&warning.problem) {
        text.push(&format!("\n{}", explanation_text(explanation)));
    }
    if let ServiceProblem::Unhealthy { last: HealthFailure::Exit { output, .. }, .. } = &warning.problem {
        text.push("\nThe output of its HEALTHCHECK:");
        output.lines().for_each(|line| text.push(&format!("\n  {line}")));
    }
    match &warning.log {
        Ok(log) if log.trim().is_empty() => text.push("\nIts log is empty."),
        Ok(log) => {
            text.push("\nThe end of its log:");
            log.lines().for_each(|line| text.push(&format!("\n  {line}")));
        }
        Err(error) => text.push(&format!("\nIts log cannot be read: {}", printable_line(error))),
    }
    text
}

/// What is known of a service none of whose ports was seen open.
fn explanations(problem: &ServiceProblem) -> &[Explanation] {
    match problem {
        ServiceProblem::NoPorts { explanations } | ServiceProblem::Timeout { explanations, .. } => {
            explanations
        }
        _ => &[],
    }
}

/// What follows the name of the service. GitLab Runner says "probably didn't start properly" of all problems.
fn problem(problem: &ServiceProblem) -> String {
    let not_started = |why: &str| format!("probably didn't start properly: {why}");
    let unchecked = |why: &str| format!("could not be checked: {why}");
    match problem {
        ServiceProblem::Exited { exit_code, oom_killed } => {
            not_started(&format!("it has exited with code {exit_code}{}", why_killed(*oom_killed)))
        }
        ServiceProblem::Ended { exit_code, oom_killed } => {
            format!("has exited with code {exit_code} while the job runs{}", why_killed(*oom_killed))
        }
        ServiceProblem::NoPorts { .. } => unchecked(
            "its image has no exposed ports; the variable HEALTHCHECK_TCP_PORT of the service names the one to check",
        ),
        ServiceProblem::NoAddress => unchecked("it has no address of its own to connect to"),
        ServiceProblem::Timeout { addresses, ports, dials, .. } => {
            let dials = counted(*dials, "connection");
            let (addresses, ports) = (plain_list(addresses), plain_list(ports));
            not_started(&format!("no port opened in time; tried {dials} to {addresses} on port {ports}"))
        }
        ServiceProblem::Unhealthy { runs, last } => not_started(&format!(
            "its HEALTHCHECK has not succeeded in time; it has failed {}, most recently {}",
            counted(*runs, "time"),
            health_failure(last)
        )),
        ServiceProblem::Unreachable { addresses, after } => unchecked(&format!(
            "nothing answers at {} within {}, so container addresses cannot be reached from here (an engine in another \
             network namespace, virtual machine or host)",
            plain_list(addresses),
            duration(*after)
        )),
        ServiceProblem::CheckFailed { error } => unchecked(error),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use super::*;
    use crate::executor::notice::ServiceLabel;

    fn warning(problem: ServiceProblem, log: Result<&str, &str>) -> String {
        let service = ServiceLabel { image: "redis:7".to_owned(), aliases: vec!["cache".to_owned()] };
        let log = log.map(str::to_owned).map_err(str::to_owned);
        let warning = ServiceWarning { service, container: "c-redis-0".to_owned(), problem, log };
        service_warning(&warning, Style::Plain).as_str().to_owned()
    }

    #[test]
    fn a_warning_has_the_end_of_the_services_log() {
        let exited = || ServiceProblem::Exited { exit_code: 1, oom_killed: false };
        let log = "2026-01-01T00:00:00Z hello\n2026-01-01T00:00:01Z bye\n";
        insta::assert_snapshot!(warning(exited(), Ok(log)), @r"
        WARNING: Service redis:7 (cache) probably didn't start properly: it has exited with code 1
        The end of its log:
          2026-01-01T00:00:00Z hello
          2026-01-01T00:00:01Z bye
        ");
        assert!(warning(exited(), Ok("")).ends_with("with code 1\nIts log is empty."));
        assert!(warning(exited(), Err("ERROR")).ends_with("with code 1\nIts log cannot be read: ERROR"));
    }

    #[test]
    fn an_explanation_and_the_output_of_a_check_follow_in_lines_of_their_own() {
        let explanations = vec![Explanation::DeclaresOnlyUdp { ports: vec![53] }, Explanation::Nothing];
        insta::assert_snapshot!(warning(ServiceProblem::NoPorts { explanations }, Ok("")));
        let output = "not yet\nat all".to_owned();
        let last = HealthFailure::Exit { exit_code: 1, output };
        insta::assert_snapshot!(warning(ServiceProblem::Unhealthy { runs: 2, last }, Ok("x")));
    }

    #[test]
    fn every_problem_has_its_wording() {
        let addresses = vec![IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv4Addr::new(172, 17, 0, 2))];
        let problems = [
            ServiceProblem::Exited { exit_code: 1, oom_killed: false },
            ServiceProblem::Exited { exit_code: 137, oom_killed: true },
            ServiceProblem::Ended { exit_code: 0, oom_killed: false },
            ServiceProblem::Ended { exit_code: 137, oom_killed: true },
            ServiceProblem::NoPorts { explanations: Vec::new() },
            ServiceProblem::NoAddress,
            ServiceProblem::Timeout {
                addresses: addresses.clone(),
                ports: vec![80, 6379],
                dials: 7,
                explanations: Vec::new(),
            },
            ServiceProblem::Unhealthy {
                runs: 1,
                last: HealthFailure::TimedOut { after: Duration::from_secs(30) },
            },
            ServiceProblem::Unhealthy { runs: 9, last: HealthFailure::NotRun { error: "ERROR".to_owned() } },
            ServiceProblem::Unreachable { addresses, after: Duration::from_secs(3) },
            ServiceProblem::CheckFailed { error: "ERROR".to_owned() },
        ];
        let lines = problems.iter().map(|each| problem(each) + "\n");
        insta::assert_snapshot!(lines.collect::<String>());
    }
}

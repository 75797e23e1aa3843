//! Variables that the engine sets for legacy links, which GitLab Runner makes to the services on the default bridge.
//!
//! With a service `redis`, a job of the Runner has `REDIS_PORT=tcp://172.17.0.2:6379` and others. Since Docker 29 the
//! engine does not set them any more (moby/moby#50719), and this program makes no links. A script that uses one depends on
//! the engine.

use std::collections::BTreeSet;

use super::job_plan::{JobNetwork, JobPlan};
use super::problem;
use crate::pipeline::job::Job;
use crate::source::diagnostic::{Code, Diagnostic};

/// Warns of each such variable in the job's commands that nothing else defines.
pub(super) fn warnings(plan: &JobPlan, job: &Job) -> Vec<Diagnostic> {
    if plan.network != JobNetwork::DefaultBridge {
        return Vec::new();
    }
    let prefixes: Vec<String> =
        plan.services.iter().flat_map(|service| &service.aliases).map(|alias| prefix(alias)).collect();
    let commands = || job.before_script.iter().chain(&job.script).chain(&job.after_script);
    let is_defined = |name: &str| {
        let assignment = format!("{name}=");
        plan.variable(name).is_some() || commands().any(|command| command.value.contains(&assignment))
    };
    let mut told = BTreeSet::new();
    let mut warnings = Vec::new();
    for command in commands() {
        for name in references(&command.value) {
            let is_link = prefixes.iter().any(|prefix| is_of_link(name, prefix));
            if is_link && !is_defined(name) && told.insert(name) {
                let message = format!("`{name}` is not set here");
                let warning =
                    Diagnostic { code: Code::Surroundings, ..problem::warning(Some(command.span), message) };
                warnings.push(warning.help(format!(
                    "GitLab Runner gives it an address of the service, but only on engines before Docker 29; define `{name}` \
                     as a variable to be independent of the engine"
                )));
            }
        }
    }
    warnings
}

/// The beginning of the names of the variables for a link: `my-db` becomes `MY_DB`.
fn prefix(alias: &str) -> String {
    alias.to_uppercase().replace('-', "_")
}

/// Whether the engine makes a variable of this name for a link with that prefix: `REDIS_PORT`, `REDIS_PORT_6379_TCP_ADDR`,
/// `REDIS_NAME`.
fn is_of_link(name: &str, prefix: &str) -> bool {
    let rest = name.strip_prefix(prefix);
    rest.is_some_and(|rest| rest == "_PORT" || rest == "_NAME" || is_of_port(rest))
}

/// Whether the text is the end of a name such as `_PORT_6379_TCP_ADDR`.
fn is_of_port(rest: &str) -> bool {
    let Some(port) = rest.strip_prefix("_PORT_") else { return false };
    let kind = port.trim_start_matches(|digit: char| digit.is_ascii_digit());
    kind.len() < port.len() && (kind.starts_with("_TCP") || kind.starts_with("_UDP"))
}

/// The names behind `$` and `${` in a command.
fn references(command: &str) -> impl Iterator<Item = &str> {
    command.split('$').skip(1).filter_map(|text| {
        let text = text.strip_prefix('{').unwrap_or(text);
        let end = text.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(text.len());
        text.get(..end).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::{Case, script};

    fn warned(case: Case, commands: &[&str]) -> Vec<String> {
        let mut case = case;
        case.job.script = script(commands);
        let words = |text: String| text.split('`').nth(1).map(str::to_owned);
        case.plan().1.into_iter().filter_map(|problem| words(problem.message)).collect()
    }

    fn with_services() -> Case {
        Case::new().service("redis:7", "my-cache").service("tutum/wordpress", "")
    }

    #[test]
    fn a_variable_that_only_a_link_defines_is_told_once_with_what_to_do() {
        let commands = [
            "nc $REDIS_PORT ${MY_CACHE_PORT_6379_TCP_ADDR}",
            "echo $REDIS_PORT \"${TUTUM__WORDPRESS_NAME:-x}\"",
        ];
        assert_eq!(
            warned(with_services(), &commands),
            ["REDIS_PORT", "MY_CACHE_PORT_6379_TCP_ADDR", "TUTUM__WORDPRESS_NAME"]
        );
        let mut case = with_services();
        case.job.script = script(&["echo $REDIS_PORT"]);
        insta::assert_snapshot!(case.problems(), @"warning 3000: `REDIS_PORT` is not set here (GitLab Runner gives it an address of the service, but only on engines before Docker 29; define `REDIS_PORT` as a variable to be independent of the engine)");
    }

    #[test]
    fn other_variables_and_those_that_the_job_defines_are_not() {
        let others = [
            "echo $REDIS_PORTS $REDIS_PORT_NUMBER $REDIS_HOST $OTHER_PORT $REDIS_PORT_6379",
            "echo REDIS_PORT",
        ];
        assert_eq!(warned(with_services(), &others), [""; 0]);
        let defined = with_services().variables(&[("REDIS_PORT", "6379")]);
        assert_eq!(warned(defined, &["echo $REDIS_PORT"]), [""; 0]);
        assert_eq!(warned(with_services(), &["REDIS_PORT=1", "echo $REDIS_PORT"]), [""; 0]);
        assert_eq!(warned(Case::new(), &["echo $REDIS_PORT"]), [""; 0]);
        let own_network = with_services().variables(&[("FF_NETWORK_PER_BUILD", "true")]);
        assert_eq!(warned(own_network, &["echo $REDIS_PORT"]), [""; 0]);
    }
}

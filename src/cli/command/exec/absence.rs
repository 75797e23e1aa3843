//! What is said of producers that do not run, and whose artifacts nobody has stored.

use crate::cli::command::exec::steps::{Jobs, Step};
use crate::cli::command::exec::supply::Supply;
use crate::cli::options::ProducersRun;
use crate::cli::run::given::Given;
use crate::cli::user_message::UserMessage;
use crate::report::shell_word::quoted;

/// The producers that do not run themselves, each once.
pub(super) fn outside<'p>(steps: &[Step<'p>]) -> Vec<&'p str> {
    let mut found = Vec::new();
    for producer in steps.iter().flat_map(|step| step.producers.iter().copied()) {
        let is_step = steps.iter().any(|step| step.job == producer);
        if !is_step && !found.contains(&producer) {
            found.push(producer);
        }
    }
    found
}

/// Names the producers that would run before the last step if a pipeline started them without being told to.
pub(super) fn not_started(
    jobs: &Jobs<'_>,
    steps: &[Step<'_>],
    asked: ProducersRun,
    supply: &Supply<'_>,
) -> Option<UserMessage> {
    let job = steps.last()?.job;
    let is_asked = |producer: &&str| match asked {
        ProducersRun::Nothing => false,
        ProducersRun::Missing => supply.is_missing(producer),
        ProducersRun::All => true,
    };
    let with_when = |name: &str| jobs.hold(name).map(|when| format!("`{name}` ({when})"));
    let names: Vec<String> = outside(steps).into_iter().filter(is_asked).filter_map(with_when).collect();
    (!names.is_empty()).then(|| {
        UserMessage::Note(format!(
            "not run before `{job}`: {}; a pipeline starts such jobs only by hand or after a failure",
            names.join(", ")
        ))
    })
}

/// Says which jobs get nothing of which producers, and how these come to have something stored.
pub(super) fn absence_warnings(jobs: &Jobs<'_>, steps: &[Step<'_>], given: &Given) -> Vec<UserMessage> {
    let is_step = |job: &str| steps.iter().any(|step| step.job == job);
    let mut warnings = Vec::new();
    for Step { job, producers } in steps {
        let absent = producers.iter().copied().filter(|producer| !given.has(producer) && !is_step(producer));
        let (held, startable): (Vec<&str>, Vec<&str>) = absent.partition(|name| jobs.hold(name).is_some());
        if !startable.is_empty() {
            let command = format!("{} --needs=missing", quoted(job));
            warnings.push(warning(job, &startable, &format!("{command}` makes them first")));
        }
        for name in held {
            warnings.push(warning(job, &[name], &format!("{}` makes them", quoted(name))));
        }
    }
    warnings
}

fn warning(job: &str, absent: &[&str], advice: &str) -> UserMessage {
    let names: Vec<String> = absent.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    UserMessage::Warning(format!(
        "`{job}` gets no artifacts of {names}: none are stored; `runner-lite exec {advice}"
    ))
}

//! `runner-lite logs`: prints the stored log of a job, or that of one of its services.

use std::fs::File;

use crate::cli::command::stored_runs::read_runs;
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::LogsOptions;
use crate::cli::project::{find_run, number_and_name, store_failure, unknown_stored_job, unreadable_warning};
use crate::cli::user_message::tell;
use crate::report::console;
use crate::store::{RunState, ServiceRecord, StoredLog, StoredRun};
use crate::suggest::closest;

/// Runs `logs` and returns its exit code.
pub fn run(options: &LogsOptions) -> Result<u8, CommandError> {
    let runs = read_runs(&options.project)?;
    let named = options.run.as_deref().map(|name| find_run(&runs, name)).transpose()?;
    let (mut logs, mut unreadable): (Vec<(&StoredRun, StoredLog)>, _) = (Vec::new(), Vec::new());
    // A shell's log has nothing of its job.
    let newest = runs.iter().filter(|run| !run.is_of_shell());
    let looked_at: Vec<&StoredRun> = named.map_or_else(|| newest.collect(), |run| vec![run]);
    for run in looked_at {
        match run.logs() {
            Ok(of_run) => logs.extend(of_run.into_iter().map(|log| (run, log))),
            Err(error) => unreadable.push(error),
        }
    }
    tell(unreadable_warning(&unreadable).as_slice());
    let Some((run, log)) = logs.iter().find(|(_, log)| log.job == options.job) else {
        let names = logs.iter().map(|(_, log)| &*log.job);
        return Err(unknown_stored_job(&options.job, named.map(StoredRun::id), names));
    };
    let parts = match &options.service {
        None => vec![log.open().map_err(store_failure)?],
        Some(service) => service_log(run, log, service)?,
    };
    if !log.has_ended {
        console::note(unended(run));
    }
    for part in parts {
        console::stored_log(part).map_err(|error| {
            let message = format!("cannot read the log of `{}`: {error}", options.job);
            CommandError::new(CommandErrorKind::System, message)
        })?;
    }
    Ok(exit_code::PASSED)
}

/// The parts of the log of the job's service with that name.
fn service_log(run: &StoredRun, log: &StoredLog, name: &str) -> Result<Vec<File>, CommandError> {
    let services = log.services().map_err(store_failure)?;
    let of_name = |service: &ServiceRecord| names(service).any(|of_service| of_service == name);
    let mut positions = (0..).zip(&services).filter(|(_, service)| of_name(service));
    let Some((position, first)) = positions.next() else {
        let message = unknown_service(name, &log.job, &number_and_name(run), &services);
        return Err(CommandError::new(CommandErrorKind::Usage, message));
    };
    if positions.next().is_some() {
        console::note(format_args!(
            "several services are called `{name}`; this is the log of {}",
            shown(first)
        ));
    }
    let parts = log.service_log(position).map_err(store_failure)?;
    if parts.is_empty() {
        console::note(format_args!("service `{name}` has printed nothing"));
    }
    Ok(parts)
}

/// What a service can be called.
fn names(service: &ServiceRecord) -> impl Iterator<Item = &str> {
    service.aliases.iter().chain([&service.image]).map(String::as_str)
}

fn unknown_service(name: &str, job: &str, run: &str, services: &[ServiceRecord]) -> String {
    if services.is_empty() {
        return format!("no service of job \"{job}\" is stored in run {run}");
    }
    let unknown = format!("job \"{job}\" has no service \"{name}\" in run {run}");
    if let Some(near) = closest(name, services.iter().flat_map(names)) {
        return format!("{unknown}; did you mean `{near}`?");
    }
    let services: Vec<String> = services.iter().map(shown).collect();
    format!("{unknown}; its services are: {}", services.join(", "))
}

/// The aliases and the image of a service.
fn shown(service: &ServiceRecord) -> String {
    match &*service.aliases {
        [] => service.image.clone(),
        aliases => format!("{} ({})", aliases.join(", "), service.image),
    }
}

/// Why the log of a job in `run` has no end.
fn unended(run: &StoredRun) -> String {
    let name = run.record().map_or(run.id().as_str().to_owned(), |record| record.iid.to_string());
    match run.state() {
        RunState::Running => {
            format!("the job has not ended: run {name} is still active; this is its log so far")
        }
        RunState::Aborted => format!("the job has not ended: run {name} was aborted; its log may be cut"),
        RunState::Ended(_) => format!("run {name} has no record of the job's end; its log may be cut"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_the_job_does_not_have_is_told_with_those_that_it_has() {
        let service = |image: &str, aliases: &[&str]| ServiceRecord {
            image: image.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        };
        let services = [service("postgres:15", &["postgres", "db"]), service("Redis", &[])];
        let told =
            |name: &str, services: &[ServiceRecord]| unknown_service(name, "test", "3 (a-1)", services);
        assert_eq!(told("db", &[]), "no service of job \"test\" is stored in run 3 (a-1)");
        let near = "job \"test\" has no service \"postgers\" in run 3 (a-1); did you mean `postgres`?";
        assert_eq!(told("postgers", &services), near);
        let list = "job \"test\" has no service \"web\" in run 3 (a-1); its services are: postgres, db (postgres:15), Redis";
        assert_eq!(told("web", &services), list);
    }
}

//! `artifacts list`: the newest artifacts of each job, or the files of one job.

use std::collections::HashSet;

use super::{listed, now};
use crate::cli::command::stored_runs::read_runs;
use crate::cli::command_error::CommandError;
use crate::cli::exit_code;
use crate::cli::options::{Format, ListArtifactsOptions};
use crate::cli::project::{JobInRun, find_run, jobs_of, store_failure, unknown_stored_job};
use crate::cli::user_message::tell;
use crate::report::artifacts::{self, ListedArtifacts};
use crate::report::console;
use crate::store::{ArchiveEntry, ArtifactsRecord, StoredRun};

/// Lists artifacts and returns the exit code.
pub fn list(options: &ListArtifactsOptions) -> Result<u8, CommandError> {
    let runs = read_runs(&options.project)?;
    let named = options.run.as_deref().map(|name| find_run(&runs, name)).transpose()?;
    let (jobs, warning) = jobs_of(named.map_or(&runs, std::slice::from_ref));
    tell(warning.as_slice());
    match &options.job {
        None => list_jobs(&jobs, named, options.format)?,
        Some(name) => {
            let mut of_job = jobs.iter().filter(|found| found.job.record().name == *name).peekable();
            let Some(newest) = of_job.peek().copied() else {
                return Err(unknown_stored_job(
                    name,
                    named.map(StoredRun::id),
                    jobs.iter().map(JobInRun::name),
                ));
            };
            list_files(of_job.find(|found| stores_something(found)).unwrap_or(newest), options.format)?;
        }
    }
    Ok(exit_code::PASSED)
}

/// Lists all jobs of the named run, or else for each job the newest run in which it stored something.
fn list_jobs(jobs: &[JobInRun<'_>], named: Option<&StoredRun>, format: Format) -> Result<(), CommandError> {
    let mut seen = HashSet::new();
    let is_shown = |found: &&JobInRun<'_>| {
        named.is_some() || stores_something(found) && seen.insert(found.job.record().name.clone())
    };
    let shown: Vec<ListedArtifacts> = jobs.iter().filter(is_shown).map(listed).collect::<Result<_, _>>()?;
    if format == Format::Json {
        console::answer(artifacts::json(&shown));
    } else if shown.is_empty() {
        let place =
            if named.is_some() { "No job of this run has ended." } else { "No artifacts are stored yet." };
        console::line(format_args!("{place} `runner-lite exec JOB` stores those of a job."));
    } else {
        console::answer(artifacts::text(&shown, now()));
    }
    Ok(())
}

fn list_files(found: &JobInRun<'_>, format: Format) -> Result<(), CommandError> {
    let listed = listed(found)?;
    let entries: Vec<ArchiveEntry> = match listed.job.artifacts {
        ArtifactsRecord::Stored { .. } => {
            let index = found.job.index().map_err(store_failure)?;
            index
                .map(|entry| entry.map(|entry| entry.entry))
                .collect::<Result<_, _>>()
                .map_err(store_failure)?
        }
        _ => Vec::new(),
    };
    if format == Format::Json {
        console::answer(artifacts::files_json(&listed, &entries));
        return Ok(());
    }
    console::line(artifacts::summary(&listed, now()));
    console::answer(artifacts::files_text(&listed, &entries));
    Ok(())
}

/// Whether the job has stored an archive, variables or reports.
fn stores_something(found: &JobInRun<'_>) -> bool {
    found.job.record().has_stored() || !found.job.record().reports.is_empty()
}

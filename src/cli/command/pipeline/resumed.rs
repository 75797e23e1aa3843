//! What an earlier run has done, and this one does not repeat (`pipeline --resume`).

use std::collections::HashMap;

use jiff::Timestamp;

use crate::cli::command::pipeline::jobs::PipelineJob;
use crate::cli::command_error::CommandError;
use crate::cli::project::{find_run, number_and_name, store_failure, unreadable_warning};
use crate::cli::run::given::{Given, ProducedFiles};
use crate::cli::run::sources::have_changed;
use crate::cli::user_message::UserMessage;
use crate::report::age::age;
use crate::store::{
    ArtifactsRecord, EndState, ProjectStore, RunId, RunPin, SourcesRecord, StoredJob, StoredRun, StoredRuns,
};

/// The jobs that are not repeated.
#[derive(Default)]
pub(super) struct ResumedJobs {
    /// The run that is resumed.
    pub(super) run: Option<RunId>,
    /// What the jobs gave to others.
    pub(super) given: Given,
    /// Their places in the pipeline, in its order.
    pub(super) places: Vec<usize>,
    pub(super) messages: Vec<UserMessage>,
    /// Keep the runs from being removed.
    _pins: Vec<RunPin>,
}

impl ResumedJobs {
    /// Finds the jobs of `jobs` that have passed in the run of this name, or in one that this run itself has resumed, and
    /// whose files are still there. `sources` are those of now.
    ///
    /// # Errors
    /// There is no such run, or the store cannot be read.
    pub(super) fn find(
        store: &ProjectStore,
        name: &str,
        jobs: &[PipelineJob<'_>],
        sources: &SourcesRecord,
        now: Timestamp,
    ) -> Result<Self, CommandError> {
        let StoredRuns { mut readable, unreadable } = store.runs().map_err(store_failure)?;
        // A shell has run no job that could be resumed.
        readable.retain(|run| !run.is_of_shell());
        let mut messages: Vec<UserMessage> = unreadable_warning(&unreadable).into_iter().collect();
        let run = find_run(&readable, name).map_err(|error| error.after(messages.clone()))?;
        let mut found = Self { run: Some(run.id().clone()), ..Self::default() };
        let mut passed = HashMap::new();
        for run in with_resumed(&readable, run) {
            found._pins.extend(run.pin(now).map_err(store_failure)?);
            for job in run.jobs().map_err(store_failure)?.into_iter().filter(has_passed) {
                passed.entry(job.record().name.clone()).or_insert((run.id(), job));
            }
        }
        for (place, job) in jobs.iter().enumerate() {
            // What is damaged or has expired is made again.
            let stored = passed.get(job.name()).and_then(|(run, job)| ProducedFiles::of(run, job).ok());
            if let Some(files) = stored {
                found.given.insert(job.name(), files);
                found.places.push(place);
            }
        }
        messages.push(reused_message(run, &found.places, jobs, now));
        if run.record().is_some_and(|record| have_changed(&record.sources, sources)) {
            let text =
                "the sources have changed since: the jobs that are not repeated ran with the earlier ones";
            messages.push(UserMessage::Warning(text.to_owned()));
        }
        found.messages = messages;
        Ok(found)
    }
}

/// The run, and those that it has resumed, the newest first.
fn with_resumed<'r>(runs: &'r [StoredRun], run: &'r StoredRun) -> Vec<&'r StoredRun> {
    let mut chain = vec![run];
    // A run resumes an older one, so that the chain ends.
    while let Some(earlier) = chain.last().and_then(|run| run.record()?.resumed.as_ref()) {
        let known =
            runs.iter().find(|run| run.id() == earlier && chain.iter().all(|other| other.id() != earlier));
        match known {
            Some(run) => chain.push(run),
            None => break,
        }
    }
    chain
}

/// Whether the job has passed, and what it has stored is still there.
fn has_passed(job: &StoredJob) -> bool {
    job.record().state == EndState::Success && job.record().artifacts != ArtifactsRecord::Expired
}

fn reused_message(
    run: &StoredRun,
    places: &[usize],
    jobs: &[PipelineJob<'_>],
    now: Timestamp,
) -> UserMessage {
    let number = number_and_name(run);
    let when = run.record().map(|record| format!(", {}", age(record.started, now))).unwrap_or_default();
    let names: Vec<String> =
        places.iter().filter_map(|place| jobs.get(*place)).map(|job| format!("`{}`", job.name())).collect();
    UserMessage::Note(match names.is_empty() {
        true => format!("no job of run {number}{when} has passed; all jobs run"),
        false => format!("not repeated, because they passed in run {number}{when}: {}", names.join(", ")),
    })
}

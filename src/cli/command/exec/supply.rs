//! What earlier runs have for the producers of a run's jobs: artifacts and variables.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::cli::command::exec::choice::{Offer, choose};
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::project::{JobInRun, number_and_name};
use crate::cli::run::given::{Given, ProducedFiles};
use crate::cli::run::sources::have_changed;
use crate::cli::user_message::UserMessage;
use crate::error_chain::chain;
use crate::report::age::age;
use crate::report::artifacts::{NOT_DUE, NOTHING_MATCHED};
use crate::report::runs::commit;
use crate::store::{ArtifactsRecord, EndState, JobRecord, RunPin, SourcesRecord};

/// GitLab's words for a job whose producer's artifacts have expired or were deleted.
const UNAVAILABLE: &str = "This job could not start because it could not retrieve the needed artifacts.";

/// What earlier runs have for the producers of a run's jobs, by the names of the producers.
#[derive(Default)]
pub(super) struct Supply<'r>(HashMap<&'r str, Supplied<'r>>);

/// What earlier runs have for one producer.
enum Supplied<'r> {
    Stored(&'r JobInRun<'r>, ProducedFiles),
    /// Artifacts that have expired, or are damaged or deleted: why they cannot be used.
    Lost(&'r JobInRun<'r>, String),
    /// No artifacts, because its last run passed and stored none: why it did not.
    NoneStored(&'r JobInRun<'r>, &'static str),
}

impl<'r> Supply<'r> {
    /// Chooses among `jobs`, which begin with those of the newest run.
    pub(super) fn choose(producers: &[&str], jobs: &'r [JobInRun<'r>]) -> Self {
        let stored: Vec<&JobInRun<'_>> =
            jobs.iter().filter(|found| found.job.record().has_stored()).collect();
        let offers: Vec<Offer<'_>> = stored.iter().map(|found| offer(found)).collect();
        let chosen = choose(producers, &offers);
        let mut supply = HashMap::new();
        for (producer, place) in producers.iter().zip(chosen) {
            let of_producer = jobs.iter().filter(|found| found.job.record().name == *producer);
            let supplied = match place.and_then(|place| stored.get(place).copied()) {
                Some(found) => Some(Supplied::of(found)),
                None => Supplied::of_unstored(of_producer),
            };
            if let Some(supplied) = supplied {
                supply.insert(&*supplied.job().job.record().name, supplied);
            }
        }
        Self(supply)
    }

    /// Whether the producer must run so that it is known what it gives.
    pub(super) fn is_missing(&self, producer: &str) -> bool {
        matches!(self.0.get(producer), None | Some(Supplied::Lost(..)))
    }

    /// What the producers give that do not run. The messages say, in the order of `producers`, which run it comes from.
    ///
    /// # Errors
    /// Artifacts of a producer were stored, and cannot be used any more.
    pub(super) fn give(
        &self,
        producers: &[&str],
        now: Timestamp,
        current: &SourcesRecord,
    ) -> Result<(Given, Vec<UserMessage>), CommandError> {
        let (mut given, mut messages) = (Given::default(), Vec::new());
        for producer in producers {
            match self.0.get(producer) {
                Some(Supplied::Stored(found, files)) => {
                    messages.push(origin(found, now, current));
                    given.insert(producer, files.clone());
                }
                Some(Supplied::Lost(found, reason)) => return Err(unavailable(found, reason)),
                Some(Supplied::NoneStored(found, reason)) => {
                    let run = number_and_name(found.run);
                    let text = format!("`{producer}` stored no artifacts in run {run}: {reason}");
                    messages.push(UserMessage::Note(text));
                    given.insert(producer, ProducedFiles::default());
                }
                None => {}
            }
        }
        Ok((given, messages))
    }

    /// Whether there is something for any producer.
    pub(super) fn has_any(&self) -> bool {
        self.0.values().any(|supplied| matches!(supplied, Supplied::Stored(..)))
    }

    /// Keeps the runs from being removed from which something is given, as long as the returned values live. What cannot
    /// be kept is lost.
    pub(super) fn pin(&mut self, now: Timestamp) -> Vec<RunPin> {
        let mut pins = Vec::new();
        for supplied in self.0.values_mut() {
            let Supplied::Stored(found, _) = supplied else { continue };
            match found.run.pin(now) {
                Ok(Some(pin)) => pins.push(pin),
                Ok(None) => {
                    *supplied = Supplied::Lost(found, "another process is removing the run".to_owned())
                }
                Err(error) => *supplied = Supplied::Lost(found, chain(&error)),
            }
        }
        pins
    }
}

impl<'r> Supplied<'r> {
    /// What a job gives that has stored something.
    fn of(found: &'r JobInRun<'r>) -> Self {
        match ProducedFiles::of(found.run.id(), &found.job) {
            Ok(files) => Self::Stored(found, files),
            Err(error) => Self::Lost(found, chain(&error)),
        }
    }

    /// What is known of a producer without stored artifacts: `jobs` are its own, those of the newest run first.
    fn of_unstored(mut jobs: impl Iterator<Item = &'r JobInRun<'r>>) -> Option<Self> {
        let newest = jobs.next()?;
        if let Some(reason) = reason_for_none(newest.job.record()) {
            return Some(Self::NoneStored(newest, reason));
        }
        let is_expired = |found: &&JobInRun<'_>| found.job.record().artifacts == ArtifactsRecord::Expired;
        let expired = std::iter::once(newest).chain(jobs).find(is_expired)?;
        Some(Self::Lost(expired, "they have expired".to_owned()))
    }

    fn job(&self) -> &'r JobInRun<'r> {
        match self {
            Self::Stored(found, _) | Self::Lost(found, _) | Self::NoneStored(found, _) => found,
        }
    }
}

/// Why a job that passed has stored no artifacts; `None` if it may store some when it runs again.
fn reason_for_none(record: &JobRecord) -> Option<&'static str> {
    match (record.state, &record.artifacts) {
        (EndState::Success, ArtifactsRecord::NothingMatched) => Some(NOTHING_MATCHED),
        (EndState::Success, ArtifactsRecord::NotDue) => Some(NOT_DUE),
        _ => None,
    }
}

/// Where the artifacts of a producer come from: a warning if they may not fit the sources.
fn origin(found: &JobInRun<'_>, now: Timestamp, current: &SourcesRecord) -> UserMessage {
    let record = found.job.record();
    let commit = sources(found).map(commit).filter(|commit| !commit.is_empty());
    let commit = commit.map_or(String::new(), |commit| format!(", commit {commit}"));
    let text = format!(
        "artifacts of `{}` come from run {}, {}{commit}",
        record.name,
        number_and_name(found.run),
        age(record.ended, now)
    );
    match sources(found).is_some_and(|sources| have_changed(sources, current)) {
        true => UserMessage::Warning(format!("{text}; the sources have changed since")),
        false => UserMessage::Note(text),
    }
}

/// The error about artifacts that were stored and cannot be used any more, in GitLab's words.
fn unavailable(found: &JobInRun<'_>, reason: &str) -> CommandError {
    let name = &found.job.record().name;
    let detail = format!(
        "the artifacts of `{name}` were stored in run {}: {reason}; `--needs=missing` runs `{name}` again, \
         `--from none` runs without its artifacts",
        number_and_name(found.run)
    );
    CommandError {
        kind: CommandErrorKind::Job,
        messages: vec![UserMessage::Error(UNAVAILABLE.to_owned()), UserMessage::Text(detail)],
    }
}

fn offer<'s>(found: &'s JobInRun<'_>) -> Offer<'s> {
    let commit = sources(found).and_then(|sources| sources.commit.as_deref());
    Offer { producer: &found.job.record().name, commit }
}

fn sources<'s>(found: &'s JobInRun<'_>) -> Option<&'s SourcesRecord> {
    found.run.record().map(|record| &record.sources)
}

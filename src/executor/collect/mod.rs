//! What is kept of a job's files after its scripts: caches, artifacts and reports are selected in the job's volumes and put
//! into the store.

mod collector;
mod commit_permit;
mod copy;
mod keeper;
mod keeper_thread;
mod named;
mod piece_reader;
mod refusal;
mod report_reader;
pub mod restore;
mod selector;
mod task_log;
pub mod tasks;
mod whole;

use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{timeout, timeout_at};

use self::keeper_thread::{KeeperThread, Keeping};
use self::piece_reader::{PIECES_MAX, PieceReader};
use self::refusal::EXIT_CODE;
use self::selector::FileSelector;
use self::task_log::TaskLog;
use self::tasks::{Task, tasks};
use super::create::script;
use super::event::{EventKind, Phase, ScriptResult};
use super::files_notice::FilesNotice;
use super::job_context::JobContext;
use super::outcome::Failure;
use super::run::attempt_record::AttemptRecord;
use super::run_store::{JobStore, StoredFiles};
use super::shutdown::Signal;
use crate::collect::reader::AnswerError;
use crate::collect::request::{ArchiveRequest, CollectRequest};
use crate::error_chain::chain;

pub use self::selector::{CollectorUse, collector_use, prepare};

/// How long the collector may take to end after its answer has ended too early: its exit code and message say why.
const CAUSE_WITHIN: Duration = Duration::from_secs(5);

/// The scripts of a job that have ended, and what has been prepared beside them.
pub struct EndedScripts {
    pub result: Result<(), Failure>,
    pub selector: Result<FileSelector, Failure>,
    /// Hashes of the names of the sources, if `untracked` files are kept.
    pub delivered: Option<Vec<u64>>,
}

/// Stores what the job keeps, and returns how it has ended.
pub async fn collect(
    context: &JobContext,
    scripts: EndedScripts,
    record: &mut AttemptRecord,
) -> Result<(), Failure> {
    let EndedScripts { result, selector, delivered } = scripts;
    if context.shutdown.of_run().is_requested() {
        return result_of_stopped(context, result).await;
    }
    let Some(of_scripts) = result_of_scripts(&result) else { return result };
    record.stored.collected_after = Some(of_scripts);
    if tasks(&context.plan, of_scripts).is_empty() {
        return result;
    }
    let Some(store) = context.store.clone() else {
        context.events.send(EventKind::Files(FilesNotice::StoreMissing));
        return result;
    };
    record.begin(Phase::Collect);
    let request = CollectRequest { delivered, ..request(context, of_scripts, &store) };
    let kept = match request.archives.is_empty() {
        true => {
            let tasks = tasks(&context.plan, of_scripts);
            TaskLog::new(&context.events, &context.plan.project_dir, of_scripts).announce(&tasks);
            Ok(())
        }
        false => {
            let archives = request.archives.iter().map(|archive| archive.id).collect();
            let keeping = Keeping { context: context.clone(), result: of_scripts, store, archives };
            keep(context, keeping, selector, request, record).await
        }
    };
    record.end();
    context.events.send(EventKind::ActivityEnded);
    match (result, kept) {
        // The user has stopped the job, or its time is over: both are about the job as a whole.
        (_, Err(failure @ (Failure::Interrupted(_) | Failure::Timeout { .. }))) => Err(failure),
        (Err(failure), Err(later)) => {
            if later.is_system() {
                let error = chain(&later);
                context.events.send(EventKind::Files(FilesNotice::NotCollected { error }));
            }
            Err(failure)
        }
        (result, kept) => result.and(kept),
    }
}

/// The result of a job that the user has stopped, and of which nothing is kept. GitLab collects after a cancel, too, but
/// here somebody waits at a terminal. Without files that it had to keep, a job has not succeeded.
async fn result_of_stopped(context: &JobContext, result: Result<(), Failure>) -> Result<(), Failure> {
    match result {
        Ok(()) if !tasks(&context.plan, ScriptResult::Success).is_empty() => {
            Err(Failure::Interrupted(context.shutdown.requested().await))
        }
        result => result,
    }
}

/// The result that decides what is kept; `None` if nothing is, because the time of the whole job is over or the user has
/// stopped the scripts.
fn result_of_scripts(result: &Result<(), Failure>) -> Option<ScriptResult> {
    match result {
        Ok(()) => Some(ScriptResult::Success),
        Err(Failure::Interrupted(Signal::JobFailure)) => Some(ScriptResult::Failure),
        Err(Failure::Timeout { .. } | Failure::Interrupted(_)) => None,
        Err(_) => Some(ScriptResult::Failure),
    }
}

/// Does the tasks until the user stops the job or its time is over, and records what was stored.
async fn keep(
    context: &JobContext,
    keeping: Keeping,
    selector: Result<FileSelector, Failure>,
    request: CollectRequest,
    record: &mut AttemptRecord,
) -> Result<(), Failure> {
    let (pieces, stream) = mpsc::channel(PIECES_MAX);
    let mut thread = KeeperThread::start(keeping, PieceReader::new(stream));
    let select = async { selector?.select(context, request, pieces).await };
    let kept = timeout_at(context.deadline.at(), select_and_keep(context, select, &mut thread, record));
    let stopped = match context.shutdown.of_run().unless(Box::pin(kept)).await {
        Ok(Ok(kept)) => return kept,
        Ok(Err(_)) => Failure::Timeout { after: context.plan.timeout },
        Err(signal) => Failure::Interrupted(signal),
    };
    // Afterwards the job has its result, and nothing may come into the store.
    if let Some(stored) = thread.stop().await {
        record.stored = StoredFiles { collected_after: record.stored.collected_after, ..stored };
    }
    Err(stopped)
}

/// Selects files and waits for the thread that keeps them.
async fn select_and_keep(
    context: &JobContext,
    select: impl Future<Output = Result<(), Failure>>,
    thread: &mut KeeperThread,
    record: &mut AttemptRecord,
) -> Result<(), Failure> {
    let mut select = pin!(select);
    let (selected, ended) = tokio::select! {
        selected = &mut select => (Some(selected), thread.ended().await),
        ended = thread.ended() => (None, ended),
    };
    let lost = |detail: String| Failure::Collect { detail };
    let ended = ended.ok_or_else(|| lost("its thread has ended before".to_owned()))?;
    let (stored, kept) = ended.map_err(|error| lost(error.to_string()))?;
    record.stored = StoredFiles { collected_after: record.stored.collected_after, ..stored };
    match kept {
        Ok(()) => Ok(()),
        // The rest of the files is not wanted.
        Err(AnswerError::Sink(refusal)) => {
            context.events.send(EventKind::Files(refusal.notice()));
            Err(Failure::script(EXIT_CODE))
        }
        // What ended the stream says more.
        Err(error) => {
            let selected = match selected {
                Some(selected) => selected,
                None => timeout(CAUSE_WITHIN, select).await.unwrap_or(Ok(())),
            };
            selected.and(Err(Failure::Collect { detail: error.to_string() }))
        }
    }
}

/// What has to be selected for the tasks. The number of an archive is that of its task.
fn request(context: &JobContext, result: ScriptResult, store: &JobStore) -> CollectRequest {
    let plan = &context.plan;
    let tasks = tasks(plan, result);
    let numbered = (0..).zip(&tasks);
    let archives = numbered.filter_map(|(id, task)| archive_request(id, task, store)).collect();
    let environment =
        plan.variables.iter().map(|variable| (variable.key.clone(), variable.value.clone())).collect();
    let environment_file = script::environment_file(plan);
    CollectRequest {
        project_dir: plan.project_dir.clone(),
        archives,
        environment,
        environment_file,
        delivered: None,
    }
}

fn archive_request(id: u32, task: &Task<'_>, store: &JobStore) -> Option<ArchiveRequest> {
    let bytes_max = store.archive_limits().bytes_max;
    Some(match task {
        Task::SkipCache { .. } | Task::ExcludeCache { .. } => return None,
        Task::SaveCache { key, cache, .. } => ArchiveRequest {
            id,
            paths: cache.paths.clone(),
            untracked: cache.untracked,
            known_fingerprint: store.fingerprint_of_cache(key),
            bytes_max: u64::MAX,
            ..ArchiveRequest::default()
        },
        Task::StoreArchive(archive) => ArchiveRequest {
            id,
            paths: archive.paths.clone(),
            exclude: archive.exclude.clone(),
            untracked: archive.untracked,
            bytes_max,
            name: archive.name.clone(),
            ..ArchiveRequest::default()
        },
        Task::StoreReport(report) => {
            ArchiveRequest { id, paths: report.paths.clone(), bytes_max, ..ArchiveRequest::default() }
        }
    })
}

#[cfg(test)]
mod tests;

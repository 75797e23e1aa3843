//! The thread that puts the selected files into the store. Once the job has been stopped, it commits nothing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tokio::time::timeout;

use super::commit_permit::CommitPermit;
use super::keeper::Keeper;
use super::refusal::StorageRefusal;
use super::task_log::TaskLog;
use super::tasks::tasks;
use crate::collect::reader::{AnswerError, read_answer};
use crate::executor::event::ScriptResult;
use crate::executor::job_context::JobContext;
use crate::executor::run_store::{JobStore, StoredFiles};

/// How long a stopped job waits for the thread, which has a piece to write, temporary files to remove, or a commit to end.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// What the thread needs.
pub(super) struct Keeping {
    pub(super) context: JobContext,
    pub(super) result: ScriptResult,
    pub(super) store: Arc<JobStore>,
    /// The ids of the requested archives.
    pub(super) archives: Vec<u32>,
}

/// What was stored, and whether the answer was complete.
pub(super) type Kept = (StoredFiles, Result<(), AnswerError<StorageRefusal>>);

/// The thread. If this value is dropped, the thread ends when its stream does, and commits nothing.
pub(super) struct KeeperThread {
    /// `None` once it has ended.
    running: Option<JoinHandle<Kept>>,
    permit: CommitPermit,
}

impl KeeperThread {
    pub(super) fn start(keeping: Keeping, stream: impl io::Read + Send + 'static) -> Self {
        let permit = CommitPermit::default();
        let of_thread = permit.clone();
        Self { running: Some(spawn_blocking(move || keeping.keep(stream, of_thread))), permit }
    }

    /// Waits for the thread. `None` if it has been waited for before.
    pub(super) async fn ended(&mut self) -> Option<Result<Kept, JoinError>> {
        let ended = self.running.as_mut()?.await;
        self.running = None;
        Some(ended)
    }

    /// Ends the thread of a stopped job, whose stream has ended. Returns what it had stored before; `None` if that is not
    /// known.
    pub(super) async fn stop(mut self) -> Option<StoredFiles> {
        self.permit.withdraw();
        let (stored, _) = timeout(ENDS_WITHIN, self.ended()).await.ok()??.ok()?;
        Some(stored)
    }
}

impl Drop for KeeperThread {
    fn drop(&mut self) {
        self.permit.withdraw();
    }
}

impl Keeping {
    fn keep(self, stream: impl io::Read, permit: CommitPermit) -> Kept {
        let Self { context, result, store, archives } = self;
        let tasks = tasks(&context.plan, result);
        let log = TaskLog::new(&context.events, &context.plan.project_dir, result);
        let mut keeper = Keeper::new(&tasks, &store, log, permit);
        let read = read_answer(stream, &archives, &mut keeper);
        (keeper.finish(read.is_ok()), read)
    }
}

//! One run of a recorded job under `execute`, with a paused clock.

use std::sync::Arc;
use std::time::Duration;

use runner_lite::engine::Engine;
use runner_lite::engine::error::EngineError;
use runner_lite::executor::shutdown;
use tokio::time::{Instant, timeout};

use crate::fault::{Fault, FaultKind};
use crate::jobs::{self, JobRun};
use crate::recording::Recording;
use crate::replaying::{Progress, ReplayingEngine};

/// The virtual time after which a run counts as endless. It is above the sum of all limits.
const ENDLESS: Duration = Duration::from_secs(5_000);

/// What a case came to.
pub(crate) struct CaseResult {
    /// An error if the engine could not be reached at all; `None` if the run does not end.
    pub(crate) run: Option<Result<JobRun, EngineError>>,
    /// The virtual time that it took.
    pub(crate) elapsed: Duration,
    /// Whether the user has sent a signal.
    pub(crate) signalled: bool,
    pub(crate) progress: Progress,
}

/// The files that jobs need.
pub(crate) struct Files {
    project: tempfile::TempDir,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self { project: jobs::project() }
    }
}

/// Runs the recorded job against its recording, with a fault.
pub(crate) fn run(recording: &Arc<Recording>, fault: Option<Fault>, files: &Files) -> CaseResult {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let project = files.project.path();
    runtime.block_on(async {
        let (user, shutdown) = shutdown::channel();
        let engine = ReplayingEngine::start(Arc::clone(recording), fault, Arc::new(user));
        let started = Instant::now();
        let play = async {
            let client = Engine::connect(engine.connector.clone(), None).await?;
            // The replay reads the archive with the program and does not run it, so that any file will do.
            Ok(jobs::run(jobs::plan(recording.job, project), client, shutdown, &project.join("data")).await)
        };
        let run = timeout(ENDLESS, play).await.ok();
        let signalled = fault.is_some_and(|fault| matches!(fault.kind, FaultKind::Signals(_)));
        CaseResult { run, elapsed: started.elapsed(), signalled, progress: engine.into_progress() }
    })
}

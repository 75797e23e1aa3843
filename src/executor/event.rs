//! What happens while jobs run. Listeners decide how they show it.

#![warn(missing_docs)]

use std::fs::File;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::files_notice::FilesNotice;
use super::image::pull_progress::PullProgress;
use super::kept_objects::KeptObjects;
use super::notice::{Activity, Notice, ServiceLabel};
use super::outcome::JobOutcome;
use super::run::coverage::CoverageResult;
use super::run_report::{JobStateChange, RunFacts, RunReport};
use super::script_lines::ScriptLines;
use super::service::explanation::Explanation;
use super::service::readiness::{HealthFailure, ReadinessStep};
use super::service_output::{ServiceLogDisplay, ServiceOutput};
use super::terminal_notice::TerminalNotice;
use super::terminal_turn::TerminalTurn;
use crate::engine::ApiCall;
use crate::plan::job_plan::LogPlan;
use crate::secret::Secret;
use crate::store::ServiceLogFolder;

/// Something that happened in a run.
#[derive(Debug, Clone)]
pub struct Event {
    /// When it was sent.
    pub at: Timestamp,
    /// The name of the job that it belongs to; `None` for the run as a whole, as in the command `pull`.
    pub job: Option<Arc<str>>,
    /// What happened.
    pub kind: EventKind,
}

/// The kinds of events.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// A run begins, with these jobs.
    RunStarted(Arc<RunFacts>),
    /// The job has another state.
    JobState(JobStateChange),
    /// The run has ended, and everything is removed.
    RunFinished(Arc<RunReport>),
    /// A section of the job's log begins.
    Section(Section),
    /// The user may want to know something.
    Notice(Notice),
    /// Something about a terminal in the job's container.
    Terminal(TerminalNotice),
    /// A shell in a container gets the user's terminal. What is in the queue before is shown first, and what follows is held
    /// back.
    TerminalTurn(TerminalTurn),
    /// The terminal is the log's again.
    TerminalReturned,
    /// Something happened to caches, artifacts or reports.
    Files(FilesNotice),
    /// A script begins, whose shell counts its lines like this.
    ScriptLines(Arc<ScriptLines>),
    /// The job's processes wrote these bytes, which may end anywhere in a line or a character.
    Output(Bytes),
    /// How a service was found ready, or not.
    Readiness(Box<ReadinessStep>),
    /// A service has printed something.
    ServiceOutput(ServiceOutput),
    /// A service did not come up, or has ended; the job goes on.
    ServiceWarning(Box<ServiceWarning>),
    /// Something that takes a while begins, or goes on with new numbers.
    Activity(Activity),
    /// The activity is over.
    ActivityEnded,
    /// A pull goes on.
    PullProgress(PullProgress),
    /// A pull is over, with or without success.
    PullProgressEnded {
        /// The reference of the image.
        image: String,
    },
    /// A call of the Engine API, if somebody wants to know of calls.
    Call(ApiCall),
    /// The log of the job is stored in this file.
    LogFile(Arc<File>),
    /// The logs of the services of the job are stored in this folder.
    ServiceLogFolder(Arc<ServiceLogFolder>),
    /// Texts that no listener may show from now on.
    Secrets(Vec<Secret>),
    /// How the job's log is made, if not in the usual way.
    LogPlan(LogPlan),
    /// The job ended. Sent before the removal of what the job created.
    Finished(Arc<JobOutcome>),
    /// What the job's output has for `coverage`. Sent before [`EventKind::Finished`].
    Coverage(CoverageResult),
    /// The job goes on, and nothing of its log has come for a while.
    StillRunning {
        /// The time since the job began.
        elapsed: Duration,
    },
    /// Objects of the job stay on the engine, as the user has asked. Sent before the removal of the others.
    Kept(Arc<KeptObjects>),
    /// Everything is removed that does not stay.
    Timings {
        /// How long the attempt took, from its first step to the end of the removal.
        total: Duration,
        /// How long each phase took that began. Phases may overlap, and the time between two of them is in none.
        phases: Vec<(Phase, Duration)>,
    },
}

impl EventKind {
    /// Whether the event is a part of the job's log; the others show progress, or prepare the log.
    pub(super) fn is_in_log(&self) -> bool {
        match self {
            Self::ServiceOutput(output) => output.service.display == ServiceLogDisplay::Shown,
            Self::Section(_)
            | Self::Notice(_)
            | Self::Files(_)
            | Self::Terminal(_)
            | Self::Output(_)
            | Self::Readiness(_)
            | Self::ServiceWarning(_)
            | Self::Finished(_)
            | Self::Coverage(_)
            | Self::StillRunning { .. }
            | Self::Kept(_)
            | Self::Timings { .. } => true,
            Self::Activity(_)
            | Self::ActivityEnded
            | Self::PullProgress(_)
            | Self::PullProgressEnded { .. }
            | Self::Call(_)
            | Self::LogFile(_)
            | Self::ServiceLogFolder(_)
            | Self::TerminalTurn(_)
            | Self::TerminalReturned
            | Self::ScriptLines(_)
            | Self::Secrets(_)
            | Self::LogPlan(_)
            | Self::RunStarted(_)
            | Self::JobState(_)
            | Self::RunFinished(_) => false,
        }
    }
}

/// The sections of a job's log, with GitLab Runner's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `prepare_executor`
    PrepareExecutor,
    /// `prepare_script`
    PrepareScript,
    /// `get_sources`
    GetSources,
    /// `restore_cache`
    RestoreCache,
    /// `download_artifacts`
    DownloadArtifacts,
    /// `step_script`
    StepScript,
    /// `after_script`
    AfterScript,
    /// `archive_cache` or `archive_cache_on_failure`
    SaveCaches(ScriptResult),
    /// `upload_artifacts_on_success` or `upload_artifacts_on_failure`
    StoreArtifacts(ScriptResult),
    /// What the job has come to: coverage, tests, and its result. GitLab Runner has no such section.
    Result,
}

/// Whether the scripts of a job succeeded, which decides what of its files is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptResult {
    /// They did.
    Success,
    /// They did not.
    Failure,
}

/// A service that did not come up, or has ended too early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceWarning {
    /// The service.
    pub service: ServiceLabel,
    /// The name of the service's container.
    pub container: String,
    /// What is wrong with it.
    pub problem: ServiceProblem,
    /// The end of the service's own log, or why the engine did not give it.
    pub log: Result<String, String>,
}

/// What is wrong with a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceProblem {
    /// Its container exited while it was checked.
    Exited {
        /// The exit code of the container.
        exit_code: i64,
        /// Whether the kernel killed it for lack of memory.
        oom_killed: bool,
    },
    /// Its container exited after the check, while the job ran.
    Ended {
        /// The exit code of the container.
        exit_code: i64,
        /// Whether the kernel killed it for lack of memory.
        oom_killed: bool,
    },
    /// The image exposes no TCP port that could be dialled.
    NoPorts {
        /// What is known of its ports.
        explanations: Vec<Explanation>,
    },
    /// The container has no address of its own.
    NoAddress,
    /// No port accepted a connection in time.
    Timeout {
        /// The addresses that were dialled.
        addresses: Vec<IpAddr>,
        /// The ports that were dialled.
        ports: Vec<u16>,
        /// How many connections were tried.
        dials: u64,
        /// What is known of why.
        explanations: Vec<Explanation>,
    },
    /// The `HEALTHCHECK` of its image has not succeeded in time.
    Unhealthy {
        /// How often it ran.
        runs: u64,
        /// How it failed at last.
        last: HealthFailure,
    },
    /// The container's addresses cannot be reached from this process.
    Unreachable {
        /// The addresses that were dialled.
        addresses: Vec<IpAddr>,
        /// How long nothing answered.
        after: Duration,
    },
    /// The check itself failed.
    CheckFailed {
        /// Why it failed.
        error: String,
    },
}

/// The phases of a job that are timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Images, networks and containers.
    Prepare,
    /// The health checks of the services.
    Services,
    /// The upload of the sources, as far as the job had to wait for it.
    Sources,
    /// The script.
    Script,
    /// `after_script`.
    AfterScript,
    /// Caches, artifacts and reports.
    Collect,
    /// The removal of everything that the job created.
    Cleanup,
}

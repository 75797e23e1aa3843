//! Services while the script runs: one whose container ends is reported at once.
//!
//! Its wait was registered before its start, so that this costs no request until a service ends.

use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::container_log::read_log;
use super::settings::ServiceExitEffect;
use crate::engine::container::logs::{Follow, LogOptions, Timestamps};
use crate::engine::container::wait::Exit;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::error_chain::chain;
use crate::executor::event::{EventKind, ServiceProblem, ServiceWarning};
use crate::executor::job_context::JobContext;
use crate::executor::notice::{Notice, ServiceLabel};
use crate::executor::outcome::Failure;
use crate::executor::run::out_of_memory::was_out_of_memory;

/// How much of the log of a service that has ended goes into the warning. It stands amid the output of the job.
const END_BYTES_MAX: usize = 16 * 1024;

/// How many lines of it, counted from the end.
const END_LINES_MAX: u32 = 20;

/// How long the engine may take to tell that a service with a memory limit was killed for lack of memory: after that, a
/// warning would come later than one second after the death.
const OUT_OF_MEMORY_WITHIN: Duration = Duration::from_millis(500);

/// How long the job waits at its script's end for the report of a service that has ended just before.
const REPORT_WITHIN: Duration = Duration::from_secs(5);

/// How long after the script's end the exit of a service counts that its last command has stopped, if that fails the job:
/// the engine may tell of the script's container first.
const EXIT_SETTLES: Duration = Duration::from_millis(200);

/// The exit of a container, once it comes.
pub(super) type PendingExit = Pin<Box<dyn Future<Output = Result<Exit, EngineError>> + Send>>;

/// A service that runs.
pub(super) struct RunningService {
    pub(super) label: ServiceLabel,
    pub(super) name: Name,
    /// The limit of its memory in bytes.
    pub(super) memory: Option<i64>,
    pub(super) exit: PendingExit,
}

/// A service that has ended before the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EndedService {
    pub(super) label: ServiceLabel,
    pub(super) exit_code: i64,
    pub(super) oom_killed: bool,
}

/// The services of a job, from the end of their health checks. Dropping it ends all reports.
pub struct ServiceWatch {
    context: JobContext,
    reports: JoinSet<Option<EndedService>>,
    /// Those that ended before they were watched.
    ended: Vec<EndedService>,
    is_over: watch::Sender<bool>,
}

impl ServiceWatch {
    /// A watch of no service.
    pub(super) fn new(context: &JobContext) -> Self {
        let (reports, ended) = (JoinSet::new(), Vec::new());
        Self { context: context.clone(), reports, ended, is_over: watch::Sender::new(false) }
    }

    /// Reports `service` as soon as it ends.
    pub(super) fn add(&mut self, service: RunningService) {
        let (context, mut is_over) = (self.context.clone(), self.is_over.subscribe());
        self.reports.spawn(async move {
            let RunningService { label, name, memory, mut exit } = service;
            let ended = tokio::select! {
                biased;
                ended = &mut exit => ended,
                // The sender lives as long as this task.
                _ = is_over.wait_for(|is_over| *is_over) => return None,
            };
            report(&context, label, &name, memory, ended).await
        });
    }

    /// Takes note of a service that has ended, and that the log has told of.
    pub(super) fn has_ended(&mut self, service: EndedService) {
        self.ended.push(service);
    }

    /// Ends the watch with the script: services that end from now on do so because the job does.
    ///
    /// # Errors
    /// A service has ended before the script, and that fails the job.
    pub async fn end(self) -> Result<(), Failure> {
        let Self { context, mut reports, mut ended, is_over } = self;
        let fails_job = context.services.exit_effect == ServiceExitEffect::Failure;
        if fails_job && ended.is_empty() && !reports.is_empty() {
            tokio::select! {
                first = first_ended(&mut reports) => ended.push(first),
                () = sleep(EXIT_SETTLES) => {}
            }
        }
        is_over.send_replace(true);
        let all = async {
            while let Some(report) = reports.join_next().await {
                ended.extend(report.ok().flatten());
            }
        };
        // A report that takes longer is given up with the tasks.
        let _ = timeout(REPORT_WITHIN, all).await;
        match ended.into_iter().next().filter(|_| fails_job) {
            Some(EndedService { label, exit_code, oom_killed }) => {
                Err(Failure::ServiceEnded { service: label, exit_code, oom_killed })
            }
            None => Ok(()),
        }
    }
}

/// The first service that has been reported. Never returns if there is none.
async fn first_ended(reports: &mut JoinSet<Option<EndedService>>) -> EndedService {
    while let Some(report) = reports.join_next().await {
        if let Ok(Some(ended)) = report {
            return ended;
        }
    }
    pending().await
}

/// Warns that a service has ended, with its exit code and the end of its log; `None` if it is not known to have ended.
async fn report(
    context: &JobContext,
    label: ServiceLabel,
    name: &Name,
    memory: Option<i64>,
    ended: Result<Exit, EngineError>,
) -> Option<EndedService> {
    let engine = &context.engine;
    let exit_code = match ended {
        Ok(exit) => exit.status_code,
        Err(error) => match engine.container_inspect(name).await {
            Ok(container) if !container.state.running => container.state.exit_code,
            _ => {
                let error = chain(&error);
                context.events.notice(Notice::ServiceUnwatched { service: label, error });
                return None;
            }
        },
    };
    let options = LogOptions { follow: Follow::No, timestamps: Timestamps::Shown, tail: Some(END_LINES_MAX) };
    let (oom_killed, log) = tokio::join!(
        was_out_of_memory(engine, name, exit_code, memory, OUT_OF_MEMORY_WITHIN),
        read_log(engine, name, &options, END_BYTES_MAX),
    );
    let warning = ServiceWarning {
        service: label.clone(),
        container: name.to_string(),
        problem: ServiceProblem::Ended { exit_code, oom_killed },
        log: log.map_err(|error| error.to_string()),
    };
    context.events.send(EventKind::ServiceWarning(Box::new(warning)));
    Some(EndedService { label, exit_code, oom_killed })
}

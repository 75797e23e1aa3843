//! Services while the script runs: one whose container ends is reported at once.
//!
//! Its wait was registered before its start, so that this costs no request until a service ends.

use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::container_log::read_log;
use super::settings::ServiceExitEffect;
use crate::amount;
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

/// How long the engine may take to give the log of a service that has ended. The warning then comes without it, while the
/// script's end still waits for the report.
const LOG_WITHIN: Duration = Duration::from_secs(3);

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
    reports: JoinSet<()>,
    /// Those that have ended, as soon as that is known. What else is found out for the warning may take longer.
    ended: watch::Sender<Vec<EndedService>>,
    is_over: watch::Sender<bool>,
}

impl ServiceWatch {
    /// A watch of no service.
    pub(super) fn new(context: &JobContext) -> Self {
        let (reports, ended) = (JoinSet::new(), watch::Sender::new(Vec::new()));
        Self { context: context.clone(), reports, ended, is_over: watch::Sender::new(false) }
    }

    /// Reports `service` as soon as it ends.
    pub(super) fn add(&mut self, service: RunningService) {
        let (context, mut is_over) = (self.context.clone(), self.is_over.subscribe());
        let ended = self.ended.clone();
        self.reports.spawn(async move {
            let RunningService { label, name, memory, mut exit } = service;
            let exit = tokio::select! {
                biased;
                exit = &mut exit => exit,
                // The sender lives as long as this task.
                _ = is_over.wait_for(|is_over| *is_over) => return,
            };
            if let Some(exit_code) = exit_code(&context, &label, &name, exit).await {
                let service = EndedService { label, exit_code, oom_killed: false };
                report(&context, service, &name, memory, &ended).await;
            }
        });
    }

    /// Takes note of a service that has ended, and that the log has told of.
    pub(super) fn has_ended(&mut self, service: EndedService) {
        self.ended.send_modify(|all| all.push(service));
    }

    /// Ends the watch with the script: services that end from now on do so because the job does.
    ///
    /// # Errors
    /// A service has ended before the script, and that fails the job.
    pub async fn end(self) -> Result<(), Failure> {
        let Self { context, mut reports, ended, is_over } = self;
        let fails_job = context.services.exit_effect == ServiceExitEffect::Failure;
        if fails_job && !reports.is_empty() {
            let mut ended = ended.subscribe();
            let _ = timeout(EXIT_SETTLES, ended.wait_for(|all| !all.is_empty())).await;
        }
        is_over.send_replace(true);
        // A report that takes longer is given up with the tasks.
        let _ = timeout(REPORT_WITHIN, async { while reports.join_next().await.is_some() {} }).await;
        match ended.send_replace(Vec::new()).into_iter().next().filter(|_| fails_job) {
            Some(EndedService { label, exit_code, oom_killed }) => {
                Err(Failure::ServiceEnded { service: label, exit_code, oom_killed })
            }
            None => Ok(()),
        }
    }
}

/// The exit code of a service whose wait has ended; `None`, which a notice tells, if it is not known to have exited.
async fn exit_code(
    context: &JobContext,
    label: &ServiceLabel,
    name: &Name,
    exit: Result<Exit, EngineError>,
) -> Option<i64> {
    let error = match exit {
        Ok(exit) => return Some(exit.status_code),
        Err(error) => error,
    };
    match context.engine.container_inspect(name).await {
        Ok(container) if !container.state.running => Some(container.state.exit_code),
        _ => {
            let (service, error) = (label.clone(), chain(&error));
            context.events.notice(Notice::ServiceUnwatched { service, error });
            None
        }
    }
}

/// Takes note in `ended` of a service that has ended, and warns of it with the end of its log.
async fn report(
    context: &JobContext,
    service: EndedService,
    name: &Name,
    memory: Option<i64>,
    ended: &watch::Sender<Vec<EndedService>>,
) {
    let (engine, exit_code, label) = (&context.engine, service.exit_code, service.label.clone());
    ended.send_modify(|all| all.push(service));
    let options = LogOptions { follow: Follow::No, timestamps: Timestamps::Shown, tail: Some(END_LINES_MAX) };
    let memory_was_short = async {
        let was_short = was_out_of_memory(engine, name, exit_code, memory, OUT_OF_MEMORY_WITHIN).await;
        let set = |service: &mut EndedService| service.oom_killed |= was_short && service.label == label;
        ended.send_modify(|all| all.iter_mut().for_each(set));
        was_short
    };
    let log = timeout(LOG_WITHIN, read_log(engine, name, &options, END_BYTES_MAX));
    let (oom_killed, log) = tokio::join!(memory_was_short, log);
    let log = match log {
        Ok(log) => log.map_err(|error| error.to_string()),
        Err(_) => Err(format!("the engine has not sent it within {}", amount::duration(LOG_WITHIN))),
    };
    let warning = ServiceWarning {
        service: label,
        container: name.to_string(),
        problem: ServiceProblem::Ended { exit_code, oom_killed },
        log,
    };
    context.events.send(EventKind::ServiceWarning(Box::new(warning)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::event_channel::channel;
    use crate::executor::testing::{engine_deciding, job_context, json_answer, plan, run_context};

    /// The failure by a service that has ended with code 7 during the script, and whose log the engine never sends; and the
    /// log in the warning.
    async fn end_without_log(exit_effect: ServiceExitEffect) -> (Option<String>, Option<String>) {
        let state = r#"{"Id":"c","State":{"Status":"exited"},"Config":{},"NetworkSettings":{}}"#;
        let (engine, _serving) = engine_deciding(None, move |line| async move {
            match line.contains("/logs") {
                true => std::future::pending().await,
                false => json_answer(state),
            }
        })
        .await;
        let (events, mut receiver) = channel();
        let (mut run, _signals) = run_context(engine, events);
        run.services.exit_effect = exit_effect;
        let mut watch = ServiceWatch::new(&job_context(plan(), run));
        let exit = Box::pin(std::future::ready(Ok(Exit { status_code: 7, error: None })));
        let label = ServiceLabel { image: "redis:7".to_owned(), aliases: Vec::new() };
        watch.add(RunningService { label, name: Name::new("c"), memory: None, exit });
        tokio::task::yield_now().await;
        let failure = watch.end().await.err().map(|failure| failure.to_string());
        let log = match receiver.next().await.unwrap().kind {
            EventKind::ServiceWarning(warning) => warning.log.err(),
            kind => panic!("{kind:?}"),
        };
        (failure, log)
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_whose_log_does_not_come_fails_the_job_all_the_same_and_is_warned_of() {
        let log = Some("the engine has not sent it within 3 s".to_owned());
        let failure = Some("service redis:7 has exited with code 7".to_owned());
        assert_eq!(end_without_log(ServiceExitEffect::Failure).await, (failure, log.clone()));
        assert_eq!(end_without_log(ServiceExitEffect::Warning).await, (None, log));
    }
}

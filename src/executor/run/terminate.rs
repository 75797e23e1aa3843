//! Stopping a job's processes: SIGTERM first, so that they can end by themselves.

use std::time::Duration;

use crate::engine::error::EngineError;
use crate::engine::exec::ExecId;
use crate::engine::exec::create::ExecConfig;
use crate::engine::name::Name;
use crate::executor::container_command::run_command;
use crate::executor::create::shell;
use crate::executor::job_context::JobContext;
use crate::plan::job_plan::TerminalUse;

/// The time between SIGTERM and SIGKILL, as in GitLab Runner. It includes the time that the signals take: the command
/// that sends them runs in the container, where a job can make it slow or endless.
pub const TERMINATION_GRACE: Duration = Duration::from_secs(10);

/// Sends SIGTERM to the processes of the container. The container ends with its script, which ends with its command.
/// Without limit: the caller drops this future when the container has ended, or after [`TERMINATION_GRACE`].
pub async fn terminate(context: &JobContext, container: &Name) {
    // Errors do not matter: the container has no shell or has just ended, or it is killed in any case.
    if context.plan.settings.pid_mode.is_some() {
        // Processes of the host or of another container are visible there, so only the container's first one gets it.
        let _ = context.engine.container_stop(container, TERMINATION_GRACE).await;
    } else {
        if context.plan.terminal != TerminalUse::Never {
            let _ = run_in_container(context, container, shell::hang_up_terminals()).await;
        }
        let _ = run_in_container(context, container, shell::terminate_processes()).await;
    }
}

/// Runs a command as root, and waits for its end. Its exit code can then be asked for.
pub(super) async fn run_in_container(
    context: &JobContext,
    container: &Name,
    cmd: Vec<String>,
) -> Result<ExecId, EngineError> {
    run_command(&context.engine, container, &ExecConfig { cmd, user: Some("0".to_owned()) }).await
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::executor::event_channel::channel;
    use crate::executor::testing::{engine_that_refuses, job_context, plan, run_context};
    use crate::plan::container_plan::ContainerSettings;

    /// The requests by which the processes of a container are told to end.
    async fn requests(pid_mode: Option<&str>) -> Vec<String> {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let (engine, _serving) = engine_that_refuses(move |request| {
            log.lock().unwrap().push(request.split(' ').take(2).collect::<Vec<_>>().join(" "));
            (404, "no such container")
        })
        .await;
        let mut plan = plan();
        plan.settings = ContainerSettings { pid_mode: pid_mode.map(str::to_owned), ..plan.settings };
        let (context, _signals) = run_context(engine, channel().0);
        terminate(&job_context(plan, context), &Name::new("build")).await;
        let requests = requests.lock().unwrap().clone();
        requests.into_iter().filter(|request| !request.contains("_ping")).collect()
    }

    #[tokio::test]
    async fn no_process_outside_the_container_gets_a_signal() {
        assert_eq!(requests(None).await, ["POST /v1.51/containers/build/exec"]);
        assert_eq!(requests(Some("host")).await, ["POST /v1.51/containers/build/stop?t=10"]);
        assert_eq!(requests(Some("container:db")).await, ["POST /v1.51/containers/build/stop?t=10"]);
    }
}

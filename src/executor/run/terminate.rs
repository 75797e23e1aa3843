//! Stopping a job's processes: SIGTERM first, so that they can end by themselves.

use std::time::Duration;

use crate::engine::error::EngineError;
use crate::engine::exec::create::ExecConfig;
use crate::engine::name::Name;
use crate::executor::create::shell;
use crate::executor::job_context::JobContext;

/// The time between SIGTERM and SIGKILL, as in GitLab Runner. It includes the time that the signals take: the command
/// that sends them runs in the container, where a job can make it slow or endless.
pub const TERMINATION_GRACE: Duration = Duration::from_secs(10);

/// Sends SIGTERM to the processes of the container. The container ends with its script, which ends with its command.
/// Without limit: the caller drops this future when the container has ended, or after [`TERMINATION_GRACE`].
pub async fn terminate(context: &JobContext, container: &Name) {
    // Fails if the container has no shell or has just ended. It is killed in any case.
    let _ = run_in_container(context, container, shell::terminate_processes()).await;
}

/// Runs a command as root, and waits for its end.
async fn run_in_container(
    context: &JobContext,
    container: &Name,
    cmd: Vec<String>,
) -> Result<(), EngineError> {
    let exec = context.engine.exec_create(container, &ExecConfig { cmd, user: Some("0".to_owned()) }).await?;
    let mut output = context.engine.exec_start(&exec).await?;
    while output.next().await?.is_some() {}
    Ok(())
}

//! Stopping a job's processes: SIGTERM first, so that they can end by themselves.

use std::time::Duration;

use tokio::time::sleep;

use crate::engine::error::EngineError;
use crate::engine::exec::create::ExecConfig;
use crate::engine::name::Name;
use crate::executor::job_context::JobContext;

/// The time between SIGTERM and the removal of the container, as in GitLab Runner.
const GRACE: Duration = Duration::from_secs(10);

/// Sends SIGTERM to every process of the container but the first, which ignores it by default as the container's init.
/// The running command of the script ends, and the shell ends after it. Returns after `GRACE` or a second signal from
/// the user; a caller drops this future if the container ends before.
pub async fn terminate(context: &JobContext, container: &Name) {
    let grace = async {
        // Fails if the container has no shell or has just ended. The teardown removes it in any case.
        let _ = send_sigterm(context, container).await;
        sleep(GRACE).await;
    };
    tokio::select! {
        () = grace => {}
        () = context.shutdown.forced() => {}
    }
}

/// Sends SIGTERM as [`terminate`] does, and kills after `GRACE` what still runs: the container is stopped then.
pub async fn stop(context: &JobContext, container: &Name) -> Result<(), EngineError> {
    // Fails without a shell; the container is stopped in any case.
    let _ = send_sigterm(context, container).await;
    context.engine.container_stop(container, GRACE).await
}

async fn send_sigterm(context: &JobContext, container: &Name) -> Result<(), EngineError> {
    let cmd = ["sh", "-c", "kill -TERM -1"].map(str::to_owned).to_vec();
    let exec = context.engine.exec_create(container, &ExecConfig { cmd, user: Some("0".to_owned()) }).await?;
    let mut output = context.engine.exec_start(&exec).await?;
    while output.next().await?.is_some() {}
    Ok(())
}

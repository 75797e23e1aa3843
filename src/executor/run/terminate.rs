//! Letting a job's processes end by themselves when the user stops it.

use std::time::Duration;

use tokio::time::sleep;

use crate::engine::error::EngineError;
use crate::engine::exec::create::ExecConfig;
use crate::engine::name::Name;
use crate::executor::context::Context;

/// How long the processes get between SIGTERM and their removal, as in GitLab Runner.
const GRACE: Duration = Duration::from_secs(10);

/// Sends SIGTERM to every process of the container but its first, which as a container's init would not get it by
/// default: the script's running command ends, the shell sees that and ends too. Returns when the grace is over or the
/// user insists; whoever waits for the container's end stops polling this before.
pub async fn gracefully(context: &Context, container: &Name) {
    let grace = async {
        // A container without a shell, or one that has just ended, is removed in the end all the same.
        let _ = signal_all(context, container).await;
        sleep(GRACE).await;
    };
    tokio::select! {
        () = grace => {}
        () = context.shutdown.forced() => {}
    }
}

/// The same, and kills what is left after the grace: the container does not run any more.
pub async fn stop(context: &Context, container: &Name) -> Result<(), EngineError> {
    // As above: the stop that follows is what counts.
    let _ = signal_all(context, container).await;
    context.engine.container_stop(container, GRACE).await
}

async fn signal_all(context: &Context, container: &Name) -> Result<(), EngineError> {
    let cmd = ["sh", "-c", "kill -TERM -1"].map(str::to_owned).to_vec();
    let exec = context.engine.exec_create(container, &ExecConfig { cmd, user: Some("0".to_owned()) }).await?;
    let mut output = context.engine.exec_start(&exec).await?;
    while output.next().await?.is_some() {}
    Ok(())
}

//! Whether the kernel killed the processes of a container for lack of memory.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::session_state::EXIT_GRACE;
use crate::engine::Engine;
use crate::engine::name::Name;

/// The exit code of a process that SIGKILL ended, as the kernel does when memory is short.
pub const KILLED: i64 = 137;

/// The pause before the engine is asked again.
const OUT_OF_MEMORY_PAUSE: Duration = Duration::from_millis(100);

/// Whether the kernel killed a process of `container`, which has ended with `exit_code`, for lack of memory. The engine may
/// learn that `within` some time after the exit: it is an event of its own, which a busy Docker gets after the one of the
/// exit. Without a limit of `memory`, or after another exit code, the engine is asked once.
pub async fn was_out_of_memory(
    engine: &Engine,
    container: &Name,
    exit_code: i64,
    memory: Option<i64>,
    within: Duration,
) -> bool {
    let is_suspected = memory.is_some() && exit_code == KILLED;
    let waits_until = Instant::now() + if is_suspected { within } else { Duration::ZERO };
    loop {
        let inspected = timeout(EXIT_GRACE, engine.container_inspect(container)).await;
        match inspected {
            Ok(Ok(inspected)) if inspected.state.oom_killed => return true,
            Ok(Ok(_)) if Instant::now() < waits_until => sleep(OUT_OF_MEMORY_PAUSE).await,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::testing::{engine_with, json_answer};

    #[tokio::test(start_paused = true)]
    async fn the_engine_may_tell_late_that_memory_was_short() {
        let inspected = |oom_killed: bool| {
            let state = serde_json::json!({ "Id": "c", "State": { "Status": "exited", "OOMKilled": oom_killed }, "Config": {}, "NetworkSettings": {} });
            json_answer(&state.to_string())
        };
        let was_reported = async |exit_code, memory: Option<i64>, answers: &[bool]| {
            let (engine, _serving) =
                engine_with(answers.iter().map(|killed| inspected(*killed)).collect()).await;
            was_out_of_memory(&engine, &Name::new("c"), exit_code, memory, Duration::from_secs(1)).await
        };
        assert!(was_reported(KILLED, Some(16 << 20), &[false, false, true]).await);
        assert!(!was_reported(KILLED, Some(16 << 20), &[false; 30]).await);
        assert!(!was_reported(KILLED, None, &[false, true]).await, "the engine was asked again");
        assert!(!was_reported(1, Some(16 << 20), &[false, true]).await, "the engine was asked again");
    }
}

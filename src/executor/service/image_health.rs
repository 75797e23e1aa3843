//! The `HEALTHCHECK` of a service's image, run as a command in its container until it succeeds.
//!
//! The engine runs it, too, but only every 30 s unless the image says otherwise, and Podman only where systemd runs.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::readiness::HealthFailure;
use crate::engine::Engine;
use crate::engine::container::inspect::InspectedConfig;
use crate::engine::error::EngineError;
use crate::engine::exec::ExecId;
use crate::engine::exec::create::ExecConfig;
use crate::engine::name::Name;
use crate::error_chain::chain;
use crate::executor::container_command::ended_exec_code;

/// The pause between two runs. Each starts a process in the service's container, which takes 50 to 100 ms of the engine.
const RUN_EVERY: Duration = Duration::from_millis(250);

/// How long a run may take if the image does not say, as with the engine.
const RUN_WITHIN: Duration = Duration::from_secs(30);

/// How much of the output of a run is kept, as with the engine.
const OUTPUT_BYTES_MAX: usize = 4096;

/// The shell of an image that names no other one.
const SHELL: [&str; 2] = ["/bin/sh", "-c"];

/// The command of a `HEALTHCHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HealthCommand {
    /// The program and its arguments.
    cmd: Vec<String>,
    /// How long a run may take.
    within: Duration,
}

/// What the runs of a `HEALTHCHECK` have come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// It has succeeded, after this number of failures.
    Healthy { failures: u64 },
    /// It has failed as often as it has run; the last time like this.
    Unhealthy { runs: u64, last: HealthFailure },
}

impl HealthCommand {
    /// The command that the image, or the create call, has given the container; `None` if there is none, or `NONE`.
    pub(super) fn of(config: &InspectedConfig) -> Option<Self> {
        let check = config.healthcheck.as_ref()?;
        let (kind, words) = check.test.as_deref()?.split_first()?;
        let cmd: Vec<String> = match &**kind {
            "CMD" => words.to_vec(),
            "CMD-SHELL" => {
                let shell = config.shell.clone().filter(|shell| !shell.is_empty());
                let shell = shell.unwrap_or_else(|| SHELL.map(str::to_owned).to_vec());
                shell.into_iter().chain(words.iter().cloned()).collect()
            }
            _ => return None,
        };
        let within = u64::try_from(check.timeout).ok().filter(|nanoseconds| *nanoseconds > 0);
        let within = within.map_or(RUN_WITHIN, Duration::from_nanos);
        (!cmd.is_empty()).then_some(Self { cmd, within })
    }
}

/// Runs `command` in the container until it succeeds, for at most `limit`. The engine cannot end a run, so that the next one
/// waits for the end of one that takes too long: at most one is left in the service.
pub(super) async fn until_healthy(
    engine: &Engine,
    container: &Name,
    command: &HealthCommand,
    limit: Duration,
) -> Health {
    let deadline = Instant::now().checked_add(limit);
    let left = || deadline.map_or(limit, |deadline| deadline.saturating_duration_since(Instant::now()));
    let (mut runs, mut last) = (0_u64, HealthFailure::TimedOut { after: limit });
    loop {
        let left_before = left();
        let within = command.within.min(left_before);
        let mut started = None;
        let failure = match timeout(within, run(engine, container, command, &mut started)).await {
            Ok(Ok(None)) => return Health::Healthy { failures: runs },
            Ok(Ok(Some(failure))) => failure,
            Ok(Err(error)) => HealthFailure::NotRun { error: chain(&error) },
            Err(_) => HealthFailure::TimedOut { after: within },
        };
        // A run that the limit has cut off tells less than the one before.
        if runs == 0 || left_before > within || !matches!(failure, HealthFailure::TimedOut { .. }) {
            last = failure;
        }
        runs = runs.saturating_add(1);
        if let Some(exec) = &started {
            // What has not ended by then is left to the limit, which is over.
            let _ = timeout(left(), until_ended(engine, exec)).await;
        }
        if left() <= RUN_EVERY {
            return Health::Unhealthy { runs, last };
        }
        sleep(RUN_EVERY).await;
    }
}

/// Runs the command once; `None` if it succeeds. `started` names the run from its start to its end.
async fn run(
    engine: &Engine,
    container: &Name,
    command: &HealthCommand,
    started: &mut Option<ExecId>,
) -> Result<Option<HealthFailure>, EngineError> {
    let config = ExecConfig { cmd: command.cmd.clone(), user: None };
    let exec = engine.exec_create(container, &config).await?;
    let mut frames = engine.exec_start(started.insert(exec.clone())).await?;
    let mut output = Vec::new();
    while let Some(piece) = frames.next().await? {
        output.extend(piece.bytes.iter().take(OUTPUT_BYTES_MAX.saturating_sub(output.len())));
    }
    // The time of the run limits this, too.
    let exit_code = loop {
        if let Some(exit_code) = ended_exec_code(engine, &exec).await? {
            break exit_code;
        }
    };
    *started = None;
    let output = String::from_utf8_lossy(&output).trim().to_owned();
    Ok((exit_code != 0).then_some(HealthFailure::Exit { exit_code, output }))
}

/// Returns when a run is over that takes longer than it may, or when the engine does not know of it.
async fn until_ended(engine: &Engine, exec: &ExecId) {
    while engine.exec_inspect(exec).await.is_ok_and(|state| state.running) {
        sleep(RUN_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::testing::{engine_deciding, engine_that_refuses, json_answer};

    #[tokio::test(start_paused = true)]
    async fn a_check_that_cannot_be_run_is_tried_until_the_limit() {
        let (engine, _serving) = engine_that_refuses(|_| (409, "no")).await;
        let (cmd, limit) = (vec!["check".to_owned()], Duration::from_secs(2));
        let (command, began) = (HealthCommand { cmd, within: RUN_WITHIN }, Instant::now());
        let health = until_healthy(&engine, &Name::new("c"), &command, limit).await;
        let took = began.elapsed();
        let Health::Unhealthy { runs, last: HealthFailure::NotRun { error } } = health else {
            panic!("{health:?}")
        };
        assert!((7..=9).contains(&runs) && took <= limit && error.ends_with("no"), "{runs} {took:?} {error}");
    }

    /// How many runs are begun in 10 s, of which each has 1 s, and takes `takes` in the container.
    async fn runs_begun(takes: Duration) -> usize {
        let begun = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let starts = std::sync::Arc::clone(&begun);
        let (engine, _serving) = engine_deciding(None, move |line| {
            let mut starts = starts.lock().unwrap();
            let answer = if line.ends_with("/exec") {
                json_answer(r#"{"Id": "e"}"#)
            } else if line.ends_with("/start") {
                starts.push(Instant::now());
                "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n".to_owned()
            } else {
                let running = starts.last().is_some_and(|begun: &Instant| begun.elapsed() < takes);
                json_answer(&format!(r#"{{"Running": {running}}}"#))
            };
            std::future::ready(answer)
        })
        .await;
        let command = HealthCommand { cmd: vec!["check".to_owned()], within: Duration::from_secs(1) };
        let health = until_healthy(&engine, &Name::new("c"), &command, Duration::from_secs(10)).await;
        let Health::Unhealthy { last: HealthFailure::TimedOut { .. }, .. } = health else {
            panic!("{health:?}")
        };
        let begun = begun.lock().unwrap();
        begun.len()
    }

    #[tokio::test(start_paused = true)]
    async fn no_run_begins_before_the_last_one_has_ended() {
        assert_eq!(runs_begun(Duration::from_secs(100)).await, 1);
        assert_eq!(runs_begun(Duration::from_secs(4)).await, 3);
    }

    fn command(config: &str) -> Option<HealthCommand> {
        HealthCommand::of(&serde_json::from_str(config).unwrap())
    }

    #[test]
    fn the_command_is_the_images_with_its_shell_and_its_time() {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let check = |config: &str, cmd: &[&str], seconds| {
            let expect = HealthCommand { cmd: words(cmd), within: Duration::from_secs(seconds) };
            assert_eq!(command(config), Some(expect), "{config}");
        };
        check(r#"{"Healthcheck": {"Test": ["CMD", "pg_isready", "-q"]}}"#, &["pg_isready", "-q"], 30);
        check(
            r#"{"Healthcheck": {"Test": ["CMD-SHELL", "a || b"], "Timeout": 2000000000}}"#,
            &["/bin/sh", "-c", "a || b"],
            2,
        );
        check(
            r#"{"Healthcheck": {"Test": ["CMD-SHELL", "a"], "Timeout": -1}, "Shell": ["/bin/bash", "-ec"]}"#,
            &["/bin/bash", "-ec", "a"],
            30,
        );
    }

    #[test]
    fn an_image_may_have_no_check() {
        for config in [
            "{}",
            r#"{"Healthcheck": null}"#,
            r#"{"Healthcheck": {}}"#,
            r#"{"Healthcheck": {"Test": null}}"#,
            r#"{"Healthcheck": {"Test": []}}"#,
            r#"{"Healthcheck": {"Test": ["NONE"]}}"#,
            r#"{"Healthcheck": {"Test": ["CMD"]}}"#,
        ] {
            assert_eq!(command(config), None, "{config}");
        }
    }
}

use tokio::time::advance;

use super::*;
use crate::engine::error::EngineErrorKind;
use crate::engine::stream::stdcopy::Channel;
use crate::executor::create::reports::{NO_SHELL, SCRIPT_RECEIVED, SHELL_STARTS};

const HOUR: Duration = Duration::from_secs(3600);

fn new() -> SessionState {
    let deadline = Instant::now() + HOUR;
    SessionState::new(deadline, deadline)
}

/// A session whose shell has reported as much as `reports` say.
fn reported(reports: &[&str]) -> SessionState {
    let mut state = new();
    for report in reports {
        stderr(&mut state, &format!("{report}\n"));
    }
    state
}

fn stderr(state: &mut SessionState, text: &str) {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    state.push_output(OutputChunk { channel: Channel::Stderr, bytes, begins_frame: true });
}

fn end(state: &SessionState, first_process: FirstProcess) -> Result<SessionEnd, Failure> {
    state.end(&Name::new("build"), first_process)
}

fn expires_in(state: &SessionState) -> (u64, Expiry) {
    let (at, expiry) = state.next_expiry();
    (at.duration_since(Instant::now()).as_secs(), expiry)
}

fn exited(exit_code: i64) -> SessionEnd {
    SessionEnd::Exited { exit_code, position: None }
}

#[tokio::test(start_paused = true)]
async fn an_exit_code_is_a_result_only_if_the_script_was_received_or_an_entrypoint_took_its_place() {
    let received = [SHELL_STARTS, SCRIPT_RECEIVED];
    for (reports, first_process, is_result) in [
        (&received[..], FirstProcess::ShellFinder, true),
        (&received[..], FirstProcess::Entrypoint, true),
        (&received[1..], FirstProcess::Entrypoint, true),
        (&received[..1], FirstProcess::ShellFinder, false),
        (&received[..1], FirstProcess::Entrypoint, false),
        (&[NO_SHELL][..], FirstProcess::ShellFinder, true),
        (&[][..], FirstProcess::ShellFinder, false),
        (&[][..], FirstProcess::Entrypoint, true),
    ] {
        for exit_code in [0, 1, 137] {
            let mut state = reported(reports);
            state.exited(exit_code);
            state.output_ended();
            assert!(state.is_complete());
            match end(&state, first_process) {
                Ok(end) => assert!(is_result && end == exited(exit_code), "{reports:?}"),
                Err(Failure::ScriptNotReceived { exit_code: code, .. }) => {
                    assert!(!is_result && code == exit_code, "{reports:?}");
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_entrypoint_whose_output_is_missing_proves_nothing() {
    let mut state = new();
    state.exited(0);
    let kind = EngineErrorKind::TimedOut { after: HOUR };
    state.output_failed(&EngineError { operation: "read", subject: "build".to_owned(), kind });
    assert!(state.is_complete() && state.output_problem().is_some());
    assert!(end(&state, FirstProcess::Entrypoint).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_session_is_stopped_at_its_limit_and_killed_after_the_grace() {
    let mut state = reported(&[SHELL_STARTS, SCRIPT_RECEIVED]);
    assert_eq!(expires_in(&state), (3600, Expiry::TimeLimit));
    state.time_is_over();
    assert!(state.is_terminating());
    assert_eq!(expires_in(&state), (10, Expiry::Termination));
    advance(Duration::from_secs(4)).await;
    // A signal gives no more time, and a timeout stays one.
    state.stopped_by_user(Signal::Interrupt);
    assert_eq!(expires_in(&state), (6, Expiry::Termination));
    let reason = StopReason::TimeLimit;
    let stopped = end(&state, FirstProcess::ShellFinder).unwrap();
    assert_eq!(stopped, SessionEnd::Stopped { reason, exit_code: None });
    state.exited(143);
    assert!(!state.is_terminating());
    let stopped = end(&state, FirstProcess::ShellFinder).unwrap();
    assert_eq!(stopped, SessionEnd::Stopped { reason, exit_code: Some(143) });
}

#[tokio::test(start_paused = true)]
async fn a_known_exit_code_is_not_replaced_by_a_signal() {
    let mut state = reported(&[SHELL_STARTS, SCRIPT_RECEIVED]);
    state.exited(0);
    stderr(&mut state, "output that nobody takes");
    state.stopped_by_user(Signal::Interrupt);
    assert_eq!(expires_in(&state), (5, Expiry::Output));
    assert!(!state.is_terminating());
    assert_eq!(end(&state, FirstProcess::ShellFinder).unwrap(), exited(0));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_a_piece_now_and_then_has_a_limit_after_a_stop() {
    let mut state = reported(&[SHELL_STARTS, SCRIPT_RECEIVED]);
    state.exited(0);
    state.stopped_by_user(Signal::Interrupt);
    for _ in 0..14 {
        stderr(&mut state, "a piece");
        advance(Duration::from_secs(4)).await;
        assert!(state.next_expiry().0 > Instant::now());
        state.take_output();
    }
    stderr(&mut state, "a piece");
    assert_eq!(expires_in(&state), (4, Expiry::Output));
}

#[tokio::test(start_paused = true)]
async fn a_script_that_has_closed_its_output_has_ended_within_its_time() {
    let mut state = reported(&[SHELL_STARTS, SCRIPT_RECEIVED]);
    advance(HOUR - Duration::from_secs(1)).await;
    state.output_ended();
    assert_eq!(expires_in(&state), (10, Expiry::Exit));
}

#[tokio::test(start_paused = true)]
async fn output_that_waits_for_the_listener_is_missed_when_the_container_is_killed() {
    let mut state = reported(&[SHELL_STARTS, SCRIPT_RECEIVED]);
    stderr(&mut state, "output that nobody takes");
    state.time_is_over();
    state.killed();
    assert_eq!(state.output_problem(), Some(&OutputProblem::NotTaken));
}

#[tokio::test(start_paused = true)]
async fn a_known_exit_code_is_not_replaced_by_a_timeout() {
    let mut state = reported(&[SHELL_STARTS, SCRIPT_RECEIVED]);
    state.exited(0);
    stderr(&mut state, "output that nobody takes");
    // The reader may take its time until the deadline, and for a while after each piece.
    assert_eq!(expires_in(&state), (3605, Expiry::Output));
    advance(HOUR).await;
    assert_eq!(expires_in(&state), (5, Expiry::Output));
    state.take_output();
    stderr(&mut state, "more");
    assert_eq!(expires_in(&state), (5, Expiry::Output));
    advance(Duration::from_secs(5)).await;
    state.output_stalled();
    assert!(state.is_complete());
    assert_eq!(state.output_problem(), Some(&OutputProblem::NotTaken));
    assert_eq!(end(&state, FirstProcess::ShellFinder).unwrap(), exited(0));
}

#[tokio::test(start_paused = true)]
async fn output_that_does_not_end_after_the_exit_is_given_up_and_reported() {
    let mut state = reported(&[SHELL_STARTS, SCRIPT_RECEIVED]);
    state.exited(7);
    assert_eq!(expires_in(&state), (5, Expiry::Output));
    advance(OUTPUT_GRACE).await;
    state.output_stalled();
    assert!(matches!(state.output_problem(), Some(OutputProblem::Endless { .. })));
    assert_eq!(end(&state, FirstProcess::ShellFinder).unwrap(), exited(7));
}

#[tokio::test(start_paused = true)]
async fn the_exit_code_is_asked_for_if_it_does_not_follow_the_end_of_the_output() {
    let mut state = reported(&[SHELL_STARTS, SCRIPT_RECEIVED]);
    state.output_ended();
    assert_eq!(expires_in(&state), (10, Expiry::Exit));
    state.stopped_by_user(Signal::Terminate);
    advance(Duration::from_secs(3)).await;
    assert_eq!(expires_in(&state), (7, Expiry::Termination));
}

//! Synthetic: the life of a container where a fault has made it differ from the recording.
//!
//! A shell whose input ends early is taken to exit with code 0, which is the worst for whoever reports results.

use crate::recording::{Cause, Piece, RecordedExchange, Recording};
use crate::replaying::Progress;

/// What a container does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Created,
    Running,
    Exited(i64),
}

/// Why a piece of an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Release {
    /// What came before it in the recording has happened.
    AsRecorded,
    /// The container has ended in another way, with this exit code.
    Otherwise(i64),
}

/// Whether and why the next piece of an exchange's answer is sent.
pub(crate) fn release(
    recording: &Recording,
    progress: &Progress,
    index: usize,
    piece: &Piece,
) -> Option<Release> {
    if piece.after.iter().all(|cause| has_happened(*cause, progress)) {
        return Some(Release::AsRecorded);
    }
    let container = recording.exchanges[index].container.as_deref()?;
    let asked = progress.numbers[index]?;
    if progress.killed.get(container).is_some_and(|killed| *killed > asked) {
        return Some(Release::Otherwise(137));
    }
    input_ended_early(recording, progress, container).then_some(Release::Otherwise(0))
}

/// What the container does; `None` if there is none.
pub(crate) fn life(recording: &Recording, progress: &Progress, container: &str) -> Option<Life> {
    let has = |method: &str, path: &str| {
        let is_such = |line: &str| line.starts_with(method) && line.contains(path);
        progress.requests.iter().any(|request| is_such(&request.line))
    };
    if has("DELETE ", &format!("/{container}?")) || !has("POST ", &format!("create?name={container} ")) {
        return None;
    }
    let last_wait = (recording.exchanges.iter().enumerate()).rfind(|(index, exchange)| {
        is_of(exchange, container, "/wait?") && progress.numbers[*index].is_some()
    });
    let exit = last_wait.and_then(|(index, exchange)| {
        match release(recording, progress, index, exchange.pieces.last()?)? {
            Release::AsRecorded => exit_code(&exchange.answer),
            Release::Otherwise(code) => Some(code),
        }
    });
    Some(match exit {
        Some(code) => Life::Exited(code),
        None if has("POST ", &format!("/{container}/start ")) => Life::Running,
        None => Life::Created,
    })
}

/// The answer to a question about a container's state.
pub(crate) fn inspection(life: Life) -> String {
    let (status, running, code) = match life {
        Life::Created => ("created", false, 0),
        Life::Running => ("running", true, 0),
        Life::Exited(code) => ("exited", false, code),
    };
    format!(
        "{{\"Id\":\"0\",\"State\":{{\"Status\":\"{status}\",\"Running\":{running},\"ExitCode\":{code}}},\
         \"Config\":{{}},\"NetworkSettings\":{{}}}}"
    )
}

/// Whether the shell of a container got less than its whole script.
fn input_ended_early(recording: &Recording, progress: &Progress, container: &str) -> bool {
    let last = (recording.exchanges.iter().enumerate()).rfind(|(index, exchange)| {
        is_of(exchange, container, "/attach?") && progress.numbers[*index].is_some()
    });
    last.is_some_and(|(index, exchange)| {
        let whole = exchange.request.stdin.as_ref().map_or(0, Vec::len);
        progress.input_over[index] && progress.input[index].len() < whole
    })
}

fn is_of(exchange: &RecordedExchange, container: &str, action: &str) -> bool {
    exchange.container.as_deref() == Some(container) && exchange.request.line.contains(action)
}

fn has_happened(cause: Cause, progress: &Progress) -> bool {
    match cause {
        Cause::Request(index) => progress.numbers[index].is_some(),
        Cause::Input(index, bytes) => progress.input[index].len() >= bytes,
    }
}

/// The exit code in the answer to a wait.
fn exit_code(answer: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(answer);
    let (_, rest) = text.split_once("\"StatusCode\":")?;
    rest.split([',', '}']).next()?.parse().ok()
}

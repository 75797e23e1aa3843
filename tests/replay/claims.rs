//! What holds for every run, whatever the engine does.

use std::collections::BTreeSet;
use std::time::Duration;

use runner_lite::error_chain::chain;
use runner_lite::executor::event::EventKind;
use runner_lite::executor::notice::Notice;
use runner_lite::executor::outcome::Failure;

use crate::case::CaseResult;
use crate::endpoint::{self, Endpoint};
use crate::fault::{Fault, FaultKind};
use crate::jobs::{self, JobRun, TrueResult};
use crate::recording::{RecordedExchange, Recording};
use crate::replaying::{Progress, ReceivedRequest};

/// The prefix of the names of everything that must be removed.
const TEMPORARY: &str = "runner-lite-project-1-concurrent-9-";

/// The claims that a case violates. `whole` is the virtual time of the run without a fault.
pub(crate) fn violations(
    recording: &Recording,
    fault: Fault,
    whole: Duration,
    case: &CaseResult,
) -> Vec<String> {
    let exchange = &recording.exchanges[fault.exchange];
    let endpoint = Endpoint::of(exchange.kind());
    let mut found = Vec::new();
    let Some(run) = &case.run else { return vec!["it does not end".to_owned()] };
    let limit = whole + patience(endpoint, fault.kind);
    if case.elapsed > limit {
        found.push(format!("it took {:?}, and its limit is {limit:?}", case.elapsed));
    }
    match run {
        Ok(run) => {
            found.extend(result_violation(recording, run, case, endpoint));
            found.extend(leftovers(run, &case.progress));
        }
        Err(error) => found.extend(operation_violation(&chain(error), endpoint)),
    }
    found
}

/// Violations of: the true result or none, and an error that names the operation.
fn result_violation(
    recording: &Recording,
    run: &JobRun,
    case: &CaseResult,
    endpoint: &Endpoint,
) -> Option<String> {
    let progress = &case.progress;
    let truth = jobs::true_result(recording.job);
    match run.reported() {
        Some(result) if result != truth => Some(format!("it reports {result:?}, and the truth is {truth:?}")),
        Some(TrueResult::ExitCode(_)) if !exit_code_arrived(recording, progress) => {
            Some("it reports an exit code that has not arrived".to_owned())
        }
        Some(_) => None,
        None if endpoint.follows_the_result() && !case.signalled => {
            Some("it does not report the result, which it knew".to_owned())
        }
        None => match run.outcome.failure()? {
            Failure::Interrupted(_) if !case.signalled => {
                Some("it reports a signal that nobody has sent".to_owned())
            }
            Failure::Interrupted(_) => None,
            Failure::Timeout { .. } if case.elapsed < jobs::TIMEOUT => {
                Some("it reports a timeout before the time limit".to_owned())
            }
            // The time limit of the job is the named limit of these waits.
            Failure::Timeout { .. } if endpoint.is_limited_by_the_job() => None,
            failure => operation_violation(&chain(failure), endpoint),
        },
    }
}

/// How much later than without a fault a run may end.
fn patience(endpoint: &Endpoint, kind: FaultKind) -> Duration {
    match kind {
        FaultKind::Stall(_) => endpoint.patience_with_silence(),
        FaultKind::Signals(_) => endpoint::PATIENCE_WITH_SIGNALS,
        _ => endpoint::PATIENCE,
    }
}

fn operation_violation(text: &str, endpoint: &Endpoint) -> Option<String> {
    let names = |operation: &&str| text.contains(&format!("cannot {operation} `"));
    // The output of a container may end at any border, so that the client asks for the container's state.
    let of_container =
        ["` was lost: ", ", but no shell in it reported that it had received the whole script: "];
    let is_attach = endpoint.kind == "POST-containers-attach";
    // A recording answers a start after the output that came before the answer: it stalls with that output.
    let waits_for_start = text.contains("cannot start container `") && text.contains("no answer after");
    let is_lost = is_attach && (waits_for_start || of_container.iter().any(|words| text.contains(words)));
    // An image that the engine does not have is pulled.
    let is_pull = endpoint.kind.contains("-images-") && text.starts_with("failed to pull image \"");
    let is_named = endpoint.operations.iter().any(names) || is_pull || is_lost;
    (!is_named).then(|| format!("its error does not name the operation: {text}"))
}

/// Whether the client could read the exit code of the script, in the answer to a wait or to a question about its state.
fn exit_code_arrived(recording: &Recording, progress: &Progress) -> bool {
    let is_inspection = |line: &str| line.starts_with("GET ") && line.contains("-build/json ");
    if progress.requests.iter().any(|request| request.succeeded && is_inspection(&request.line)) {
        return true;
    }
    let is_wait = |exchange: &RecordedExchange| exchange.request.line.contains("-build/wait?");
    recording.exchanges.iter().zip(&progress.sent).any(|(exchange, sent)| {
        let code_end = exchange.answer.iter().rposition(|byte| *byte == b'}').map(|end| end + 1);
        is_wait(exchange) && code_end.is_some_and(|end| *sent >= end)
    })
}

/// Objects that the run has created, has not removed, and does not name as leftovers.
fn leftovers(run: &JobRun, progress: &Progress) -> Vec<String> {
    let told = |name: &str| {
        run.events.iter().any(|event| match &event.kind {
            EventKind::Notice(Notice::ObjectNotRemoved { command, .. }) => command.ends_with(name),
            _ => false,
        })
    };
    let removed = |name: &str| {
        let is_removal = |request: &&ReceivedRequest| {
            request.line.starts_with("DELETE ") && request.succeeded && removed_name(&request.line) == name
        };
        progress.requests.iter().any(|request| is_removal(&request))
    };
    let created: BTreeSet<String> = progress.requests.iter().flat_map(created).collect();
    let left = created.into_iter().filter(|name| !removed(name) && !told(name));
    left.map(|name| format!("it leaves {name} without a word")).collect()
}

/// `x` of `DELETE /v1.41/containers/x?force=1 HTTP/1.1`.
fn removed_name(line: &str) -> &str {
    let path = line.split([' ', '?']).nth(1).unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// The names of the temporary objects that a request creates: a container and the volumes that it mounts, a network, a
/// volume.
fn created(request: &ReceivedRequest) -> Vec<String> {
    let (Some(body), true) = (&request.body, request.line.contains("/create")) else { return Vec::new() };
    let of_query = request.line.split(['?', '&', ' ']).find_map(|part| part.strip_prefix("name="));
    let of_body = body["Name"].as_str();
    let binds = body["HostConfig"]["Binds"].as_array().into_iter().flatten();
    let volumes = binds.filter_map(|bind| bind.as_str()?.split(':').next());
    let names = of_query.into_iter().chain(of_body).chain(volumes);
    names.filter(|name| name.starts_with(TEMPORARY)).map(str::to_owned).collect()
}

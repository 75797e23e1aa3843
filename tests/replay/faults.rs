//! Every kind of fault in every answer of the recorded jobs.
//!
//! `scripts/sweep ENGINE` sets [`SWEEP`], with which answers are cut and scripts end at every byte, for one engine.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use crate::case::{self, Files};
use crate::claims;
use crate::endpoint::Endpoint;
use crate::fault::{Fault, FaultKind, borders, input_borders, sparse_borders};
use crate::recording::{RecordedExchange, Recording};

/// The variable with the name of the engine to sweep.
const SWEEP: &str = "RUNNER_LITE_SWEEP";

/// Cases that are known to be wrong: the kind of exchange, the fault, words of the violation, and the reason.
const KNOWN: &[(&str, &str, &str, &str)] = &[];

/// How many violations are printed.
const TOLD_MAX: usize = 40;

/// Runs a case for every fault that `faults` gives for an exchange, and prints how many there were.
fn check(what: &str, recordings: Vec<Recording>, faults: impl Fn(&RecordedExchange) -> Vec<FaultKind>) {
    let recordings: Vec<Arc<Recording>> = recordings.into_iter().map(Arc::new).collect();
    let mut cases = Vec::new();
    for recording in &recordings {
        let before = cases.len();
        for (exchange, recorded) in recording.exchanges.iter().enumerate() {
            let of_exchange = faults(recorded).into_iter().map(|kind| Fault { exchange, kind });
            cases.extend(of_exchange.map(|fault| (Arc::clone(recording), fault)));
        }
        assert!(cases.len() > before, "no case of {what} in {}/{}", recording.engine, recording.job);
    }
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = cases.len().div_ceil(workers);
    let violations: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = cases.chunks(share).map(|cases| scope.spawn(|| check_all(cases))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    // Not captured, so that the number is seen in every run.
    let line = format!("\nreplay: {} cases of {what}\n", cases.len());
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    let told: Vec<&String> = violations.iter().take(TOLD_MAX).collect();
    assert!(violations.is_empty(), "{} violations in {} cases: {told:#?}", violations.len(), cases.len());
}

fn check_all(cases: &[(Arc<Recording>, Fault)]) -> Vec<String> {
    let files = Files::new();
    let mut found = Vec::new();
    let mut whole = None;
    for (recording, fault) in cases {
        let elapsed = match &whole {
            Some((known, elapsed)) if Arc::ptr_eq(known, recording) => *elapsed,
            _ => {
                let elapsed = case::run(recording, None, &files).elapsed;
                whole = Some((Arc::clone(recording), elapsed));
                elapsed
            }
        };
        let result = catch_unwind(AssertUnwindSafe(|| case::run(recording, Some(*fault), &files)));
        let violations = match result {
            Ok(case) => claims::violations(recording, *fault, elapsed, &case),
            Err(_) => vec!["it panics".to_owned()],
        };
        let name = &recording.exchanges[fault.exchange].request.name;
        let case = format!("{}/{}/{name} {:?}", recording.engine, recording.job, fault.kind);
        let unknown = violations.into_iter().filter(|violation| !is_known(&case, violation));
        found.extend(unknown.map(|violation| format!("{case}: {violation}")));
    }
    found
}

fn is_known(case: &str, violation: &str) -> bool {
    KNOWN.iter().any(|(kind, fault, words, _)| {
        case.contains(&format!("-{kind} {fault}")) && violation.contains(words)
    })
}

/// The recordings of all engines, or of the one that is swept.
fn recordings() -> Vec<Recording> {
    match std::env::var(SWEEP) {
        Ok(engine) => Recording::of_engine(&engine),
        Err(_) => Recording::all(),
    }
}

/// The borders, or every place up to `end` in a sweep.
fn places(borders: Vec<usize>, end: usize) -> Vec<usize> {
    if std::env::var_os(SWEEP).is_some() { (0..end).collect() } else { borders }
}

#[test]
fn every_documented_refusal_is_an_error_that_names_its_operation() {
    check("refusals", recordings(), |exchange| {
        Endpoint::of(exchange.kind()).statuses.iter().map(|status| FaultKind::Status(*status)).collect()
    });
}

#[test]
fn an_answer_cut_at_any_border_gives_the_true_result_or_an_error() {
    check("cuts", recordings(), |exchange| {
        let places = places(borders(exchange), exchange.answer.len());
        places.into_iter().map(FaultKind::Cut).collect()
    });
}

#[test]
fn a_connection_lost_in_any_answer_gives_the_true_result_or_an_error() {
    check("resets", recordings(), |exchange| {
        sparse_borders(exchange).into_iter().map(FaultKind::Reset).collect()
    });
}

#[test]
fn an_answer_that_stalls_anywhere_is_waited_for_no_longer_than_its_limit() {
    check("stalls", recordings(), |exchange| {
        sparse_borders(exchange).into_iter().map(FaultKind::Stall).collect()
    });
}

#[test]
fn a_shell_that_gets_part_of_its_script_has_no_result() {
    check("lost input", recordings(), |exchange| {
        let script = exchange.request.stdin.as_ref().map_or(0, Vec::len);
        places(input_borders(exchange), script).into_iter().map(FaultKind::InputLost).collect()
    });
}

#[test]
fn a_signal_at_any_request_ends_the_job_and_removes_everything() {
    check("signals", recordings(), |_| vec![FaultKind::Signals(1), FaultKind::Signals(2)]);
}

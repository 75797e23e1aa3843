//! What programs read of a run of `exec`: events, report and JUnit, without an engine or with one that refuses.

use std::fs;

use serde_json::Value;

use super::fake_engine::{host_of, serve};
use super::sandbox::{ProgramOutput, Sandbox};

const FILE: &str =
    "t: {image: i, script: x, artifacts: {paths: [a]}}\nu: {image: i, script: x, needs: [t]}\n";

/// A project with an engine that has an image and refuses to create anything.
fn refusing_engine() -> Sandbox {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE)]);
    serve(&sandbox, |request| match request {
        request if request.contains("/_ping") => (200, "OK".to_owned()),
        request if request.contains("/create") => (500, r#"{"message": "no room for anything"}"#.to_owned()),
        request if request.starts_with("DELETE") => (404, r#"{"message": "no such object"}"#.to_owned()),
        _ => (200, "{}".to_owned()),
    });
    sandbox
}

fn exec(sandbox: &Sandbox, more: &[&str]) -> ProgramOutput {
    let host = host_of(sandbox);
    sandbox.run(&[&["exec", "u", "--host", &host], more].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_file_that_cannot_be_written_is_wrong_usage() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE)]);
    for option in ["--events", "--report", "--junit"] {
        let run = sandbox.run(&["exec", "t", "--host", "unix:///nowhere", option, "missing/file"]);
        assert_eq!(run.code, 2, "{run:?}");
        let expect = format!("error: {option}: cannot write `missing/file`: No such file");
        assert!(run.stderr.contains(&expect), "{run:?}");
    }
    let run = sandbox.run(&["exec", "t", "--host", "unix:///nowhere", "--timings=missing/file"]);
    assert!(run.code == 2 && run.stderr.contains("error: --timings: cannot write `missing/file`"), "{run:?}");
    let run = sandbox.run(&["exec", "t", "--events-lines"]);
    assert!(run.code == 2 && run.stderr.contains("--events"), "{run:?}");
}

#[test]
fn without_a_run_there_is_no_report_and_the_old_one_is_gone() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE), ("report.json", "{}")]);
    let run = sandbox.run(&["exec", "t", "--host", "unix:///nowhere", "--report", "report.json"]);
    assert_eq!(run.code, 125, "{run:?}");
    assert!(!sandbox.path("report.json").exists());
}

#[test]
fn a_run_that_the_engine_fails_is_reported_with_all_of_its_jobs() {
    let sandbox = refusing_engine();
    let files = ["--needs", "--events", "events", "--report", "report.json", "--junit", "junit.xml"];
    let run = exec(&sandbox, &files);
    assert_eq!(run.code, 125, "{run:?}");
    let report = json(&fs::read_to_string(sandbox.path("report.json")).unwrap());
    assert_eq!((&report["code"], &report["status"]), (&125.into(), &"failed".into()), "{report}");
    let states: Vec<String> = report["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| format!("{} {} {} {}", job["name"], job["state"], job["reason"], job["reason_jobs"]))
        .collect();
    assert_eq!(states, [r#""t" "failed" "system_failure" []"#, r#""u" "skipped" "job_failed" ["t"]"#]);
    let events = fs::read_to_string(sandbox.path("events")).unwrap();
    let told: Vec<String> = events
        .lines()
        .map(json)
        .map(|event| format!("{} {} {}", event["type"], event["job"], event["to"]).replace('"', ""))
        .collect();
    let expect = [
        "run_started null null",
        "job_state t pending",
        "job_state t running",
        "job_state t failed",
        "job_state u skipped",
        "run_finished null null",
    ];
    assert_eq!(told, expect);
    let junit = fs::read_to_string(sandbox.path("junit.xml")).unwrap();
    assert!(
        junit.contains(r#"<testsuites name="runner-lite" tests="2" failures="0" errors="1" skipped="1""#),
        "{junit}"
    );
    assert!(junit.contains("<error message=\"failed to pull image &quot;i&quot;"), "{junit}");
}

#[test]
fn events_on_standard_output_have_it_for_themselves() {
    let sandbox = refusing_engine();
    let run = exec(&sandbox, &["--needs", "--events", "-", "--events-lines"]);
    assert_eq!(run.code, 125, "{run:?}");
    let types: Vec<Value> = run.stdout.lines().map(|line| json(line)["type"].clone()).collect();
    assert!(types.len() > 6 && types.contains(&"job_line".into()), "{run:?}");
    assert!(run.stderr.contains("Running t in i (1 of 2)"), "{run:?}");
}

#[test]
fn a_run_goes_on_without_a_reader_of_its_events_and_says_so() {
    let sandbox = refusing_engine();
    let full = exec(&sandbox, &["--events", "/dev/full", "--report", "/dev/stdout"]);
    assert_eq!(full.code, 125, "{full:?}");
    assert!(
        full.stdout.contains("WARNING: --events: the events end here, and the run goes on: "),
        "{full:?}"
    );
    assert!(full.stdout.contains(r#""status": "failed""#), "{full:?}");
}

#[test]
fn a_report_that_cannot_be_written_in_the_end_is_an_error() {
    let sandbox = refusing_engine();
    let run = exec(&sandbox, &["--report", "/dev/full"]);
    assert!(run.stderr.contains("error: cannot write `/dev/full`: No space left on device"), "{run:?}");
}

#[test]
fn the_calls_of_a_run_are_a_table_below_the_log_and_not_in_the_log() {
    let sandbox = refusing_engine();
    let run = exec(&sandbox, &["--timings"]);
    assert_eq!(run.code, 125, "{run:?}");
    let (_, table) = run.stderr.split_once("   BEGUN").unwrap_or_else(|| panic!("{run:?}"));
    assert!(table.contains("  inspect image i\n"), "{table}");
    assert!(table.contains("== prepare_executor") && table.contains("Sum of seconds: "), "{table}");
    assert!(!run.stderr.contains("> GET "), "{run:?}");
    let run = exec(&sandbox, &["--timings=trace.json", "-vv"]);
    assert!(run.stderr.contains("> GET ") && !run.stderr.contains("   BEGUN"), "{run:?}");
    let trace = json(&fs::read_to_string(sandbox.path("trace.json")).unwrap());
    let call = trace.as_array().unwrap().iter().find(|event| event["name"] == "inspect image");
    assert_eq!(call.unwrap()["ph"], "X", "{trace}");
}

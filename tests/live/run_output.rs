//! What programs read of a run of `exec` on a real engine.

use std::path::Path;

use super::pipeline::Pipeline;
use super::run::{program, run_job_in, spawn, wait_with_output};

const FILE: &str = "
stages: [build, test]
default: {image: 'busybox:1.35'}
NAME-build:
  stage: build
  variables: {TOKEN: hunter2hunter2}
  script: [echo token $TOKEN secret4secret4, echo built > a, 'echo 81.5% covered']
  coverage: '/(\\d+\\.\\d+)% covered/'
  artifacts: {paths: [a]}
NAME-test:
  stage: test
  script: [cat a, exit 7]
";

/// A project whose jobs have names of their own: tests run at the same time, and look for what is left of their jobs.
fn project(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), FILE.replace("NAME", name)).unwrap();
    std::fs::write(folder.path().join(".runner-lite.env"), "# masked\nSECRET=secret4secret4\n").unwrap();
    folder
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn a_failed_run_of_two_jobs_is_told_to_programs() {
    let project = project("told");
    let folder = project.path();
    let files = ["--needs", "--events", "e", "--events-lines", "--report", "r", "--junit", "j"];
    run_job_in(folder, "told-test", &files).assert(1, &["built"]);
    let report = json(&read(folder, "r"));
    assert_eq!((&report["status"], &report["code"]), (&"failed".into(), &1.into()), "{report}");
    let (build, test) = (&report["jobs"][0], &report["jobs"][1]);
    assert_eq!((&build["state"], &build["exit_code"]), (&"success".into(), &0.into()), "{report}");
    assert_eq!((&build["coverage"], &build["artifacts"]["files"]), (&81.5.into(), &1.into()), "{report}");
    assert_eq!((&test["reason"], &test["exit_code"]), (&"script_failure".into(), &7.into()), "{report}");
    assert!(Path::new(build["log"].as_str().unwrap()).is_file(), "{report}");
    let events = read(folder, "e");
    let types: Vec<serde_json::Value> = events.lines().map(|line| json(line)["type"].clone()).collect();
    assert_eq!((&types[0], types.last()), (&"run_started".into(), Some(&"run_finished".into())), "{events}");
    for kind in ["job_state", "job_line", "artifacts"] {
        assert!(types.contains(&kind.into()), "{kind}: {events}");
    }
    let junit = read(folder, "j");
    assert!(junit.contains(r#"<failure message="exit code 7" type="script_failure">"#), "{junit}");
}

#[test]
fn events_on_standard_output_are_alone_there_and_the_log_is_on_standard_error() {
    let project = project("streamed");
    let run = run_job_in(project.path(), "streamed-build", &["--events", "-"]);
    run.assert(0, &[]);
    let events = String::from_utf8(run.stdout.clone()).unwrap();
    assert!(events.lines().count() > 4 && events.lines().all(|line| json(line)["version"] == 1), "{events}");
    assert!(run.stderr.contains("Job succeeded"), "{}", run.stderr);
}

#[test]
fn events_tell_what_happened_to_a_cache_and_the_size_of_what_was_moved() {
    let pipeline = Pipeline::new(
        "
cached-told:
  image: busybox:1.35
  cache: {key: k, paths: [c]}
  script: ['[ -e c ] || echo 12345 >c']
",
    );
    let caches = || {
        pipeline.run(&["pipeline", "--events", "e"]).assert(0, &[]);
        let events = read(pipeline.folder(), "e");
        let all = events.lines().map(json).filter(|event| event["type"] == "cache");
        all.map(|event| format!("{} {}", event["result"], event["bytes"])).collect::<Vec<_>>()
    };
    assert_eq!(caches(), [r#""miss" null"#, r#""saved" 6"#]);
    assert_eq!(caches(), [r#""hit" 6"#, r#""unchanged" null"#]);
}

/// Two jobs at the same time, which write by turns, and a third that fails.
const BY_TURNS: &str = "
stages: [one, two]
default: {image: 'busybox:1.35'}
turns-a: {stage: one, script: ['echo a-$((1 + 0))', sleep 2, 'echo a-$((1 + 1))']}
turns-b: {stage: one, script: [sleep 1, 'echo b-$((1 + 0))', sleep 2, 'echo b-$((1 + 1))']}
turns-c: {stage: two, script: ['echo c-$((1 + 0))', exit 3]}
";

/// The lines of the jobs' own output, in the order in which the run with `--output HOW` shows them.
fn shown(how: &str) -> (Vec<String>, String) {
    let outcome = Pipeline::new(BY_TURNS).run(&["pipeline", "-j", "2", "--output", how]);
    outcome.assert(1, &[]);
    let log = outcome.log();
    let is_output = |word: &&str| ["a-1", "a-2", "b-1", "b-2", "c-1"].contains(word);
    (
        log.lines()
            .filter_map(|line| line.split(' ').next_back().filter(is_output))
            .map(str::to_owned)
            .collect(),
        log,
    )
}

#[test]
fn the_output_of_jobs_that_overlap_is_shown_as_output_says() {
    let (prefixed, log) = shown("prefix");
    assert_eq!(prefixed, ["a-1", "b-1", "a-2", "b-2", "c-1"], "{log}");
    assert!(log.contains("\nturns-a │ a-1\n"), "{log}");
    let (grouped, log) = shown("grouped");
    assert_eq!(grouped, ["a-1", "a-2", "b-1", "b-2", "c-1"], "{log}");
    assert!(!log.contains('│'), "{log}");
    let (failed, log) = shown("failed");
    assert!(failed == ["c-1"] && log.contains("\nc-1\n"), "{log}");
    // The summary quotes the end of a log that was not shown.
    let (none, log) = shown("none");
    assert!(none == ["c-1"] && log.contains("\n  | c-1\n"), "{log}");
}

#[test]
fn timings_have_the_phases_the_calls_and_the_service_of_a_job_and_the_critical_path_of_a_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "
stages: [build, test]
default: {image: 'busybox:1.35'}
timed-build: {stage: build, script: [sleep 1]}
timed-test:
  stage: test
  services: [redis:latest]
  script: [echo tested]
";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let run = run_job_in(folder.path(), "timed-test", &["--timings"]);
    run.assert(0, &["tested"]);
    let (_, table) = run.stderr.split_once("   BEGUN").unwrap_or_else(|| panic!("{}", run.stderr));
    for text in ["create container build", "== step_script", "wait for service redis:latest", "== cleanup"] {
        assert!(table.contains(text), "{text}: {table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    let child = spawn(program(), folder.path(), &["pipeline", "--timings=trace.json"]);
    let run = wait_with_output(child, |_| {});
    run.assert(0, &["tested"]);
    let trace = json(&read(folder.path(), "trace.json"));
    let events = trace.as_array().unwrap();
    let path = events.iter().filter(|event| event["cat"] == "critical path");
    assert_eq!(
        path.map(|event| &event["name"]).collect::<Vec<_>>(),
        ["timed-build", "timed-test"],
        "{trace}"
    );
    let job = |name: &str| {
        let is_process =
            |event: &&serde_json::Value| event["name"] == "process_name" && event["args"]["name"] == name;
        events.iter().find(is_process).unwrap()["pid"].clone()
    };
    let create = |name| {
        events.iter().filter(move |event| event["name"] == "create container" && event["pid"] == job(name))
    };
    assert!(create("timed-build").count() >= 1 && create("timed-test").count() >= 2, "{trace}");
    let script =
        events.iter().find(|it| it["name"] == "step_script" && it["pid"] == job("timed-build")).unwrap();
    assert!(script["dur"].as_u64().unwrap() >= 1_000_000, "{script}");
}

//! Being stopped: by a signal, by the clock, by the reader of the log.

use std::process::Command;
use std::time::Duration;

use super::leftovers;
use super::run::{Outcome, finish, job_with, start};

/// Runs job `name` of `yaml`, which prints `begun` and would then take minutes, and sends it `signal` at that.
fn stopped(name: &str, yaml: &str, signal: &str) -> Outcome {
    stopped_at("\nbegun\n", name, yaml, signal)
}

/// The same at another text of the log.
fn stopped_at(text: &str, name: &str, yaml: &str, signal: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let child = start(folder.path(), name, &[]);
    let process = child.id().to_string();
    let mut sent = false;
    let outcome = finish(child, |output| {
        if !sent && String::from_utf8_lossy(output).contains(text) {
            sent = true;
            assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
        }
    });
    leftovers::assert_none(name);
    outcome
}

#[test]
fn signals_stop_the_job_and_everything_is_removed() {
    for (name, signal, code, word) in
        [("stop-int", "-INT", 130, "interrupt"), ("stop-term", "-TERM", 143, "terminated")]
    {
        let script = "['echo begun', 'sleep 300', 'echo never']";
        let yaml = format!("{name}: {{image: 'busybox:1.35', script: {script}}}");
        let outcome = stopped(name, &yaml, signal);
        outcome.assert(code, &[&format!("ERROR: Job failed: aborted: {word}\n")]);
        assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
        assert!(outcome.elapsed < Duration::from_secs(15), "{:?}", outcome.elapsed);
    }
}

#[test]
fn a_trap_on_exit_runs_before_a_stopped_job_is_removed() {
    for (name, signal, code) in [("stop-trap-int", "-INT", 130), ("stop-trap-term", "-TERM", 143)] {
        let script = "[\"trap 'echo trap has run' EXIT\", 'echo begun', 'sleep 300']";
        let yaml = format!("{name}: {{image: 'debian:bookworm-slim', script: {script}}}");
        stopped(name, &yaml, signal).assert(code, &["\ntrap has run\n"]);
    }
}

#[test]
fn a_job_that_takes_too_long_is_stopped_in_gitlabs_words() {
    let yaml = "stop-timeout:\n  image: busybox:1.35\n  script: [sleep 300]\n  after_script: [echo never]\n";
    let outcome = job_with("stop-timeout", yaml, &["--timeout", "2s"]);
    outcome.assert(1, &["ERROR: Job failed: execution took longer than 2s seconds\n"]);
    assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
}

#[test]
fn after_a_script_that_takes_too_long_after_script_still_runs() {
    let yaml = "
stop-script:
  image: busybox:1.35
  variables: {RUNNER_SCRIPT_TIMEOUT: 1s}
  script: [touch made, sleep 300, echo never]
  after_script: ['test -f made', 'echo \"status $CI_JOB_STATUS\"']
";
    let outcome = job_with("stop-script", yaml, &[]);
    outcome.assert(
        1,
        &["\nstatus timedout\n", "ERROR: Job failed: script timeout: execution took longer than 1s\n"],
    );
    assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
    assert!(outcome.elapsed < Duration::from_secs(8), "{:?}", outcome.elapsed);
}

#[test]
fn a_signal_while_services_are_waited_for_removes_them() {
    let yaml = "
stop-service:
  image: busybox:1.35
  services: [runner-lite/lab-silent-port]
  script: [echo never]
";
    let outcome = stopped_at("Waiting for services", "stop-service", yaml, "-INT");
    outcome.assert(130, &["ERROR: Job failed: aborted: interrupt\n"]);
    assert!(outcome.elapsed < Duration::from_secs(15), "{:?}", outcome.elapsed);
}

#[test]
fn a_reader_that_goes_away_stops_the_job() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(".gitlab-ci.yml"),
        "stop-pipe: {image: 'busybox:1.35', script: ['yes']}",
    )
    .unwrap();
    let mut child = start(folder.path(), "stop-pipe", &[]);
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(141));
    leftovers::assert_none("stop-pipe");
}

#[test]
fn the_timeout_of_the_file_counts() {
    let yaml = "stop-file:\n  image: busybox:1.35\n  timeout: 2 seconds\n  script: ['echo $CI_JOB_TIMEOUT', sleep 300]\n";
    let outcome = job_with("stop-file", yaml, &[]);
    outcome.assert(1, &["\n2\n", "ERROR: Job failed: execution took longer than 2s seconds\n"]);
}

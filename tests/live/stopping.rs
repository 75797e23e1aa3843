//! Jobs that are stopped by a signal, by a timeout, or because the output pipe is closed.

use std::process::Command;
use std::time::Duration;

use super::engine;
use super::run::{Outcome, run_job_with, start_job, wait_with_output};

/// Runs job `name` of `yaml` and sends the program `signal` once the job has printed `begun`.
fn run_and_signal(name: &str, yaml: &str, signal: &str) -> Outcome {
    run_and_signal_at("\nbegun\n", name, yaml, signal)
}

/// Runs job `name` of `yaml` and sends the program `signal` once the log contains `text`.
fn run_and_signal_at(text: &str, name: &str, yaml: &str, signal: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let child = start_job(folder.path(), name, &[]);
    let process = child.id().to_string();
    let mut sent = false;
    let outcome = wait_with_output(child, |output| {
        if !sent && String::from_utf8_lossy(output).contains(text) {
            sent = true;
            assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
        }
    });
    engine::assert_nothing_left_of(name);
    outcome
}

/// The images whose stop is tested: BusyBox's shell, bash, and a user who is not root.
const IMAGES: [(&str, &str); 3] =
    [("busybox", "busybox:1.35"), ("bash", "debian:bookworm-slim"), ("user", "runner-lite/lab-user:latest")];

#[test]
fn a_signal_cancels_the_script_as_in_gitlab_and_after_script_runs() {
    for (signal, code, signal_name) in [("-INT", 130, "SIGINT"), ("-TERM", 143, "SIGTERM")] {
        for (shell, image) in IMAGES {
            let name = format!("stop{signal}-{shell}").to_lowercase();
            let yaml = format!(
                "{name}:\n  image: '{image}'\n  script: [echo begun, sleep 300, echo never]\n  \
                 after_script: ['echo \"after $CI_JOB_STATUS\"']\n"
            );
            let outcome = run_and_signal(&name, &yaml, signal);
            let canceled = format!("WARNING: script canceled externally ({signal_name})\n");
            outcome.assert(
                code,
                &["Terminated", &canceled, "\nafter canceled\n", "ERROR: Job failed: canceled\n"],
            );
            assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
            assert!(outcome.elapsed < Duration::from_secs(10), "{name}: {:?}", outcome.elapsed);
        }
    }
}

#[test]
fn a_child_that_handles_sigterm_still_prints() {
    for (shell, image) in IMAGES {
        let name = format!("stop-child-{shell}");
        let child = "sh -c 'trap \"echo child ends; exit 0\" TERM; echo begun; while :; do sleep 0.2; done'";
        let yaml = format!("{name}:\n  image: '{image}'\n  script:\n    - |\n      {child}\n      exit 3\n");
        let outcome = run_and_signal(&name, &yaml, "-INT");
        outcome.assert(130, &["\nchild ends\n", "ERROR: Job failed: canceled\n"]);
    }
}

#[test]
fn the_exit_trap_of_a_stopped_script_runs() {
    for (name, signal, code) in [("stop-trap-int", "-INT", 130), ("stop-trap-term", "-TERM", 143)] {
        let script = "[\"trap 'echo trap has run' EXIT\", 'echo begun', 'sleep 300']";
        let yaml = format!("{name}: {{image: 'debian:bookworm-slim', script: {script}}}");
        run_and_signal(name, &yaml, signal).assert(code, &["\ntrap has run\n"]);
    }
}

#[test]
fn a_job_that_exceeds_its_timeout_fails_with_gitlabs_message() {
    let yaml = "stop-timeout:\n  image: busybox:1.35\n  script: [sleep 300]\n  after_script: [echo never]\n";
    let outcome = run_job_with("stop-timeout", yaml, &["--timeout", "2s"]);
    outcome.assert(1, &["ERROR: Job failed: execution took longer than 2s seconds\n"]);
    assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
}

#[test]
fn after_script_runs_after_a_script_timeout() {
    let yaml = "
stop-script:
  image: busybox:1.35
  variables: {RUNNER_SCRIPT_TIMEOUT: 1s}
  script: [touch made, sleep 300, echo never]
  after_script: ['test -f made', 'echo \"status $CI_JOB_STATUS\"']
";
    let outcome = run_job_with("stop-script", yaml, &[]);
    outcome.assert(
        1,
        &["\nstatus timedout\n", "ERROR: Job failed: script timeout: execution took longer than 1s\n"],
    );
    assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
    assert!(outcome.elapsed < Duration::from_secs(8), "{:?}", outcome.elapsed);
}

#[test]
fn a_signal_during_the_service_check_removes_the_services() {
    let yaml = "
stop-service:
  image: busybox:1.35
  services: [runner-lite/lab-silent-port]
  script: [echo never]
";
    let outcome = run_and_signal_at("Waiting for services", "stop-service", yaml, "-INT");
    outcome.assert(130, &["ERROR: Job failed: canceled\n"]);
    assert!(outcome.elapsed < Duration::from_secs(15), "{:?}", outcome.elapsed);
}

#[test]
fn a_closed_output_pipe_stops_the_job() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(".gitlab-ci.yml"),
        "stop-pipe: {image: 'busybox:1.35', script: ['yes']}",
    )
    .unwrap();
    let mut child = start_job(folder.path(), "stop-pipe", &[]);
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(141));
    engine::assert_nothing_left_of("stop-pipe");
}

#[test]
fn the_timeout_keyword_limits_the_job() {
    let yaml = "stop-file:\n  image: busybox:1.35\n  timeout: 2 seconds\n  script: ['echo $CI_JOB_TIMEOUT', sleep 300]\n";
    let outcome = run_job_with("stop-file", yaml, &[]);
    outcome.assert(1, &["\n2\n", "ERROR: Job failed: execution took longer than 2s seconds\n"]);
}

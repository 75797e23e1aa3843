//! Jobs that are stopped by a signal, by a timeout, or because the output pipe is closed.

mod unread_log;

use std::process::Command;
use std::time::{Duration, Instant};

use super::engine;
use super::run::{Outcome, binary, program, run_job_with, spawn, start_job, wait_with_output};

/// Runs job `name` of `yaml` and sends the program `signal` once the job has printed `begun`.
fn run_and_signal(name: &str, yaml: &str, signal: &str) -> Outcome {
    run_and_signal_at("\nbegun\n", name, yaml, signal)
}

/// Runs job `name` of `yaml` and sends the program `signal` once the log, with `-v`, contains `text`.
fn run_and_signal_at(text: &str, name: &str, yaml: &str, signal: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let child = start_job(folder.path(), name, &["-v"]);
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

/// The time between two signals: each must be received before the next one counts.
const BETWEEN_SIGNALS: Duration = Duration::from_millis(20);

/// Runs job `name` of `yaml`, and sends the program `signals` once the job has printed `begun`. Objects may be left.
fn run_and_signal_repeatedly(name: &str, yaml: &str, signals: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let child = start_job(folder.path(), name, &[]);
    let process = child.id().to_string();
    let mut sent = false;
    wait_with_output(child, |output| {
        if !sent && String::from_utf8_lossy(output).contains("\nbegun\n") {
            sent = true;
            for signal in signals {
                assert!(Command::new("kill").args([*signal, &process]).status().unwrap().success());
                std::thread::sleep(BETWEEN_SIGNALS);
            }
        }
    })
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

/// The warning about a script that a time limit has stopped.
fn limit_warning(script: &str) -> String {
    format!("WARNING: {script} could not run to completion because the timeout was exceeded.")
}

#[test]
fn the_jobs_timeout_ends_everything_after_sigterm_and_without_after_script() {
    for (shell, image) in IMAGES {
        let name = format!("stop-timeout-{shell}");
        let yaml = format!(
            "{name}:\n  image: '{image}'\n  script: [\"trap 'echo the trap has run' EXIT\", sleep 300]\n  \
             after_script: [echo never]\n"
        );
        let outcome = run_job_with(&name, &yaml, &["--timeout", "3s"]);
        let message = "ERROR: Job failed: execution took longer than 3 s\n";
        outcome.assert(1, &["Terminated", "\nthe trap has run\n", &limit_warning("step_script"), message]);
        assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
    }
}

#[test]
fn after_script_runs_after_a_script_timeout() {
    for (shell, image) in IMAGES {
        let name = format!("stop-script-{shell}");
        let yaml = format!(
            "{name}:\n  image: '{image}'\n  variables: {{RUNNER_SCRIPT_TIMEOUT: 1s}}\n  \
             script: [touch made, sleep 300, echo never]\n  \
             after_script: ['test -f made', 'echo \"status $CI_JOB_STATUS\"']\n"
        );
        let outcome = run_job_with(&name, &yaml, &[]);
        let message = "ERROR: Job failed: script timeout: execution took longer than 1 s\n";
        outcome.assert(1, &["Terminated", &limit_warning("step_script"), "\nstatus timedout\n", message]);
        assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
        assert!(outcome.elapsed < Duration::from_secs(10), "{:?}", outcome.elapsed);
    }
}

#[test]
fn a_timeout_of_after_script_is_a_warning() {
    for (shell, image) in IMAGES {
        let name = format!("stop-after-{shell}");
        let yaml = format!(
            "{name}:\n  image: '{image}'\n  variables: {{RUNNER_AFTER_SCRIPT_TIMEOUT: 1s}}\n  script: [echo a]\n  \
             after_script: [echo b, sleep 300, echo never]\n"
        );
        let outcome = run_job_with(&name, &yaml, &[]);
        let failed = "WARNING: after_script failed, but job will continue unaffected: exit code 143\n";
        outcome
            .assert(0, &["\nb\n", "Terminated", &limit_warning("after_script"), failed, "Job succeeded\n"]);
        assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
    }
}

#[test]
fn a_timeout_of_after_script_that_counts_is_no_exit_code_of_the_script() {
    let yaml = "
stop-counts:
  image: busybox:1.35
  variables: {RUNNER_AFTER_SCRIPT_TIMEOUT: 1s, AFTER_SCRIPT_IGNORE_ERRORS: 'false'}
  script: [echo a]
  after_script: [sleep 300]
  allow_failure: {exit_codes: [1, 143]}
";
    let message = "ERROR: Job failed: script timeout: execution took longer than 1 s\n";
    run_job_with("stop-counts", yaml, &[]).assert(1, &[message]);
}

#[test]
fn the_jobs_timeout_in_after_script_fails_the_job() {
    let yaml = "stop-late: {image: 'busybox:1.35', script: [echo a], after_script: [sleep 300]}";
    let message = "ERROR: Job failed: execution took longer than 3 s\n";
    run_job_with("stop-late", yaml, &["--timeout", "3s"]).assert(1, &[message]);
}

#[test]
fn a_job_that_is_stopped_in_after_script_is_canceled_and_not_retried() {
    let yaml = "
stop-in-after:
  image: busybox:1.35
  script: [exit 3]
  after_script: [echo begun, sleep 300]
  retry: 2
";
    let outcome = run_and_signal("stop-in-after", yaml, "-INT");
    outcome.assert(130, &["ERROR: Job failed: canceled\n"]);
    assert!(!outcome.log().contains("Retrying"), "{}", outcome.log());
}

#[test]
fn a_third_signal_leaves_what_is_not_removed_and_names_it() {
    let name = "stop-thrice";
    // A job with artifacts has a volume for its project.
    let yaml = format!(
        "{name}: {{image: 'busybox:1.35', script: [\"trap '' TERM\", echo begun, 'while :; do sleep 1; done'], \
         artifacts: {{paths: [none]}}}}"
    );
    let outcome = run_and_signal_repeatedly(name, &yaml, &["-INT", "-TERM", "-QUIT"]);
    outcome.assert(130, &[]);
    let (_, named) = outcome.stderr.split_once("ERROR: not removed: ").expect(&outcome.stderr);
    let (named, advice) = named.split_once("; ").unwrap();
    assert!(advice.contains("`runner-lite clean`"), "{advice}");
    assert!(named.contains("container runner-") && named.contains("volume runner-"), "{named}");
    // The engine may have begun to remove some of them.
    let mut clean = program();
    let cleaned = clean.args(["clean", "--force"]).env("RUNNER_LITE_CONFIG", "").output().unwrap();
    assert!(cleaned.status.success(), "{cleaned:?}");
    engine::wait_until_nothing_left_of(name);
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
    outcome.assert(1, &["\n2\n", "ERROR: Job failed: execution took longer than 2 s\n"]);
}

/// Runs job `name` with a log that nobody reads, until it waits for its reader, then does `act` with the process.
/// Returns the exit code and how long the program needed for it.
fn stop_with_unread_log(
    name: &str,
    script: &str,
    arguments: &[&str],
    act: impl FnOnce(&str),
) -> (i32, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: ['{script}'], after_script: [echo after]}}");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let mut child = start_job(folder.path(), name, arguments);
    engine::wait_for_container_of(name);
    // The pipe and the queue of events are full in less than this.
    std::thread::sleep(Duration::from_secs(1));
    let began = Instant::now();
    act(&child.id().to_string());
    let code = child.wait().unwrap().code();
    let elapsed = began.elapsed();
    engine::assert_nothing_left_of(name);
    (code.unwrap(), elapsed)
}

#[test]
fn a_signal_stops_a_job_whose_log_nobody_reads() {
    let interrupt = |process: &str| {
        assert!(Command::new("kill").args(["-INT", process]).status().unwrap().success());
    };
    let (exit_code, elapsed) = stop_with_unread_log("unread-int", "yes", &[], interrupt);
    assert_eq!(exit_code, 130);
    // SIGTERM cannot end a shell that waits for its own output to be read.
    assert!(elapsed < Duration::from_secs(25), "{elapsed:?}");
}

#[test]
fn a_timeout_removes_a_job_whose_log_nobody_reads() {
    let name = "unread-timeout";
    let removed = |process: &str| {
        // The program itself waits for the reader of its last lines, as every program does.
        engine::wait_until_nothing_left_of(name);
        assert!(Command::new("kill").args(["-INT", process]).status().unwrap().success());
    };
    let (exit_code, _) = stop_with_unread_log(name, "yes", &["--timeout", "3s"], removed);
    assert_eq!(exit_code, 1);
}

#[test]
fn a_slow_reader_loses_no_output_and_the_known_exit_code_is_the_result() {
    let folder = tempfile::tempdir().unwrap();
    // More than pipes and queues hold, so that the container has ended long before its output is read.
    let yaml = "slow-reader: {image: 'busybox:1.35', script: ['seq 1 60000']}";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let child = start_job(folder.path(), "slow-reader", &["-q", "--timeout", "3s"]);
    let outcome = wait_with_output(child, |output| {
        // 340 kB in pieces of at most 64 KiB: the timeout passes meanwhile.
        std::thread::sleep(Duration::from_millis(if output.len() < 200_000 { 1000 } else { 0 }));
    });
    engine::assert_nothing_left_of("slow-reader");
    outcome.assert(0, &["\n60000\n"]);
}

#[test]
fn a_signal_that_is_ignored_at_the_start_stays_ignored() {
    let name = "ignored-hup";
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [echo begun, sleep 2, echo ended]}}");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP INT; exec \"$0\" \"$@\""]).arg(binary());
    let child = spawn(shell, folder.path(), &["exec", name]);
    let process = child.id().to_string();
    let mut sent = false;
    let outcome = wait_with_output(child, |output| {
        if !sent && String::from_utf8_lossy(output).contains("\nbegun\n") {
            sent = true;
            for signal in ["-HUP", "-INT"] {
                assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
            }
        }
    });
    outcome.assert(0, &["\nended\n", "Job succeeded\n"]);
}

#[test]
fn sigquit_and_sighup_clean_up() {
    for (name, signal, code) in [("stop-quit", "-QUIT", 131), ("stop-hup", "-HUP", 129)] {
        let yaml = format!("{name}: {{image: 'busybox:1.35', script: [echo begun, sleep 300]}}");
        run_and_signal(name, &yaml, signal).assert(code, &["ERROR: Job failed: canceled\n"]);
    }
}

/// A script that makes `/bin/sh` loop for ever, so that no command can be run in its container any more.
const LOOPING_SHELL: &str = "[rm /bin/sh, 'printf \"#!/bin/busybox sh\\nwhile :; do :; done\\n\" >/bin/sh', \
     'chmod +x /bin/sh', echo begun, 'while :; do sleep 1; done']";

#[test]
fn a_job_that_replaces_its_shell_can_be_stopped_and_timed_out() {
    let yaml = |name: &str| format!("{name}: {{image: 'busybox:1.35', script: {LOOPING_SHELL}}}");
    let outcome = run_and_signal("shell-int", &yaml("shell-int"), "-INT");
    outcome.assert(130, &["ERROR: Job failed: canceled\n"]);
    assert!(outcome.elapsed < Duration::from_secs(30), "{:?}", outcome.elapsed);
    let outcome =
        run_job_with("shell-time", &yaml("shell-time"), &["--variable", "RUNNER_SCRIPT_TIMEOUT=1s"]);
    outcome.assert(1, &["ERROR: Job failed: script timeout"]);
    assert!(outcome.elapsed < Duration::from_secs(30), "{:?}", outcome.elapsed);
}

#[test]
fn a_second_signal_skips_after_script_and_kills() {
    for (shell, image) in IMAGES {
        let name = format!("stop-twice-{shell}");
        let yaml = format!(
            "{name}:\n  image: '{image}'\n  \
             script: [\"trap '' TERM\", echo begun, 'while :; do sleep 1; done']\n  after_script: [echo never]\n"
        );
        let outcome = run_and_signal_repeatedly(&name, &yaml, &["-INT", "-TERM"]);
        engine::assert_nothing_left_of(&name);
        outcome.assert(130, &["ERROR: Job failed: canceled\n"]);
        assert!(
            !outcome.log().contains("never\n") && outcome.elapsed < Duration::from_secs(8),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_full_disk_behind_the_log_is_reported() {
    let name = "full-disk";
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [echo begun, sleep 300]}}");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = program();
    command.args(["exec", name]).current_dir(folder.path()).env("RUNNER_LITE_CONFIG", "");
    let ended = command.stdout(full).output().unwrap();
    engine::assert_nothing_left_of(name);
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(125), "{stderr}");
    assert!(stderr.contains("cannot write the log: No space left on device"), "{stderr}");
}

//! The script's part of a log, and the verdict, are those of a real GitLab Runner.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use super::super::engine;
use super::super::log_differences::{Comparison, log_differences};
use super::super::pipeline::{Pipeline, at_once};
use super::super::recorded::{Case, Reference, archive_jobs, script_jobs, verdict};
use super::super::run::{Outcome, start_job, wait_with_output};
use super::{SECTIONS, begins_with};

/// The configuration of the recorded Runner, but for its volumes.
const CONFIG: &str = r#"
[[runners]]
  name = "peer"
  url = "https://gitlab.example.com"
  token = "peerpeerp"
  executor = "docker"
  [runners.docker]
    image = "busybox:1.35"
    pull_policy = ["if-not-present"]
"#;

/// The lines that end a log's script part: the result of the job, or the reason why it was not run.
const RESULTS: [&str; 3] = ["Job succeeded", "ERROR: Job failed", "error: invalid "];

/// The lines from the script's section to the result, without sections about artifacts and caches and without the blank
/// lines between sections.
pub(super) fn script_lines(outcome: &Outcome) -> Vec<String> {
    let log = outcome.log() + &outcome.stderr;
    let mut lines: Vec<String> = Vec::new();
    let (mut has_begun, mut is_skipped) = (false, false);
    for line in log.split('\n').map(str::trim_end) {
        let is_result = begins_with(line, &RESULTS);
        let is_heading = is_result || begins_with(line, &["Executing \"", "Running after_script"]);
        has_begun |= line.starts_with("Executing \"step_script\"") || line.starts_with("hint: ");
        is_skipped = !is_heading && (is_skipped || begins_with(line, &SECTIONS));
        let begins_section = is_heading || is_skipped || line.starts_with("error: command failed");
        if begins_section && lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        // A program that is not static says so where it selects files.
        let is_own = line.contains("the whole project directory is copied");
        if is_result || has_begun && !is_skipped && !is_own {
            lines.push(without_colours(line));
        }
        if is_result {
            break;
        }
    }
    lines
}

/// The line without escape sequences that choose colours.
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

/// Compares the script's part of a log, and the exit code, with those of the Runner.
pub(super) fn check(comparison: &Comparison<'_>, case: &Case, outcome: &Outcome) {
    let Case { name, state, failure_reason, exit_code, .. } = case;
    let runner = format!("{name}, in the Runner {state:?}, {failure_reason:?}, exit code {exit_code}");
    let log = format!("{}{}", outcome.log(), outcome.stderr);
    let last = comparison
        .compare(name, &case.script, &script_lines(outcome))
        .unwrap_or_else(|differs| panic!("{runner}:\n{differs}\n{log}"));
    assert_eq!(outcome.code, verdict(&last), "{runner}: {log}");
}

/// A repository with two commits and a remote, as the Runner had it.
fn project(reference: &Reference, case: &Case, job: &str) -> Pipeline {
    let pipeline = Pipeline::named(&case.name, &case.pipeline_file_with(job));
    pipeline.git(&["init", "-q", "-b", "main"]);
    for (key, value) in [("user.name", "a"), ("user.email", "a@b")] {
        pipeline.git(&["config", key, value]);
    }
    let origin = format!("https://gitlab.example.com/local/{}.git", case.name);
    pipeline.git(&["remote", "add", "origin", &origin]);
    pipeline.git(&["commit", "-qm", "zero", "--allow-empty"]);
    for (path, text) in reference.files.iter().chain(&case.files) {
        pipeline.write(path, text);
        if text.starts_with("#!") {
            pipeline.git(&["add", path]);
            pipeline.git(&["update-index", "--chmod=+x", path]);
            make_executable(&pipeline.folder().join(path));
        }
    }
    pipeline.commit();
    if !case.masked.is_empty() {
        let masked = case.masked.iter().map(|(key, value)| format!("{key}={value}\n"));
        pipeline.write(".runner-lite.env", &format!("# masked\n{}", masked.collect::<String>()));
    }
    pipeline
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs the case as the Runner did, and cancels it if that was canceled.
fn run(reference: &Reference, case: &Case, job: &str) -> Outcome {
    let pipeline = project(reference, case, job);
    let beside = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = beside.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let mut arguments = vec![
        "-v".to_owned(),
        "--exit-code=script".to_owned(),
        format!("--config={}", write("config.toml", CONFIG)),
    ];
    arguments.extend(case.timeout.iter().map(|seconds| format!("--timeout={seconds}")));
    for (name, text) in &case.filevars {
        arguments.push(format!("--variable-file={name}={}", write(name, text)));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let child = start_job(pipeline.folder(), job, &arguments);
    let process = child.id().to_string();
    let mut is_canceled = !case.cancel;
    wait_with_output(child, |output| {
        if !is_canceled && String::from_utf8_lossy(output).contains("\nMARK-CANCEL\n") {
            assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
            is_canceled = true;
        }
    })
}

#[test]
fn jobs_log_and_end_as_in_a_real_gitlab_runner() {
    let reference = script_jobs();
    let differences = log_differences();
    let comparison = Comparison::new(&differences.script, engine::by_engine("", "podman") == "podman");
    let mut cases: Vec<&Case> = reference.cases.iter().collect();
    // This one waits for 30 s for a service, while the others run.
    cases.sort_by_key(|case| case.name != "svc-silent");
    let failed = Mutex::new(Vec::new());
    at_once(cases, |case| {
        let job = format!("recorded-{}", case.name);
        let outcome = run(&reference, case, &job);
        engine::assert_nothing_left_of(&job);
        let checked =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&comparison, case, &outcome)));
        if checked.is_err() {
            failed.lock().unwrap().push(&case.name);
        }
    });
    assert_eq!(failed.into_inner().unwrap(), Vec::<&String>::new(), "compared with {}", reference.runner);
    assert_eq!(comparison.unneeded(), Vec::<String>::new(), "remove these lines from differences.yml");
}

#[test]
fn every_recorded_job_is_compared() {
    assert_eq!((archive_jobs().cases.len(), script_jobs().cases.len()), (27, 83));
}

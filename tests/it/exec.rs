//! What `exec` says before it asks the engine.

use std::process::Command;

/// Standard error of `exec JOB` where there is no engine.
fn said(file: &str, job: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), file).unwrap();
    let program = env!("CARGO_BIN_EXE_runner-lite");
    let run = Command::new(program)
        .current_dir(folder.path())
        .args(["exec", job, "--host", "unix:///nowhere/docker.sock"])
        .env_remove("RUNNER_LITE_CONFIG")
        .output()
        .unwrap();
    String::from_utf8(run.stderr).unwrap()
}

#[test]
fn a_job_that_would_get_artifacts_says_whose() {
    let file = "default: {image: i}\nb1: {stage: build, script: x, artifacts: {paths: [a]}}\n\
                b2: {stage: build, script: x, parallel: 2, artifacts: {paths: [a]}}\nt: {script: x}\nu: {script: x, needs: []}\n";
    let said = |job| said(file, job);
    let note = "note: `t` would get the artifacts of b1, b2 first, which are not passed on here\n";
    assert!(said("t").starts_with(note), "{}", said("t"));
    assert!(!said("u").contains("note:"), "{}", said("u"));
}

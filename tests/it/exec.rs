//! Messages of `exec` before it connects to the engine.

use super::sandbox::Sandbox;

/// Runs `exec JOB` without an engine and returns standard error.
fn stderr_of_exec(file: &str, job: &str) -> String {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file)]);
    sandbox.run(&["exec", job, "--host", "unix:///nowhere/docker.sock"]).stderr
}

#[test]
fn a_job_that_needs_artifacts_names_the_jobs_that_make_them() {
    let file = "default: {image: i}\nb1: {stage: build, script: x, artifacts: {paths: [a]}}\n\
                b2: {stage: build, script: x, parallel: 2, artifacts: {paths: [a]}}\nt: {script: x}\nu: {script: x, needs: []}\n";
    let stderr = |job| stderr_of_exec(file, job);
    let note = "note: `t` would get the artifacts of b1, b2 first, which are not passed on here\n";
    assert!(stderr("t").starts_with(note), "{}", stderr("t"));
    assert!(!stderr("u").contains("note:"), "{}", stderr("u"));
}

#[test]
fn an_unknown_probe_mode_is_wrong_usage_and_the_error_lists_the_modes() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {script: x}\n")]);
    let run = sandbox.run(&["exec", "t", "--probe", "outside"]);
    assert_eq!(run.code, 2, "{run:?}");
    for part in ["'outside' for '--probe <MODE>'", "[possible values: auto, direct, inside, off]"] {
        assert!(run.stderr.contains(part), "{run:?}");
    }
}

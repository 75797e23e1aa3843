//! Invalid input: the message on standard error, the exit code, and nothing left on the engine.

use super::run::run_job_with;

fn check(name: &str, yaml: &str, arguments: &[&str], code: i32, text: &str) {
    let outcome = run_job_with(name, yaml, arguments);
    assert_eq!(outcome.code, code, "{}\n{}", outcome.log(), outcome.stderr);
    assert!(outcome.stderr.contains(text), "{text:?} is not in: {}", outcome.stderr);
}

const GOOD: &str = "input-good: {image: 'busybox:1.35', script: 'true'}";

#[test]
fn invalid_input_is_rejected_before_anything_runs() {
    check("x", GOOD, &["--file", "none.yml"], 3, "there is no `none.yml`");
    check("x", "a: [", &[], 3, "this is not YAML");
    check("x", "- a", &[], 3, "Invalid configuration format");
    check("input-empty", "input-empty: {image: a}", &[], 3, "config should implement the script:");
    check("input-name", "input-name: {image: 'NO SUCH', script: a}", &[], 3, "is not a valid image name");
    check("input-image", "input-image: {script: a}", &[], 3, "no Docker image specified to run the build in");
    check("input-godo", GOOD, &[], 2, "did you mean `input-good`?");
    check("input-good", GOOD, &["--host", "tcp://h:1"], 2, "`tcp://` is not supported");
}

#[test]
fn a_missing_engine_is_a_system_failure() {
    check(
        "input-good",
        GOOD,
        &["--host", "unix:///nowhere.sock"],
        125,
        "there is no socket at `/nowhere.sock`",
    );
}

#[test]
fn an_unavailable_image_is_reported_with_the_engines_message() {
    let yaml = "input-missing: {image: '127.0.0.1:5001/no/such:image', script: a}";
    check("input-missing", yaml, &[], 125, "failed to pull image \"127.0.0.1:5001/no/such:image\"");
}

#[test]
fn a_job_without_an_image_uses_the_one_of_the_command_line() {
    let outcome = run_job_with(
        "input-default",
        "input-default: {script: echo fine}",
        &["--docker-image", "busybox:1.35"],
    );
    outcome.assert(0, &["\nfine\n"]);
}

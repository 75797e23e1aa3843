//! Bad input: a clear error on standard error, the right exit code, nothing left behind.

use super::run::job_with;

fn check(name: &str, yaml: &str, arguments: &[&str], code: i32, text: &str) {
    let outcome = job_with(name, yaml, arguments);
    assert_eq!(outcome.code, code, "{}\n{}", outcome.log(), outcome.stderr);
    assert!(outcome.stderr.contains(text), "{text:?} is not in: {}", outcome.stderr);
}

const GOOD: &str = "input-good: {image: 'busybox:1.35', script: 'true'}";

#[test]
fn what_makes_no_sense_is_refused_before_anything_runs() {
    check("x", GOOD, &["--file", "none.yml"], 3, "there is no `none.yml`");
    check("x", "a: [", &[], 3, "this is not YAML");
    check("x", "- a", &[], 3, "Invalid configuration format");
    check("input-empty", "input-empty: {image: a}", &[], 3, "config should implement the script:");
    check("input-name", "input-name: {image: 'NO SUCH', script: a}", &[], 3, "is no image name");
    check("input-image", "input-image: {script: a}", &[], 3, "no Docker image specified to run the build in");
    check("input-godo", GOOD, &[], 2, "did you mean `input-good`?");
    check("input-good", GOOD, &["--host", "tcp://h:1"], 2, "`tcp://` is not supported");
}

#[test]
fn an_engine_that_is_not_there_is_a_system_failure() {
    check(
        "input-good",
        GOOD,
        &["--host", "unix:///nowhere.sock"],
        125,
        "there is no socket at `/nowhere.sock`",
    );
}

#[test]
fn an_image_that_is_not_to_be_had_is_named_with_the_engines_words() {
    let yaml = "input-missing: {image: '127.0.0.1:5001/no/such:image', script: a}";
    check("input-missing", yaml, &[], 125, "failed to pull image \"127.0.0.1:5001/no/such:image\"");
}

#[test]
fn an_image_given_on_the_command_line_serves_a_job_without_one() {
    let outcome =
        job_with("input-default", "input-default: {script: echo fine}", &["--docker-image", "busybox:1.35"]);
    outcome.assert(0, &["\nfine\n"]);
}

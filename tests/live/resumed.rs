//! `pipeline --resume`: what passed is not repeated, and gives what it stored.

use super::pipeline::Pipeline;
use super::processing::run_in;
use super::run::{program, spawn, wait_with_output};

const PIPELINE: &str = "
stages: [build, test, deploy]
default: {image: 'busybox:1.35'}
resumed-build:
  stage: build
  script: [echo built >out, 'echo \"MOMENT=$(cat /proc/sys/kernel/random/uuid)\" >v.env']
  artifacts: {paths: [out], reports: {dotenv: v.env}}
resumed-lint: {stage: build, script: [echo linted]}
resumed-test: {stage: test, script: [cat out, 'echo \"of $MOMENT\"', test -f fixed]}
resumed-deploy: {stage: deploy, script: [cat out, 'echo \"of $MOMENT\"']}
";

/// The value that the first job has made up.
fn moment(log: &str) -> &str {
    log.lines().filter_map(|line| line.split("of ").nth(1)).find(|text| text.len() == 36).unwrap()
}

#[test]
fn jobs_that_passed_are_not_repeated_and_give_what_they_stored() {
    let pipeline = Pipeline::new(PIPELINE);
    let first = run_in(&pipeline, &[]);
    let states = |test, deploy| {
        [
            "resumed-build success".to_owned(),
            format!("resumed-deploy {deploy}"),
            "resumed-lint success".to_owned(),
            format!("resumed-test {test}"),
        ]
    };
    let check = |ended: &super::processing::Ended, code, test, deploy| {
        let states = states(test, deploy);
        ended.assert(code, &states.iter().map(String::as_str).collect::<Vec<_>>());
    };
    check(&first, 1, "failed", "skipped");
    pipeline.write("fixed", "");
    let second = run_in(&pipeline, &["--resume"]);
    check(&second, 0, "success", "success");
    let told = &second.outcome.stderr;
    assert!(told.contains("not repeated, because they passed in run 1 ("), "{told}");
    assert!(
        told.contains("`resumed-build`, `resumed-lint`") && told.contains("have changed since"),
        "{told}"
    );
    let log = second.outcome.log();
    assert!(!log.contains("Running resumed-build") && !log.contains("Running resumed-lint"), "{log}");
    assert_eq!(moment(&log), moment(&first.outcome.log()));
    let reason = |name: &str| second.job(name)["reason"].clone();
    assert_eq!((reason("resumed-build"), reason("resumed-test")), ("reused".into(), serde_json::Value::Null));
    // The third run takes from the second what that one took from the first.
    let third = run_in(&pipeline, &["--resume=2"]);
    check(&third, 0, "success", "success");
    assert!(!third.outcome.log().contains("Running"), "{}", third.outcome.log());
}

#[test]
fn a_run_that_is_not_stored_cannot_be_resumed() {
    let pipeline = Pipeline::new(PIPELINE);
    let outcome = wait_with_output(spawn(program(), pipeline.folder(), &["pipeline", "--resume=7"]), |_| {});
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("no run `7`"), "{}", outcome.stderr);
}

//! dotenv reports: variables of a job for later ones.

use super::pipeline::{Pipeline, at_once};

const YAML: &str = r#"
stages: [build, test]
default: {image: 'busybox:1.35'}
variables: {A: file, GIT_STRATEGY: none}
dotenv-make:
  stage: build
  script: ["printf 'A=1\nB=\"x y\"\nC=$A\nA=2\nTAG=1.35\n' >made.env"]
  artifacts: {reports: {dotenv: made.env}}
dotenv-take:
  stage: test
  needs: [dotenv-make]
  image: busybox:$TAG
  variables: {A: job}
  script: ['echo "A=[$A] B=[$B] C=[$C]"']
dotenv-retry:
  stage: build
  retry: 1
  allow_failure: true
  cache: {key: attempts, paths: [attempts], when: always}
  script: [echo x >>attempts, 'echo "ATTEMPTS=$(wc -l <attempts)" >made.env', 'false']
  artifacts: {reports: {dotenv: made.env}}
dotenv-last: {stage: test, needs: [dotenv-retry], script: ['echo "attempts: $ATTEMPTS"']}
dotenv-bad:
  stage: build
  script: ["printf 'A=1\n# note\n' >bad.env"]
  artifacts: {reports: {dotenv: bad.env}}
"#;

#[test]
fn dotenv_variables_beat_those_of_the_file_and_lose_against_those_of_the_command_line() {
    let pipeline = Pipeline::new(YAML);
    pipeline.pass("dotenv-make");
    pipeline.pass("dotenv-take").assert(0, &["\nA=[2] B=[\"x y\"] C=[2]\n"]);
    let overridden = pipeline.exec("dotenv-take", &["--variable", "A=9"]);
    overridden.assert(0, &["\nA=[9] B=[\"x y\"] C=[9]\n"]);
}

#[test]
fn a_report_over_the_default_limits_is_a_warning_and_fails_the_job_with_strict() {
    let pipeline = Pipeline::new(
        r#"
dotenv-many:
  image: busybox:1.35
  script: ['for i in $(seq 21); do echo "A$i=1"; done >many.env']
  artifacts: {reports: {dotenv: many.env}}
"#,
    );
    let limit = "Dotenv files cannot have more than 20 variables by default, and this report has 21";
    pipeline.pass("dotenv-many").assert(0, &[&format!("WARNING: {limit}\n")]);
    let strict = pipeline.exec("dotenv-many", &["--strict"]);
    assert_eq!(strict.code, 1, "{}", strict.log());
    assert!(strict.log().contains(&format!("FATAL: {limit}\n")), "{}", strict.log());
}

#[test]
fn the_last_attempt_of_a_failed_job_gives_its_variables_and_a_wrong_line_fails_the_job() {
    let pipeline = Pipeline::new(YAML);
    at_once(vec!["dotenv-retry", "dotenv-bad"], |job| {
        if job == "dotenv-retry" {
            return pipeline
                .exec(job, &[])
                .assert(0, &["ERROR: Job failed: exit code 1\n", "allowed to fail"]);
        }
        pipeline.exec(job, &[]).assert(1, &["bad.env:2:1: "]);
    });
    pipeline.pass("dotenv-last").assert(0, &["\nattempts: 2\n"]);
}

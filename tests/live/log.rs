//! The log of a job, in a pipe and in the store.

use super::pipeline::Pipeline;
use super::run::run_job_with;

#[test]
fn with_two_services_the_script_begins_within_nine_lines_and_the_stored_log_is_the_same() {
    let yaml = "
log-short:
  image: ruby:2.6
  services: [redis:latest, {name: 'tutum/wordpress:latest', alias: blog}]
  script: [redis-cli -h redis ping, exit 3]
";
    let pipeline = Pipeline::new(yaml);
    let outcome = pipeline.exec("log-short", &[]);
    outcome.assert(1, &["\nredis:latest ready after ", "\ntutum/wordpress:latest (blog) ready after "]);
    let log = outcome.log();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines[0], "Running log-short in ruby:2.6", "{log}");
    let first = lines.iter().position(|line| line.starts_with("$ ")).unwrap() + 1;
    assert!(first <= 9, "the first command is in line {first}:\n{log}");
    let end = "\n\nerror: command failed (exit 3) at .gitlab-ci.yml:5: exit 3\nERROR: Job failed: exit code 3\nFinished in ";
    assert!(log.contains(end), "{log}");
    assert_eq!(pipeline.answer(&["logs", "log-short"]), log);
}

#[test]
fn timestamps_stand_before_every_line() {
    let yaml = "log-times: {image: 'busybox:1.35', script: ['printf \"a\\nb\"']}";
    let outcome = run_job_with("log-times", yaml, &["--timestamps"]);
    outcome.assert(0, &["Z a\n", "Z b\n", "Z Job succeeded\n"]);
    let log = outcome.log();
    for line in log.lines() {
        let (time, _) = line.split_once(' ').unwrap_or_else(|| panic!("{line:?} has no time: {log}"));
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{line:?}");
    }
}

//! Whole pipelines: which jobs run, in which order, and how the pipeline ends, as GitLab processes it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::engine;
use super::pipeline::Pipeline;
use super::run::{Outcome, program, spawn, wait_with_output};

/// How a pipeline ended.
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    /// What `--report` has.
    pub(crate) report: Value,
}

impl Ended {
    /// The state of each job, by its name.
    pub(crate) fn states(&self) -> BTreeMap<String, String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let jobs = self.report["jobs"].as_array().unwrap();
        jobs.iter().map(|job| (text(&job["name"]), text(&job["state"]))).collect()
    }

    /// The report of a job.
    pub(crate) fn job(&self, name: &str) -> &Value {
        let jobs = self.report["jobs"].as_array().unwrap();
        jobs.iter().find(|job| job["name"] == name).unwrap()
    }

    /// Asserts the exit code and the states, which are written `job state` and sorted by the jobs.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, states: &[&str]) {
        let found: Vec<String> = self.states().iter().map(|(job, state)| format!("{job} {state}")).collect();
        assert_eq!(
            (self.outcome.code, &*found),
            (code, states.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>().as_slice()),
            "{}\n{}",
            self.outcome.log(),
            self.outcome.stderr
        );
    }

    /// The moments, in seconds since 1970, that the jobs have printed as `at NAME SECONDS`.
    fn moments(&self) -> BTreeMap<String, f64> {
        let log = self.outcome.log();
        let moments = log.lines().filter_map(|line| line.split("at ").nth(1));
        let moments = moments.filter_map(|text| {
            let (name, seconds) = text.trim().split_once(' ')?;
            Some((name.to_owned(), seconds.parse().ok()?))
        });
        moments.collect()
    }
}

/// Runs the pipeline of a project, and asserts that nothing of the named jobs is left on the engine.
pub(crate) fn run_in(pipeline: &Pipeline, arguments: &[&str]) -> Ended {
    let report = pipeline.folder().with_extension("report.json");
    let path = report.to_str().unwrap();
    let child = spawn(program(), pipeline.folder(), &[&["pipeline", "--report", path], arguments].concat());
    let outcome = wait_with_output(child, |_| {});
    let text = std::fs::read(&report).unwrap_or_else(|error| panic!("{error}: {}", outcome.stderr));
    let report: Value = serde_json::from_slice(&text).unwrap();
    for job in report["jobs"].as_array().unwrap() {
        engine::assert_nothing_left_of(job["name"].as_str().unwrap());
    }
    Ended { outcome, report }
}

/// Runs a pipeline in a project of its own.
fn run(yaml: &str, arguments: &[&str]) -> Ended {
    run_in(&Pipeline::new(&format!("default: {{image: 'busybox:1.35'}}\n{yaml}")), arguments)
}

/// A script that prints the moment.
const STAMP: &str = "read seconds rest </proc/uptime; echo $seconds";

#[test]
fn stages_run_in_their_order_and_pre_and_post_around_them() {
    let yaml = "
stages: [a, .post, b, .pre, c]
stages-last: {stage: .post, script: [echo five]}
stages-c: {stage: c, script: [echo four]}
stages-a: {stage: a, script: [echo two]}
stages-b: {stage: b, script: [echo three]}
stages-first: {stage: .pre, script: [echo one]}
";
    let ended = run(yaml, &[]);
    ended.assert(
        0,
        &[
            "stages-a success",
            "stages-b success",
            "stages-c success",
            "stages-first success",
            "stages-last success",
        ],
    );
    let log = ended.outcome.log();
    let places = ["one", "two", "three", "four", "five"].map(|word| {
        log.lines().position(|line| line.trim_end().ends_with(word) && !line.contains('$')).unwrap()
    });
    assert!(places.is_sorted(), "{log}");
}

#[test]
fn a_pipeline_of_pre_and_post_alone_does_not_run() {
    let pipeline = Pipeline::new("alone-alone: {stage: .pre, image: 'busybox:1.35', script: [echo no]}");
    let outcome = wait_with_output(spawn(program(), pipeline.folder(), &["pipeline"]), |_| {});
    assert_eq!((outcome.code, &*outcome.log()), (3, ""));
    assert!(outcome.stderr.contains("Pipeline will not run for the selected trigger."), "{}", outcome.stderr);
}

#[test]
fn a_failure_lets_its_stage_end_and_decides_about_the_jobs_behind_it() {
    let yaml = "
stages: [a, b]
failure-fails: {stage: a, script: [exit 7]}
failure-beside: {stage: a, script: [sleep 2, echo ended normally]}
failure-after: {stage: b, script: [echo no]}
failure-always: {stage: b, when: always, script: [echo yes]}
failure-on-failure: {stage: b, when: on_failure, script: [echo yes]}
failure-needs-ok: {stage: b, when: on_failure, needs: [failure-beside], script: [echo no]}
failure-allowed: {stage: a, allow_failure: true, script: [exit 1]}
failure-needs-both: {stage: b, when: on_failure, needs: [failure-fails, failure-skipped], script: [echo no]}
failure-skipped: {stage: b, needs: [failure-fails], script: [echo no]}
";
    let ended = run(yaml, &["-j", "4"]);
    ended.assert(
        1,
        &[
            "failure-after skipped",
            "failure-allowed failed",
            "failure-always success",
            "failure-beside success",
            "failure-fails failed",
            "failure-needs-both skipped",
            "failure-needs-ok skipped",
            "failure-on-failure success",
            "failure-skipped skipped",
        ],
    );
    assert!(ended.outcome.log().contains("ended normally"));
}

#[test]
fn only_direct_needs_count() {
    let yaml = "
stages: [a, b, c]
direct-a: {stage: a, script: [exit 1]}
direct-b: {stage: b, when: always, needs: [direct-a], script: [echo b]}
direct-c: {stage: c, needs: [direct-b], script: [echo c]}
";
    run(yaml, &[]).assert(1, &["direct-a failed", "direct-b success", "direct-c success"]);
}

#[test]
fn jobs_start_when_their_needs_have_ended_and_not_with_their_stage() {
    let yaml = format!(
        "
stages: [a, b, c]
starts-slow: {{stage: a, script: [sleep 4, 'echo at slow $({STAMP})']}}
starts-quick: {{stage: a, script: ['echo at quick $({STAMP})']}}
starts-behind: {{stage: b, needs: [starts-quick], script: ['echo at behind $({STAMP})']}}
starts-same-stage: {{stage: b, needs: [starts-behind], script: ['echo at same $({STAMP})']}}
starts-free: {{stage: c, needs: [], script: ['echo at free $({STAMP})']}}
"
    );
    let ended = run(&yaml, &["-j", "3"]);
    ended.assert(
        0,
        &[
            "starts-behind success",
            "starts-free success",
            "starts-quick success",
            "starts-same-stage success",
            "starts-slow success",
        ],
    );
    let at = ended.moments();
    assert!(at["quick"] < at["behind"] && at["behind"] < at["same"], "{at:?}");
    assert!(at["same"] < at["slow"] && at["free"] < at["slow"], "{at:?}");
}

#[test]
fn needs_that_cannot_be_met_refuse_the_pipeline() {
    let check = |yaml: &str, text: &str, place: &str| {
        let yaml = format!("default: {{image: 'busybox:1.35'}}\n{yaml}");
        let pipeline = Pipeline::new(&yaml);
        let outcome = wait_with_output(spawn(program(), pipeline.folder(), &["pipeline"]), |_| {});
        assert_eq!(outcome.code, 3, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(text) && outcome.stderr.contains(place), "{}", outcome.stderr);
    };
    check(
        "stages: [a, b]\nx: {stage: a, needs: [y], script: [a]}\ny: {stage: b, script: [a]}",
        "need y is not defined in current or prior stages",
        ".gitlab-ci.yml:3:",
    );
    check(
        "x: {needs: [y], script: [a]}\ny: {needs: [x], script: [a]}",
        "The pipeline has circular dependencies",
        ".gitlab-ci.yml:2:",
    );
    check(
        "x: {needs: [y], script: [a]}\ny: {rules: [{when: never}], script: [a]}",
        "'x' job needs 'y' job, but 'y' does not exist in the pipeline",
        ".gitlab-ci.yml:2:",
    );
}

#[test]
fn an_optional_need_that_the_rules_leave_out_does_not_count() {
    let yaml = "
optional-gone: {rules: [{when: never}], script: [echo no]}
optional-there: {needs: [{job: optional-gone, optional: true}], script: [echo yes]}
";
    run(yaml, &[]).assert(0, &["optional-there success"]);
}

#[test]
fn an_optional_manual_job_blocks_nothing_and_skips_what_needs_it() {
    let yaml = "
stages: [a, b]
manual-alone: {stage: a, when: manual, script: [echo manual]}
manual-by-rule: {stage: a, when: manual, rules: [{if: '$CI'}], script: [echo rule]}
manual-behind: {stage: b, script: [echo behind]}
manual-needs: {stage: b, needs: [manual-alone], script: [echo needs]}
";
    run(yaml, &[]).assert(
        0,
        &["manual-alone manual", "manual-behind success", "manual-by-rule manual", "manual-needs skipped"],
    );
    run(yaml, &["--manual", "manual-alone"]).assert(
        0,
        &["manual-alone success", "manual-behind success", "manual-by-rule manual", "manual-needs success"],
    );
}

#[test]
fn a_manual_job_of_a_rule_blocks_until_it_is_started() {
    let yaml = "
stages: [a, b]
rule-beside: {stage: a, script: [exit 0]}
rule-approve: {stage: a, rules: [{when: manual}], script: [echo approved]}
rule-behind: {stage: b, script: [echo behind]}
";
    let blocked = ["rule-approve manual", "rule-behind created", "rule-beside success"];
    let ended = run(yaml, &[]);
    ended.assert(0, &blocked);
    let told = format!("{}{}", ended.outcome.log(), ended.outcome.stderr);
    assert!(told.contains("blocked by rule-approve") && told.contains("--manual rule-approve"), "{told}");
    run(yaml, &["--fail-blocked"]).assert(4, &blocked);
    run(yaml, &["--manual", "rule-approve"])
        .assert(0, &["rule-approve success", "rule-behind success", "rule-beside success"]);
}

#[test]
fn a_blocking_manual_job_hides_a_failure_beside_it() {
    let yaml = "
stages: [a, b]
hides-fails: {stage: a, script: [exit 1]}
hides-approve: {stage: a, rules: [{when: manual}], script: [echo approved]}
hides-always: {stage: b, when: always, script: [echo no]}
";
    run(yaml, &[]).assert(1, &["hides-always created", "hides-approve manual", "hides-fails failed"]);
}

#[test]
fn an_exit_code_that_is_allowed_is_a_warning_unless_a_rule_says_no() {
    let yaml = "
codes-allowed: {script: [exit 42], allow_failure: {exit_codes: [42]}}
";
    let ended = run(yaml, &[]);
    ended.assert(0, &["codes-allowed failed"]);
    assert_eq!(ended.job("codes-allowed")["allow_failure"], true);
    let other = "codes-other: {script: [exit 41], allow_failure: {exit_codes: [42]}}\n";
    run(other, &[]).assert(1, &["codes-other failed"]);
    let rule = "
codes-rule: {script: [exit 42], allow_failure: {exit_codes: [42]}, rules: [{if: '$CI', allow_failure: false}]}
";
    run(rule, &[]).assert(1, &["codes-rule failed"]);
}

#[test]
fn a_job_is_repeated_as_its_retry_says_and_others_see_its_last_attempt() {
    let yaml = "
stages: [a, b]
retry-third:
  stage: a
  retry: 2
  cache: {key: attempts, paths: [count], when: always}
  script: ['echo x >>count', 'test $(wc -l <count) = 3']
retry-behind: {stage: b, script: [echo once]}
retry-code: {stage: a, retry: {max: 2, exit_codes: [137]}, allow_failure: true, script: [exit 1]}
retry-killed: {stage: a, retry: {max: 2, exit_codes: [137]}, allow_failure: true, script: [exit 137]}
retry-image:
  stage: a
  image: {name: 'runner-lite/no-such-image:1', pull_policy: never}
  allow_failure: true
  retry: {max: 2, when: [runner_system_failure]}
  script: [echo no]
";
    let ended = run(yaml, &["-j", "4"]);
    ended.assert(
        0,
        &[
            "retry-behind success",
            "retry-code failed",
            "retry-image failed",
            "retry-killed failed",
            "retry-third success",
        ],
    );
    let attempts = |name: &str| ended.job(name)["attempts"].as_u64().unwrap();
    let all = ["retry-third", "retry-behind", "retry-code", "retry-killed", "retry-image"].map(attempts);
    assert_eq!(all, [3, 1, 1, 3, 3]);
}

#[test]
fn a_delayed_job_starts_at_once_or_waits_as_the_user_says() {
    let yaml = format!(
        "
stages: [a, b]
delayed-begin: {{stage: a, script: ['echo at begin $({STAMP})']}}
delayed-delayed: {{stage: b, when: delayed, start_in: 3 seconds, script: ['echo at delayed $({STAMP})']}}
"
    );
    let ended = run(&yaml, &[]);
    ended.assert(0, &["delayed-begin success", "delayed-delayed success"]);
    assert!(ended.outcome.stderr.contains("--delayed wait"), "{}", ended.outcome.stderr);
    let ended = run(&yaml, &["--delayed", "wait"]);
    ended.assert(0, &["delayed-begin success", "delayed-delayed success"]);
    let at = ended.moments();
    assert!(at["delayed"] - at["begin"] >= 3.0, "{at:?}");
    run(&yaml, &["--delayed", "skip"]).assert(0, &["delayed-begin success", "delayed-delayed scheduled"]);
}

/// The longest time for stopping jobs without `after_script`: 10 s for their processes, and one for the rest. The engine is
/// busy with other tests.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

#[test]
fn a_failed_job_cancels_the_others_if_the_workflow_says_so() {
    let yaml = "
workflow: {auto_cancel: {on_job_failure: all}}
stages: [a, b]
cancel-fails: {stage: a, script: [sleep 1, exit 1]}
cancel-runs: {stage: a, script: [sleep 60]}
cancel-always: {stage: b, when: always, script: [echo no]}
cancel-manual: {stage: a, when: manual, script: [echo no]}
";
    let ended = run(yaml, &["-j", "2"]);
    ended.assert(
        1,
        &["cancel-always canceled", "cancel-fails failed", "cancel-manual manual", "cancel-runs canceled"],
    );
    assert!(ended.outcome.elapsed < STOPPED_WITHIN, "{:?}", ended.outcome.elapsed);
    let written = yaml.replace("workflow: {auto_cancel: {on_job_failure: all}}", "");
    let ended = run(&written, &["-j", "2", "--fail-fast"]);
    ended.assert(
        1,
        &["cancel-always canceled", "cancel-fails failed", "cancel-manual manual", "cancel-runs canceled"],
    );
}

#[test]
fn instances_of_a_parallel_job_share_the_slots_and_are_awaited_together() {
    let yaml = format!(
        "
stages: [a, b]
many-many: {{stage: a, parallel: 3, script: ['echo at begin-$CI_NODE_INDEX $({STAMP})', sleep 1, 'echo at end-$CI_NODE_INDEX $({STAMP})']}}
many-all: {{stage: b, needs: [many-many], script: ['echo at all $({STAMP})']}}
"
    );
    let ended = run(&yaml, &["-j", "2"]);
    let states =
        ["many-all success", "many-many 1/3 success", "many-many 2/3 success", "many-many 3/3 success"];
    ended.assert(0, &states);
    let at = ended.moments();
    for index in 1..=3 {
        let (begin, end) = (at[&format!("begin-{index}")], at[&format!("end-{index}")]);
        assert!(end <= at["all"], "{at:?}");
        let overlapping = (1..=3).filter(|other| {
            let (other_begin, other_end) = (at[&format!("begin-{other}")], at[&format!("end-{other}")]);
            other_begin < begin && begin < other_end
        });
        assert!(overlapping.count() < 2, "{at:?} {end}");
    }
}

#[test]
fn a_need_can_select_one_instance_of_a_matrix() {
    let yaml = "
stages: [a, b]
matrix-matrix:
  stage: a
  parallel: {matrix: [{A: [x, y]}]}
  script: ['[ $A = x ] || sleep 3', 'echo $A >of-$A']
  artifacts: {paths: ['of-*']}
matrix-one:
  stage: b
  needs: [{job: matrix-matrix, parallel: {matrix: [{A: x}]}}]
  script: [ls]
";
    let ended = run(yaml, &["-j", "3"]);
    ended.assert(0, &["matrix-matrix: [x] success", "matrix-matrix: [y] success", "matrix-one success"]);
    let log = ended.outcome.log();
    assert!(log.contains("of-x\n") && !log.contains("│ of-y\n"), "{log}");
}

#[test]
fn a_time_limit_decides_what_is_stored() {
    let yaml = "
limits-job: {timeout: 2s, allow_failure: true, script: [touch f, sleep 20], artifacts: {when: always, paths: [f]}}
limits-script-limit:
  variables: {RUNNER_SCRIPT_TIMEOUT: 2s}
  allow_failure: true
  script: [touch f, sleep 20]
  after_script: [echo after]
  artifacts: {when: always, paths: [f]}
";
    let ended = run(yaml, &["-j", "2"]);
    ended.assert(0, &["limits-job failed", "limits-script-limit failed"]);
    assert_eq!(ended.job("limits-job")["artifacts"], Value::Null);
    assert_eq!(ended.job("limits-script-limit")["artifacts"]["files"], 1);
}

#[test]
fn variables_of_a_producer_reach_image_and_cache_key_of_later_jobs() {
    let yaml = "
stages: [a, b]
dotenv-gives: {stage: a, script: [echo TAG=1.35 >v.env], artifacts: {reports: {dotenv: v.env}}}
dotenv-takes: {stage: b, image: 'busybox:$TAG', cache: {key: 'key-$TAG', paths: [f]}, script: ['echo got $TAG']}
dotenv-bad: {stage: b, image: 'busybox:${TAG}!', allow_failure: true, script: [echo no]}
";
    let ended = run(yaml, &[]);
    ended.assert(0, &["dotenv-bad failed", "dotenv-gives success", "dotenv-takes success"]);
    let log = ended.outcome.log();
    assert!(log.contains("got 1.35\n") && log.contains("key-1.35"), "{log}");
}

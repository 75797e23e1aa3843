use crate::pipeline::include::testing::{TestProject, messages};

/// What is wrong with the jobs of a file, as `job: message`.
fn problems(text: &str) -> Vec<String> {
    let (pipeline, found, map) = TestProject::default().load(text);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{:?}", messages(&found, &map)));
    let broken = pipeline.broken.iter().flat_map(|(name, found)| {
        found.iter().map(move |found| format!("{name}: {}", found.message)).collect::<Vec<_>>()
    });
    broken.collect()
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(problems(text), expect, "{text}");
}

#[test]
fn a_stage_must_exist() {
    check("a: {script: x}", &[]);
    check("a: {script: x, stage: .pre}\nb: {script: x, stage: deploy}", &[]);
    check(
        "a: {script: x, stage: tset}",
        &[
            "a: a job: chosen stage tset does not exist; available stages are .pre, build, test, deploy, .post",
        ],
    );
    check(
        "stages: [one]\na: {script: x}\nb: {script: x, stage: one}",
        &["a: a job: chosen stage test does not exist; available stages are .pre, one, .post"],
    );
}

#[test]
fn a_need_must_exist_and_not_be_in_a_later_stage() {
    check("a: {script: x, needs: [b]}\nb: {script: x}", &[]);
    check("a: {script: x, needs: [b]}\nc: {script: x}", &["a: a job: undefined need: b"]);
    check("a: {script: x, needs: [{job: b, optional: true}]}", &[]);
    check("a: {script: x, rules: [{if: $X, needs: [b]}]}", &["a: a job: undefined need: b"]);
    check(
        "a: {script: x, needs: [b]}\nb: {script: x, stage: deploy}",
        &["a: a job: need b is not defined in current or prior stages"],
    );
    check("a: {script: x, needs: [b, b]}\nb: {script: x}", &["a: a has the following needs duplicated: b."]);
}

#[test]
fn a_need_names_a_group_or_a_single_instance() {
    let b = "b: {script: x, parallel: {matrix: [{A: [1, 2]}]}}";
    check(&format!("a: {{script: x, needs: [b]}}\n{b}"), &[]);
    check(&format!("a: {{script: x, needs: ['b: [2]']}}\n{b}"), &[]);
    check(&format!("a: {{script: x, needs: ['b: [3]']}}\n{b}"), &["a: a job: undefined need: b: [3]"]);
    check("b: {script: x, parallel: 2, needs: [z]}", &["b: b job: undefined need: z"]);
}

#[test]
fn a_dependency_must_be_in_an_earlier_stage() {
    check("a: {script: x, dependencies: [b]}\nb: {script: x, stage: build}", &[]);
    check("a: {script: x, dependencies: [c]}", &["a: a job: undefined dependency: c"]);
    check(
        "a: {script: x, dependencies: [b]}\nb: {script: x}",
        &["a: a job: dependency b is not defined in prior stages"],
    );
}

#[test]
fn exactly_the_jobs_of_a_circle_report_it() {
    check(
        "a: {script: x, needs: [c]}\nb: {script: x, needs: [a]}\nc: {script: x, needs: [b]}\nd: {script: x, needs: [a]}",
        &[
            "a: The pipeline has circular dependencies: a → c → b → a",
            "c: The pipeline has circular dependencies: a → c → b → a",
            "b: The pipeline has circular dependencies: a → c → b → a",
        ],
    );
    check("a: {script: x, needs: [a]}", &["a: The pipeline has circular dependencies: a → a"]);
    let jobs: String =
        (0..2_000).map(|n| format!("j{n}: {{script: x, needs: [j{}]}}\n", (n + 1) % 2_000)).collect();
    let found = problems(&jobs);
    assert_eq!(found.len(), 2_000);
    assert!(found[0].len() < 200, "{}", found[0]);
}

#[test]
fn two_circles_are_both_reported() {
    let text = "a: {script: x, needs: [b]}\nb: {script: x, needs: [a]}\nc: {script: x, needs: [d, a]}\nd: {script: x, needs: [c]}";
    let circles: Vec<_> =
        problems(text).into_iter().map(|found| found.split(": ").last().unwrap().to_owned()).collect();
    assert_eq!(circles, ["a → b → a", "a → b → a", "c → d → c", "c → d → c"]);
}

#[test]
fn a_name_that_a_missing_include_may_define_is_a_warning() {
    let (pipeline, ..) =
        TestProject::default().load("include: {template: T.yml}\na: {script: x, stage: far, needs: [away]}");
    let job = pipeline.unwrap().jobs["a"].clone();
    let warnings: Vec<_> = job.warnings.iter().map(|found| found.message.clone()).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert_eq!(
        job.warnings.iter().next().unwrap().help.as_deref(),
        Some("it may come from `template: T.yml`, which is not included")
    );
}

#[test]
fn a_need_of_a_broken_job_is_not_an_error() {
    check("a: {script: x, needs: [b]}\nb: {script: []}", &["b: jobs:b script can't be blank"]);
}

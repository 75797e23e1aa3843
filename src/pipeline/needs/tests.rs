//! `needs` and `dependencies` after the conversions that GitLab's normalizer makes.

use crate::pipeline::include::testing::{TestProject, messages};

/// A job with four instances (`[aws, a]`, `[aws, b]`, `[gcp, a]`, `[gcp, b]`), a plain one, and one with three
/// instances.
const BUILD: &str = "build: {stage: build, script: x, parallel: {matrix: [{CLOUD: [aws, gcp], STACK: [a, b]}]}}\n\
     plain: {stage: build, script: x}\nsplit: {stage: build, script: x, parallel: 3}\n";

/// The needs of each instance of the job `t`, or what is wrong with it.
fn needs(keywords: &str) -> Vec<String> {
    let (pipeline, found, map) =
        TestProject::default().load(&format!("{BUILD}t: {{script: x, {keywords}}}\n"));
    let pipeline = pipeline.unwrap_or_else(|| panic!("{:?}", messages(&found, &map)));
    let broken = pipeline.broken.get("t").into_iter().flatten().map(|found| found.message.clone());
    let needs = pipeline.jobs.values().filter(|job| job.group == "t").flat_map(|job| {
        let needs: Vec<&str> = job.needs.iter().flatten().map(|need| &*need.job).collect();
        job.needs.as_ref().map(|_| needs.join("; "))
    });
    broken.chain(needs).collect()
}

#[track_caller]
fn check(keywords: &str, expect: &[&str]) {
    assert_eq!(needs(keywords), expect, "{keywords}");
}

#[test]
fn a_need_names_a_job_a_group_or_instances_of_it() {
    check("needs: [plain]", &["plain"]);
    check("needs: [build, split]", &["build; split"]);
    check("needs: ['build: [aws, a]', split 2/3]", &["build: [aws, a]; split 2/3"]);
    check(
        "needs: [{job: build, parallel: {matrix: [{CLOUD: aws, STACK: [a, b]}]}}]",
        &["build: [aws, a]; build: [aws, b]"],
    );
    check("needs: [{job: plain, parallel: {matrix: [{CLOUD: aws}]}}]", &["plain"]);
    check(
        "rules: [{needs: [{job: build, parallel: {matrix: [{CLOUD: aws, STACK: c}]}}]}]",
        &["t job: undefined need: build: [aws, c]"],
    );
}

#[test]
fn the_matrix_of_a_need_must_match_an_instance_in_order() {
    let chosen = |matrix: &str| format!("needs: [{{job: build, parallel: {{matrix: [{{{matrix}}}]}}}}]");
    check(&chosen("STACK: a, CLOUD: aws"), &["t job: undefined need: build: [a, aws]"]);
    check(&chosen("CLOUD: aws"), &["t job: undefined need: build: [aws]"]);
    check(&chosen("CLOUD: $CLOUD, STACK: a"), &["t job: undefined need: build: [$CLOUD, a]"]);
    check(
        "needs: [{job: build, parallel: 2}]",
        &["jobs:t:needs:need:parallel config cannot use \"parallel: <number>\"."],
    );
    check(
        "needs: [{job: build, parallel: {matrix: {CLOUD: aws}}}]",
        &["jobs:t:needs:need:parallel:matrix config should be an array of hashes"],
    );
}

#[test]
fn matrix_values_of_an_instance_select_the_needed_instance() {
    let matrix = "parallel: {matrix: [{CLOUD: [aws, gcp], STACK: a}]}";
    let need = |cloud: &str| {
        format!("{matrix}, needs: [{{job: build, parallel: {{matrix: [{{CLOUD: ['{cloud}'], STACK: b}}]}}}}]")
    };
    check(&need("$[[ matrix.CLOUD ]]"), &["build: [aws, b]", "build: [gcp, b]"]);
    check(&need("$[[matrix.CLOUD]]"), &["build: [aws, b]", "build: [gcp, b]"]);
    check(&need("$[[ matrix.CLOUDS ]]"), &["t job: 'CLOUDS' does not exist in matrix configuration"]);
    check(&need("$[[ inputs.x ]]"), &["t job: undefined need: build: [$[[ inputs.x ]], b]"]);
    check(&need("$[[ matrix.STACK ]]"), &["t job: undefined need: build: [a, b]"]);
    check(
        "needs: [{job: build, parallel: {matrix: [{CLOUD: '$[[ matrix.CLOUD ]]', STACK: b}]}}]",
        &["t job: undefined need: build: [$[[ matrix.CLOUD ]], b]"],
    );
}

#[test]
fn the_needs_of_every_instance_are_checked() {
    let matrix = "parallel: {matrix: [{CLOUD: [aws, azure], STACK: a}]}";
    let need = "needs: [{job: build, parallel: {matrix: [{CLOUD: ['$[[ matrix.CLOUD ]]'], STACK: b}]}}]";
    check(&format!("{matrix}, {need}"), &["t job: undefined need: build: [azure, b]"]);
}

#[test]
fn dependencies_must_be_among_the_needs_if_there_are_needs() {
    let error = |names: &str| format!("jobs:t dependencies the {names} should be part of needs");
    check("needs: [plain], dependencies: [plain]", &["plain"]);
    check("needs: [plain], dependencies: [split]", &[&error("split")]);
    check("needs: [plain], dependencies: [split, plain, build]", &[&error("split, build")]);
    check("needs: [plain], dependencies: []", &["plain"]);
    check("needs: [], dependencies: [plain]", &[""]);
    check(
        "needs: [{job: build, parallel: {matrix: [{CLOUD: aws, STACK: a}]}}], dependencies: [build]",
        &["build: [aws, a]"],
    );
}

#[test]
fn a_need_of_a_parallel_job_counts_once_for_each_instance() {
    let many = "many: {stage: build, script: x, parallel: 50}\n";
    let of = |needs: &str| {
        let (pipeline, _, _) =
            TestProject::default().load(&format!("{BUILD}{many}t: {{script: x, needs: [{needs}]}}\n"));
        let pipeline = pipeline.unwrap();
        pipeline
            .broken
            .get("t")
            .map(|found| found.iter().map(|found| found.message.clone()).collect::<String>())
    };
    assert_eq!(of("many"), None);
    let message = of("many, plain").unwrap();
    assert!(message.starts_with("t: one job can only need 50 others, but you have listed 51."), "{message}");
}

//! Who receives whose artifacts, and in which order jobs run.

use std::rc::Rc;

use super::*;
use crate::pipeline::include::NoFiles;
use crate::pipeline::load;
use crate::pipeline::rule_context::RuleFiles;
use crate::plan::testing::Case;
use crate::source::map::SourceMap;

/// The stages are not in the order of the file.
const FILE: &str = "
stages: [build, lint, test]
many: {stage: lint, script: x, parallel: 2, artifacts: {untracked: true}}
compile: {stage: build, script: x, artifacts: {paths: [bin]}}
docs: {stage: build, script: x, artifacts: {reports: {dotenv: d.env}}}
junit: {stage: build, script: x, artifacts: {reports: {junit: j.xml}}}
never: {stage: build, script: x, artifacts: {paths: [bin]}, rules: [{when: never}]}
grid: {stage: build, script: x, artifacts: {paths: [g]}, parallel: {matrix: [{A: [x, y]}]}}
first: {stage: .pre, script: x, artifacts: {paths: [f]}}
later: {stage: test, script: x, needs: [docs], artifacts: {paths: [bin]}}
";

struct Nothing;

impl RuleFiles for Nothing {
    fn changed_files(&self, _: Option<&str>) -> Option<Rc<[String]>> {
        None
    }

    fn all_files(&self) -> Rc<[String]> {
        Rc::default()
    }
}

/// What `ask` says about a job `t` of the last stage with these keywords, as names.
fn names(keywords: &str, ask: impl Fn(&JobOrder<'_>, &Decision<'_>) -> Vec<String>) -> Vec<String> {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", format!("{FILE}t: {{stage: test, script: x, {keywords}}}\n"));
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{found:?}"));
    let facts = Case::new().facts;
    let selector = Selector::new(&pipeline, &facts, &Nothing);
    let job = pipeline.jobs.get("t").unwrap_or_else(|| panic!("{:?}", pipeline.broken));
    ask(&JobOrder::new(&pipeline, &selector), &selector.decide(job))
}

fn shown(jobs: Vec<&Job>) -> Vec<String> {
    jobs.into_iter().map(|job| job.name.value.clone()).collect()
}

#[track_caller]
fn check_producers(keywords: &str, expect: &[&str]) {
    let found = names(keywords, |order, decision| shown(order.producers(decision)));
    assert_eq!(found, expect, "{keywords}");
}

#[track_caller]
fn check_direct(keywords: &str, expect: &[&str]) {
    let found = names(keywords, |order, decision| shown(order.direct(decision)));
    assert_eq!(found, expect, "{keywords}");
}

const GRID: [&str; 2] = ["grid: [x]", "grid: [y]"];

#[test]
fn a_job_without_needs_receives_from_all_earlier_stages_in_the_order_of_the_jobs() {
    let all = ["first", "compile", "docs", GRID[0], GRID[1], "many 1/2", "many 2/2"];
    check_producers("image: i", &all);
    check_producers("rules: [{needs: []}]", &all);
}

#[test]
fn dependencies_name_jobs_of_earlier_stages() {
    check_producers("dependencies: [docs, junit]", &["docs"]);
    check_producers("dependencies: [many, grid]", &[GRID[0], GRID[1], "many 1/2", "many 2/2"]);
    check_producers("dependencies: []", &[]);
    check_producers("dependencies: [], needs: [compile]", &[]);
    check_producers("dependencies: [never]", &[]);
}

#[test]
fn needs_name_jobs_of_any_stage_whatever_their_order() {
    check_producers("needs: []", &[]);
    check_producers("needs: [later, compile, junit]", &["compile", "later"]);
    check_producers("needs: [{job: compile, artifacts: false}, many]", &["many 1/2", "many 2/2"]);
    check_producers("needs: [many 1/2]", &["many 1/2"]);
    check_producers("needs: [{job: grid, parallel: {matrix: [{A: y}]}}]", &[GRID[1]]);
    check_producers("needs: [compile, docs], dependencies: [docs]", &["docs"]);
    check_producers("needs: [{job: never, optional: true}, docs]", &["docs"]);
    check_producers("rules: [{needs: [docs]}]", &["docs"]);
    check_producers("needs: [compile], rules: [{needs: []}]", &[]);
}

#[test]
fn a_job_waits_for_the_jobs_that_it_needs_or_for_those_of_earlier_stages() {
    check_direct("needs: []", &[]);
    check_direct("needs: [later]", &["later"]);
    check_direct("needs: [{job: later, artifacts: false}, compile]", &["compile", "later"]);
    check_direct("needs: [many]", &["many 1/2", "many 2/2"]);
    let all = ["first", "compile", "docs", "junit", "never", GRID[0], GRID[1], "many 1/2", "many 2/2"];
    check_direct("image: i", &all);
    check_direct("dependencies: []", &all);
}

#[test]
fn the_result_of_a_producer_decides_whether_it_stores_an_archive() {
    use crate::pipeline::artifacts::Artifacts;
    use crate::pipeline::saved_when::SavedWhen;
    let artifacts = Artifacts { untracked: true, when: SavedWhen::OnFailure, ..Artifacts::default() };
    assert!(artifacts.stores_archive(false) && !artifacts.stores_archive(true));
    let nothing = Artifacts { when: SavedWhen::Always, ..Artifacts::default() };
    assert!(!nothing.stores_archive(true) && !nothing.gives_anything());
}

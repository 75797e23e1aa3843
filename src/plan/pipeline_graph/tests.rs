use super::*;
use crate::pipeline::include::NoFiles;
use crate::pipeline::load;
use crate::plan::testing::{Case, EmptyProject};
use crate::source::map::SourceMap;

/// What `ask` says about the pipeline, or the messages of its errors.
fn ask(text: &str, ask: impl FnOnce(PipelineGraph<'_>) -> String) -> String {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{found:?}"));
    let facts = Case::new().facts;
    let selector = Selector::new(&pipeline, &facts, &EmptyProject);
    match PipelineGraph::new(&pipeline, &selector) {
        Ok(graph) => ask(graph),
        Err(problems) => {
            let place = |problem: &Diagnostic| {
                let label = problem.labels.first()?;
                let place = map.location(label.span.file, label.span.start);
                Some(format!(" at {}:{}", place.line, place.column))
            };
            let text = |problem: &Diagnostic| {
                let help = problem.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
                format!("{}{}{help}", problem.message, place(problem).unwrap_or_default())
            };
            problems.iter().map(text).collect::<Vec<_>>().join("\n")
        }
    }
}

fn describe(graph: &JobGraph) -> String {
    let job = |node: &JobNode| {
        let needs = match &node.needs {
            None => String::new(),
            Some(needs) => {
                let names: Vec<&str> = needs.iter().map(|need| &*graph.jobs[*need].name).collect();
                format!(" needs [{}]", names.join(", "))
            }
        };
        let may_fail = if node.may_fail { " may fail" } else { "" };
        let is_trigger = if node.is_trigger { " trigger" } else { "" };
        format!("{} {}: {}{may_fail}{is_trigger}{needs}", node.stage, node.name, node.when)
    };
    graph.jobs.iter().map(job).collect::<Vec<_>>().join("\n")
}

fn shown(text: &str) -> String {
    ask(text, |pipeline| describe(&pipeline.graph))
}

#[test]
fn jobs_stand_in_the_order_of_stages_places_and_instances() {
    insta::assert_snapshot!(shown("
stages: [.post, build, test]
last: {stage: .post, script: x}
unit: {script: x, parallel: 2, needs: [compile, grid]}
compile: {stage: build, script: x}
grid: {stage: build, script: x, parallel: {matrix: [{A: [x, y]}]}}
first: {stage: .pre, script: x}
one: {script: x, needs: [{job: grid, parallel: {matrix: [{A: y}]}}, 'unit 2/2']}
"), @r"
    0 first: on_success
    1 compile: on_success
    1 grid: [x]: on_success
    1 grid: [y]: on_success
    2 unit 1/2: on_success needs [compile, grid: [x], grid: [y]]
    2 unit 2/2: on_success needs [compile, grid: [x], grid: [y]]
    2 one: on_success needs [grid: [y], unit 2/2]
    3 last: on_success
    ");
}

#[test]
fn allowed_failures_and_manual_jobs_follow_the_table() {
    insta::assert_snapshot!(shown("
allowed: {script: x, allow_failure: true}
codes: {script: x, allow_failure: {exit_codes: [42]}}
optional: {script: x, when: manual}
blocking: {script: x, rules: [{when: manual}]}
both: {script: x, when: manual, rules: [{if: $CI}, {when: always}]}
rule: {script: x, allow_failure: true, rules: [{allow_failure: false}]}
child: {trigger: {include: child.yml}}
"), @r"
    2 allowed: on_success may fail
    2 codes: on_success
    2 optional: manual may fail
    2 blocking: manual
    2 both: manual may fail
    2 rule: on_success
    2 child: on_success trigger
    ");
}

#[test]
fn needs_of_others_and_absent_optional_needs_are_met() {
    insta::assert_snapshot!(shown("
absent: {stage: build, script: x, rules: [{when: never}]}
a: {script: x, needs: [{job: absent, optional: true}, {job: nowhere, optional: true}]}
b: {script: x, needs: [{project: g/p, job: j, ref: main, artifacts: true}]}
c: {script: x, rules: [{needs: []}]}
d: {script: x, rules: [{needs: [a]}]}
"), @r"
    2 a: on_success needs []
    2 b: on_success needs []
    2 c: on_success
    2 d: on_success needs [a]
    ");
}

#[test]
fn a_pipeline_without_jobs_is_not_created() {
    insta::assert_snapshot!(shown("a: {script: x, rules: [{when: never}]}"), @"Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline. (`runner-lite list --all` says why each job is left out)");
    insta::assert_snapshot!(shown("a: {stage: .pre, script: x}\nb: {stage: .post, script: x}"), @"Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline. (all of its jobs are in the stages .pre and .post, and these alone do not make a pipeline)");
    insta::assert_snapshot!(shown("workflow: {rules: [{when: never}]}\na: {script: x}"), @"Pipeline filtered out by workflow rules. (`workflow:rules` decide so: rule 1)");
}

#[test]
fn a_missing_need_and_a_circle_are_errors_with_their_places() {
    insta::assert_snapshot!(shown("
absent: {stage: build, script: x, rules: [{when: never}]}
a: {script: x, needs: [absent]}
b: {script: x}
"), @"'a' job needs 'absent' job, but 'absent' does not exist in the pipeline. This might be because of the only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional. at 3:24 (give both jobs the same rules, or write `{job: absent, optional: true}`)");
    insta::assert_snapshot!(shown("
a: {script: x, rules: [{needs: [b]}]}
b: {script: x, rules: [{needs: [c]}]}
c: {script: x, rules: [{needs: [a]}]}
d: {script: x, needs: [a]}
"), @"The pipeline has circular dependencies: a → b → c → a at 2:33 (remove one of these needs)");
    insta::assert_snapshot!(shown("a: {script: x, rules: [{needs: [a]}]}"), @"The pipeline has circular dependencies: a → a at 1:33 (remove one of these needs)");
    insta::assert_snapshot!(shown("stages: [s]\na: {stage: t, script: x}"), @"a job: chosen stage t does not exist; available stages are .pre, s, .post at 2:12 (did you mean `s`?)");
}

#[test]
fn a_part_of_the_pipeline_has_no_other_jobs() {
    let text = "
a: {stage: build, script: x}
b: {stage: build, script: x}
c: {script: x, needs: [a, b]}
d: {script: x, needs: [c]}
e: {stage: deploy, script: x}
";
    let part = |places: &[usize]| {
        let places: BTreeSet<usize> = places.iter().copied().collect();
        ask(text, |pipeline| describe(&pipeline.restricted_to(&places).graph))
    };
    insta::assert_snapshot!(part(&[1, 2, 4]), @r"
    1 b: on_success
    2 c: on_success needs [b]
    3 e: on_success
    ");
    insta::assert_snapshot!(part(&[3]), @"2 d: on_success needs []");
}

#[test]
fn stages_have_the_places_of_their_jobs() {
    let text = "stages: [a, b, c]\nx: {stage: c, script: x}\ny: {stage: a, script: x, parallel: 2}";
    let stages = ask(text, |pipeline| format!("{:?}", pipeline.stages()));
    assert_eq!(stages, r#"[("a", [0, 1]), ("c", [2])]"#);
}

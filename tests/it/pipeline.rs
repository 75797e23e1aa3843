//! `runner-lite pipeline --dry-run` and `--graph`, which need no engine. Each plan was checked by hand against GitLab's rules.

use super::sandbox::{ProgramOutput, Sandbox};

/// A web application: build, test matrix, package, manual deployment.
const SHOP: &str = "
stages: [build, test, package, deploy]
compile: {stage: build, script: x}
docs: {stage: build, script: x, allow_failure: true}
unit: {stage: test, script: x, parallel: {matrix: [{RUBY: ['3.1', '3.2']}]}, needs: [compile]}
lint: {stage: test, script: x, needs: []}
bundle: {stage: package, script: x}
review: {stage: deploy, script: x, when: manual, needs: [bundle]}
production: {stage: deploy, script: x, resource_group: production, rules: [{when: manual}]}
notify: {stage: .post, script: x, when: on_failure}
cleanup: {stage: .post, script: x, when: always}
";

fn run(file: &str, arguments: &[&str]) -> ProgramOutput {
    let words: Vec<&str> = ["pipeline"].iter().chain(arguments).copied().collect();
    Sandbox::new(&[(".gitlab-ci.yml", file)]).run(&words)
}

/// The plan, which is printed without a message.
#[track_caller]
fn plan(file: &str, arguments: &[&str]) -> String {
    let words: Vec<&str> = ["--dry-run"].iter().chain(arguments).copied().collect();
    let output = run(file, &words);
    assert_eq!((output.code, &*output.stderr), (0, ""), "{arguments:?}");
    output.stdout
}

/// The exit code and the message of a command line that fails.
fn error(file: &str, arguments: &[&str]) -> String {
    let output = run(file, arguments);
    assert_eq!(output.stdout, "");
    format!("{}: {}", output.code, output.stderr)
}

#[test]
fn a_pipeline_with_a_blocking_manual_job_does_not_reach_what_is_behind_it() {
    insta::assert_snapshot!(plan(SHOP, &[]), @r"
    JOB            BEGINS   WAITS FOR       START                              ENDS
    build
      compile      pending                                                     passed
      docs         pending                  may fail                           passed
    test
      unit: [3.1]  created  compile                                            passed
      unit: [3.2]  created  compile                                            passed
      lint         pending  (none)                                             passed
    package
      bundle       created  earlier stages                                     passed
    deploy
      review       created  bundle          manual, may fail                   manual
      production   created  earlier stages  manual, resource group production  manual
    .post
      notify       created  earlier stages  on_failure                         not reached: blocked by production
      cleanup      created  earlier stages  always                             not reached: blocked by production

    If every job that starts passes, the status of the pipeline is manual.
    ");
}

#[test]
fn a_manual_job_that_the_user_starts_runs_in_its_turn() {
    insta::assert_snapshot!(plan(SHOP, &["--manual", "production"]), @r"
    JOB            BEGINS   WAITS FOR       START                                       ENDS
    build
      compile      pending                                                              passed
      docs         pending                  may fail                                    passed
    test
      unit: [3.1]  created  compile                                                     passed
      unit: [3.2]  created  compile                                                     passed
      lint         pending  (none)                                                      passed
    package
      bundle       created  earlier stages                                              passed
    deploy
      review       created  bundle          manual, may fail                            manual
      production   created  earlier stages  manual, started, resource group production  passed
    .post
      notify       created  earlier stages  on_failure                                  skipped: nothing failed
      cleanup      created  earlier stages  always                                      passed

    If every job that starts passes, the status of the pipeline is success.
    ");
    assert_eq!(plan(SHOP, &["--manual-all"]).matches("manual, started").count(), 2);
}

#[test]
fn named_jobs_run_with_those_that_they_wait_for() {
    insta::assert_snapshot!(plan(SHOP, &["unit"]), @r"
    JOB            BEGINS   WAITS FOR  ENDS
    build
      compile      pending             passed
    test
      unit: [3.1]  created  compile    passed
      unit: [3.2]  created  compile    passed

    If every job that starts passes, the status of the pipeline is success.
    ");
    insta::assert_snapshot!(plan(SHOP, &["review"]), @r"
    JOB            BEGINS   WAITS FOR       START                      ENDS
    build
      compile      pending                                             passed
      docs         pending                  may fail                   passed
    test
      unit: [3.1]  created  compile                                    passed
      unit: [3.2]  created  compile                                    passed
      lint         pending  (none)                                     passed
    package
      bundle       created  earlier stages                             passed
    deploy
      review       created  bundle          manual, started, may fail  passed

    If every job that starts passes, the status of the pipeline is success.
    ");
}

#[test]
fn named_jobs_alone_run_as_if_there_were_no_others() {
    insta::assert_snapshot!(plan(SHOP, &["--only", "unit*", "notify", "review"]), @r"
    JOB            BEGINS   WAITS FOR       START                            ENDS
    test
      unit: [3.1]  pending  (none)                                           passed
      unit: [3.2]  pending  (none)                                           passed
    deploy
      review       pending  (none)          manual, started, may fail        passed
    .post
      notify       created  earlier stages  on_failure, started by its name  passed

    If every job that starts passes, the status of the pipeline is success.
    ");
}

#[test]
fn a_pattern_starts_no_manual_job() {
    insta::assert_snapshot!(plan(SHOP, &["--only", "*e*"]), @r"
    JOB        BEGINS   WAITS FOR       START             ENDS
    build
      compile  pending                                    passed
    package
      bundle   created  earlier stages                    passed
    deploy
      review   created  bundle          manual, may fail  manual
    .post
      cleanup  created  earlier stages  always            passed

    If every job that starts passes, the status of the pipeline is success.
    ");
}

#[test]
fn one_need_that_is_not_started_or_skipped_skips_the_jobs_behind_it() {
    insta::assert_snapshot!(plan("
a: {stage: build, script: x, when: manual}
b: {stage: build, script: x, when: on_failure}
needs-a: {script: x, needs: [a]}
needs-b: {script: x, needs: [b]}
needs-both: {script: x, needs: [needs-a, needs-b], when: always}
stage-job: {script: x}
behind: {stage: deploy, script: x, needs: [needs-a]}
", &[]), @r"
    JOB           BEGINS   WAITS FOR         START             ENDS
    build
      a           manual                     manual, may fail  manual
      b           skipped                    on_failure        skipped: nothing failed
    test
      needs-a     skipped  a                                   skipped: nobody started a
      needs-b     skipped  b                                   skipped: b was skipped
      needs-both  pending  needs-a, needs-b  always            passed
      stage-job   pending  earlier stages                      passed
    deploy
      behind      skipped  needs-a                             skipped: needs-a was skipped

    If every job that starts passes, the status of the pipeline is success.
    ");
}

#[test]
fn delayed_jobs_start_now_or_wait_or_stay() {
    const FILE: &str = "
early: {stage: build, script: x, when: delayed, start_in: 30 minutes}
late: {script: x}
free: {script: x, needs: [], rules: [{when: delayed, start_in: 1 day}]}
";
    insta::assert_snapshot!(plan(FILE, &[]), @r"
    JOB      BEGINS   WAITS FOR       START                           ENDS
    build
      early  pending                  delayed 30 min, starts at once  passed
    test
      late   created  earlier stages                                  passed
      free   pending  (none)          delayed 24 h, starts at once    passed

    If every job that starts passes, the status of the pipeline is success.
    ");
    insta::assert_snapshot!(plan(FILE, &["--delayed", "wait"]), @r"
    JOB      BEGINS     WAITS FOR       START           ENDS
    build
      early  scheduled                  delayed 30 min  passed
    test
      late   created    earlier stages                  passed
      free   scheduled  (none)          delayed 24 h    passed

    If every job that starts passes, the status of the pipeline is success.
    ");
    insta::assert_snapshot!(plan(FILE, &["--delayed", "skip"]), @r"
    JOB      BEGINS     WAITS FOR       START                        ENDS
    build
      early  scheduled                  delayed 30 min, not started  delayed
    test
      late   created    earlier stages                               not reached: blocked by early
      free   scheduled  (none)          delayed 24 h, not started    delayed

    If every job that starts passes, the status of the pipeline is scheduled.
    ");
}

#[test]
fn trigger_jobs_count_as_passed() {
    insta::assert_snapshot!(plan("
child: {stage: build, trigger: {include: child.yml}}
behind: {script: x, needs: [child]}
", &[]), @r"
    JOB       BEGINS   WAITS FOR  START    ENDS
    build
      child   success             trigger  not run here
    test
      behind  pending  child               passed

    If every job that starts passes, the status of the pipeline is success.
    ");
}

#[test]
fn absent_jobs_matter_only_to_needs_that_are_not_optional() {
    const FILE: &str = "
absent: {stage: build, script: x, rules: [{when: never}]}
a: {script: x, needs: [{job: absent, optional: true}]}
b: {stage: deploy, script: x}
";
    insta::assert_snapshot!(plan(FILE, &[]), @r"
    JOB  BEGINS   WAITS FOR       ENDS
    test
      a  pending  (none)          passed
    deploy
      b  created  earlier stages  passed

    If every job that starts passes, the status of the pipeline is success.
    ");
    insta::assert_snapshot!(error(&FILE.replace("optional: true", "optional: false"), &["--dry-run"]), @r"
    3: error: 'a' job needs 'absent' job, but 'absent' does not exist in the pipeline. This might be because of the only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional.
     --> .gitlab-ci.yml:3:24
      |
    3 | a: {script: x, needs: [{job: absent, optional: false}]}
      |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not in the pipeline of this branch or tag
      |
      = help: give both jobs the same rules, or write `{job: absent, optional: true}`
    ");
}

#[test]
fn needs_in_a_stage_go_in_any_direction() {
    insta::assert_snapshot!(plan("
c: {script: x, needs: [b]}
b: {script: x, needs: [a]}
a: {script: x, needs: ['n 2/2']}
n: {script: x, parallel: 2}
first: {stage: .pre, script: x}
", &[]), @r"
    JOB      BEGINS   WAITS FOR       ENDS
    .pre
      first  pending                  passed
    test
      c      created  b               passed
      b      created  a               passed
      a      created  n 2/2           passed
      n 1/2  created  earlier stages  passed
      n 2/2  created  earlier stages  passed

    If every job that starts passes, the status of the pipeline is success.
    ");
}

#[test]
fn the_plan_as_json_has_the_graph() {
    let output = plan(SHOP, &["--json", "bundle", "docs"]);
    let plan = super::json_answers::valid_answer("pipeline-plan", &output);
    assert_eq!(plan["status"], "success");
    insta::assert_snapshot!(serde_json::to_string(&plan["jobs"][2]).unwrap(), @r#"{"allow_failure":false,"begins":"created","ends":"success","name":"unit: [3.1]","needs":["compile"],"reason":null,"resource_group":null,"stage":"test","trigger":false,"when":"on_success"}"#);
}

#[test]
fn the_graph_is_shown_as_text_and_for_mermaid() {
    insta::assert_snapshot!(run(SHOP, &["--graph"]).stdout, @r"
    build
      compile
      docs
    test
      unit: [3.1] <- compile
      unit: [3.2] <- compile
      lint <- (none)
    package
      bundle <- earlier stages
    deploy
      review (manual) <- bundle
      production (manual) <- earlier stages
    .post
      notify (on_failure) <- earlier stages
      cleanup (always) <- earlier stages
    ");
    insta::assert_snapshot!(run(SHOP, &["--graph=mermaid", "bundle"]).stdout, @r#"
    flowchart LR
      subgraph s0["build"]
        j0["compile"]
        j1["docs"]
      end
      subgraph s1["test"]
        j2["unit: [3.1]"]
        j3["unit: [3.2]"]
        j4["lint"]
      end
      subgraph s2["package"]
        j5["bundle"]
      end
      j0 --> j2
      j0 --> j3
      s0 --> j5
      s1 --> j5
    "#);
}

#[test]
fn a_pipeline_that_gitlab_would_not_make_is_an_error() {
    insta::assert_snapshot!(error("a: {script: x, rules: [{when: never}]}", &["--dry-run"]), @r"
    3: error: Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline.
    help: `runner-lite list --all` says why each job is left out
    ");
    insta::assert_snapshot!(error("a: {script: x}\nb: {image: y}", &["--dry-run"]), @r"
    3: error: jobs b config should implement the script:, run:, or trigger: keyword
     --> .gitlab-ci.yml:2:1
      |
    2 | b: {image: y}
      | ^ this job has no `script`
      |
      = help: write one; a template, which does not run, has a name that begins with `.`
    ");
}

#[test]
fn names_that_choose_nothing_are_explained() {
    let said = |arguments: &[&str]| error(SHOP, &[&["--dry-run"], arguments].concat());
    insta::assert_snapshot!(said(&["unti"]), @r#"2: error: no job named "unti"; did you mean `unit`?"#);
    insta::assert_snapshot!(said(&["x*"]), @"2: error: no job of the pipeline matches `x*`");
    insta::assert_snapshot!(said(&["--manual", "lint"]), @r#"2: error: --manual: job "lint" is not manual; it starts by itself"#);
    insta::assert_snapshot!(said(&["compile", "--manual", "review"]), @r#"2: error: --manual: job "review" is not among the selected jobs; name it, too"#);
    let file = "a: {script: x}\nb: {script: x, rules: [{when: never}]}";
    insta::assert_snapshot!(error(file, &["--dry-run", "b"]), @r#"2: error: job "b" is not in the pipeline for this branch or tag (rule 1)"#);
}

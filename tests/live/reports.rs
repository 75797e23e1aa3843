//! Reports: what is stored of them, and which mistakes fail the job.

use super::pipeline::{Pipeline, at_once};

const YAML: &str = r#"
stages: [build, test]
default: {image: 'busybox:1.35'}
variables: {GIT_STRATEGY: none}
reports-junit:
  stage: build
  script:
    - echo '<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>' >r.xml
    - 'false'
  artifacts: {reports: {junit: r.xml}}
reports-after: {stage: test, script: [test ! -e r.xml]}
reports-two-raw: {stage: build, script: [touch a.json b.json], artifacts: {reports: {sast: '*.json'}}}
reports-folder: {stage: build, script: [mkdir r.xml], artifacts: {reports: {junit: r.xml}}}
reports-none: {stage: build, script: ['true'], artifacts: {reports: {sast: none.json}}}
"#;

#[test]
fn a_report_is_kept_after_a_failed_script_and_no_later_job_has_it() {
    let pipeline = Pipeline::new(YAML);
    pipeline.exec("reports-junit", &[]).assert(1, &["\nJUnit: 2 tests, 1 failure, 0 errors, 0 skipped\n"]);
    pipeline.pass("reports-after");
    pipeline.answer(&["artifacts", "get", "reports-junit", "--report", "junit", "-o", "got"]);
    let report = std::fs::read_to_string(pipeline.folder().join("got/r.xml")).unwrap();
    assert!(report.starts_with("<testsuite>"), "{report}");
}

#[test]
fn reports_that_gitlab_would_refuse_fail_the_job_and_absent_ones_do_not() {
    let pipeline = Pipeline::new(YAML);
    let cases = vec![
        ("reports-two-raw", 1, "only one file can be sent as raw"),
        ("reports-folder", 1, "the \"r.xml\" is not a regular file"),
        ("reports-none", 0, "ERROR: No files to upload"),
    ];
    at_once(cases, |(job, code, text)| pipeline.exec(job, &[]).assert(code, &[text]));
}

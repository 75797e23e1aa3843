use std::sync::Arc;

use super::*;
use crate::executor::outcome::JobOutcome;
use crate::report::example_run::{facts, job, ran, report};
use crate::secret::Secret;

fn text(report: &RunReport, ends: &LogEnds, style: Style, width: Option<usize>) -> String {
    let mut mask = Mask::default();
    mask.add(&[Secret::new("hunter2hunter2")]);
    let form = SummaryForm { style, signs: SpinnerSigns::Unicode, width, mask: &mask };
    summary(report, ends, &form).as_str().to_owned()
}

#[test]
fn a_run_is_summed_up_with_what_to_do_about_each_failure() {
    insta::assert_snapshot!(text(&report(), &LogEnds::new(), Style::Plain, Some(200)), @r#"
    JOB              STATE                           TIME       ATTEMPTS  ARTIFACTS        COVERAGE
    build            passed                          1 min 1 s            3 files, 1.2 MB  85.5%
    unit: [ruby, 2]  failed 7                        5.0 s      3
    lint             passed ⚠: failed 1              2.0 s
    slow             failed timeout                  1 min
    lost             failed system                   1.0 s
    package          skipped: slow failed
    deploy           manual: --manual deploy
    announce         not reached: blocked by deploy
    child            not run here

    unit: [ruby, 2]: exit code 7
      error: command failed (exit 7) at .gitlab-ci.yml:12: rspec <a> & "b"
      try it alone: runner-lite exec 'unit: [ruby, 2]'
      its log: runner-lite logs 'unit: [ruby, 2]'

    slow: execution took longer than 1 min
      try it alone: runner-lite exec slow
      its log: runner-lite logs slow

    lost: container `c` was lost: gone
      try it alone: runner-lite exec lost
      its log: runner-lite logs lost

    Finished in 1 min 15 s; 5 jobs took 2 min 9 s together
    Pipeline failed
    "#);
}

#[test]
fn a_narrow_terminal_keeps_the_names_and_states() {
    insta::assert_snapshot!(text(&report(), &LogEnds::new(), Style::Plain, Some(60)), @r#"
    JOB              STATE                           TIME
    build            passed                          1 min 1 s
    unit: [ruby, 2]  failed 7                        5.0 s
    lint             passed ⚠: failed 1              2.0 s
    slow             failed timeout                  1 min
    lost             failed system                   1.0 s
    package          skipped: slow failed
    deploy           manual: --manual deploy
    announce         not reached: blocked by deploy
    child            not run here

    unit: [ruby, 2]: exit code 7
      error: command failed (exit 7) at .gitlab-ci.yml:12: rspec <a> & "b"
      try it alone: runner-lite exec 'unit: [ruby, 2]'
      its log: runner-lite logs 'unit: [ruby, 2]'

    slow: execution took longer than 1 min
      try it alone: runner-lite exec slow
      its log: runner-lite logs slow

    lost: container `c` was lost: gone
      try it alone: runner-lite exec lost
      its log: runner-lite logs lost

    Finished in 1 min 15 s; 5 jobs took 2 min 9 s together
    Pipeline failed
    "#);
    insta::assert_snapshot!(text(&report(), &LogEnds::new(), Style::Plain, Some(80)), @r#"
    JOB              STATE                           TIME       ATTEMPTS
    build            passed                          1 min 1 s
    unit: [ruby, 2]  failed 7                        5.0 s      3
    lint             passed ⚠: failed 1              2.0 s
    slow             failed timeout                  1 min
    lost             failed system                   1.0 s
    package          skipped: slow failed
    deploy           manual: --manual deploy
    announce         not reached: blocked by deploy
    child            not run here

    unit: [ruby, 2]: exit code 7
      error: command failed (exit 7) at .gitlab-ci.yml:12: rspec <a> & "b"
      try it alone: runner-lite exec 'unit: [ruby, 2]'
      its log: runner-lite logs 'unit: [ruby, 2]'

    slow: execution took longer than 1 min
      try it alone: runner-lite exec slow
      its log: runner-lite logs slow

    lost: container `c` was lost: gone
      try it alone: runner-lite exec lost
      its log: runner-lite logs lost

    Finished in 1 min 15 s; 5 jobs took 2 min 9 s together
    Pipeline failed
    "#);
}

#[test]
fn states_have_colours() {
    let coloured = text(&report(), &LogEnds::new(), Style::Coloured, None);
    for part in [
        "\x1b[32;1mpassed\x1b[0;m",
        "\x1b[31;1mfailed 7\x1b[0;m",
        "\x1b[33;1mpassed ⚠: failed 1\x1b[0;m",
        "\x1b[0;33mmanual: --manual deploy\x1b[0;m",
        "\x1b[31;1mPipeline failed\x1b[0;m",
    ] {
        assert!(coloured.contains(part), "{part}: {coloured}");
    }
}

#[test]
fn the_end_of_a_log_that_nobody_has_seen_is_in_the_summary_and_masked() {
    let ends =
        LogEnds::from([("slow".to_owned(), vec!["one".to_owned(), "hunter2hunter2\x1b[2J".to_owned()])]);
    let text = text(&report(), &ends, Style::Plain, None);
    assert!(
        text.contains("slow: execution took longer than 1 min\n  | one\n  | [MASKED]\\u{1b}[2J\n"),
        "{text}"
    );
}

/// The last line of a run whose jobs have ended so.
fn last_line(status: JobState, has_warnings: bool, jobs: Vec<(&str, JobReport)>) -> String {
    let facts = facts(2, jobs.iter().map(|(name, _)| job(name, "test", None)).collect());
    let report = RunReport {
        facts: Arc::new(facts),
        status,
        has_warnings,
        code: 0,
        wall: Duration::from_secs(2),
        jobs: jobs.into_iter().map(|(_, ended)| ended).collect(),
    };
    let text = text(&report, &LogEnds::new(), Style::Plain, None);
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_verdict_says_what_the_pipeline_has_come_to_and_what_it_waits_for() {
    let passed = || ran(JobOutcome::Passed, 1);
    let not_run = |state, reason| JobReport::not_run(state, reason);
    let blocked = || Some(StateReason::BlockedBy(vec!["ap prove".to_owned()]));
    assert_eq!(last_line(JobState::Success, false, vec![("a", passed())]), "Pipeline passed");
    assert_eq!(last_line(JobState::Success, true, vec![("a", passed())]), "Pipeline passed ⚠ with warnings");
    assert_eq!(last_line(JobState::Canceled, false, vec![("a", passed())]), "Pipeline canceled");
    let jobs = vec![
        ("ap prove", not_run(JobState::Manual, None)),
        ("optional", not_run(JobState::Manual, None)),
        ("deploy", not_run(JobState::Created, blocked())),
    ];
    let expect = "Pipeline blocked: waiting for ap prove; --manual 'ap prove' starts it";
    assert_eq!(last_line(JobState::Manual, false, jobs), expect);
    let jobs = vec![("later", not_run(JobState::Scheduled, None))];
    let expect = "Pipeline blocked: waiting for later; --delayed now starts it";
    assert_eq!(last_line(JobState::Scheduled, false, jobs), expect);
    let jobs = vec![("optional", not_run(JobState::Manual, None))];
    assert_eq!(last_line(JobState::Skipped, false, jobs), "Pipeline skipped: no job had to run");
}

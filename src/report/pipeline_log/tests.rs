use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::executor::event::Section;
use crate::executor::outcome::{Allowed, Failure, JobOutcome};
use crate::executor::run_report::{JobReport, RunJob};
use crate::report::example_run::{facts, job, ran};
use crate::report::log_writer::LineStart;
use crate::report::style::Style;
use crate::report::testing::{Buffer, streams};
use crate::schedule::job_state::StateReason;
use crate::secret::Secret;

/// What the streams get of a run.
fn written(jobs: JobLogs, verbosity: Verbosity, events: Vec<(Option<&str>, EventKind)>) -> (String, String) {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let lines = LogFormat { style: Style::Plain, verbosity, line_start: LineStart::Text };
    let format = PipelineLogFormat { lines, jobs, signs: SpinnerSigns::Unicode };
    let streams = streams(stdout.clone(), stderr.clone());
    let mut log = PipelineLog::on_streams(streams, format, ProgressDisplay::Hidden, None);
    for (job, kind) in events {
        log.take(&Event { at: Timestamp::UNIX_EPOCH, job: job.map(Into::into), kind }).unwrap();
    }
    log.finish().unwrap();
    (stdout.text(), stderr.text())
}

fn output(text: &'static str) -> EventKind {
    EventKind::Output(Bytes::from_static(text.as_bytes()))
}

fn starts(name: &'static str) -> (Option<&'static str>, EventKind) {
    (Some(name), EventKind::JobState(JobStateChange::new(JobState::Pending, JobState::Running, None)))
}

fn ends(name: &'static str, outcome: JobOutcome) -> Vec<(Option<&'static str>, EventKind)> {
    let outcome = Arc::new(outcome);
    vec![
        (Some(name), EventKind::Section(Section::Result)),
        (Some(name), EventKind::Finished(Arc::clone(&outcome))),
        (Some(name), EventKind::JobState(JobStateChange::ended(1, &outcome, None))),
    ]
}

fn failed() -> JobOutcome {
    JobOutcome::Failed(Failure::script(7), Allowed::No)
}

/// A run of two jobs whose output comes in turns.
fn run(slots: usize, needs: Option<&[&str]>) -> Vec<(Option<&'static str>, EventKind)> {
    let facts = Arc::new(facts(slots, vec![job("build", "test", None), job("lint: [a]", "test", needs)]));
    let report = RunReport {
        facts: Arc::clone(&facts),
        status: JobState::Failed,
        has_warnings: false,
        code: 1,
        wall: Duration::from_secs(3),
        jobs: vec![JobReport { log: None, ..ran(failed(), 2) }, ran(JobOutcome::Passed, 1)],
    };
    let mut events = vec![
        (None, EventKind::RunStarted(facts)),
        starts("build"),
        starts("lint: [a]"),
        (Some("build"), EventKind::Secrets(vec![Secret::new("hunter2hunter2")])),
        (Some("build"), EventKind::Section(Section::StepScript)),
        (Some("build"), output("one ")),
        (Some("lint: [a]"), output("10%\r50%\r100%\nlinted\n")),
        (Some("build"), output("line hunter2hunter2\n\nopen")),
    ];
    events.extend(ends("lint: [a]", JobOutcome::Passed));
    events.extend(ends("build", failed()));
    events.push((None, EventKind::RunFinished(Arc::new(report))));
    events
}

#[test]
fn lines_of_jobs_that_overlap_have_the_names_of_their_jobs() {
    let (stdout, stderr) = written(JobLogs::AsTheyCome, Verbosity::Normal, run(2, None));
    insta::assert_snapshot!(stdout, @r#"
    lint: [a] │ 100%
    lint: [a] │ linted
    build     │ one line [MASKED]
    build     │ 
    lint: [a] │ Job succeeded
    build │ open
    build │ ERROR: Job failed: exit code 7

    JOB        STATE     TIME
    build      failed 7  2.0 s
    lint: [a]  passed    1.0 s

    build: exit code 7
      try it alone: runner-lite exec build

    Finished in 3.0 s; 2 jobs took 3.0 s together
    Pipeline failed
    "#);
    assert_eq!(stderr, "");
}

/// A run of two jobs, one after the other.
fn chain() -> Vec<(Option<&'static str>, EventKind)> {
    let chain: &[&str] = &["build"];
    let events = run(2, Some(chain));
    let (of_lint, others): (Vec<_>, Vec<_>) =
        events.into_iter().partition(|(job, _)| job.is_some_and(|job| job != "build"));
    let (mut others, last) = (others, vec![]);
    let finished = others.pop();
    [others, of_lint, finished.into_iter().collect(), last].concat()
}

#[test]
fn logs_of_jobs_that_cannot_overlap_follow_each_other_as_they_are() {
    let (stdout, _) = written(JobLogs::AsTheyCome, Verbosity::Normal, chain());
    insta::assert_snapshot!(stdout.replace('\r', "<CR>"), @r#"
    one line [MASKED]

    open

    ERROR: Job failed: exit code 7

    10%<CR>50%<CR>100%
    linted

    Job succeeded

    JOB        STATE     TIME
    build      failed 7  2.0 s
    lint: [a]  passed    1.0 s

    build: exit code 7
      try it alone: runner-lite exec build

    Finished in 3.0 s; 2 jobs took 3.0 s together
    Pipeline failed
    "#);
}

#[test]
fn a_log_may_be_shown_in_one_piece_when_its_job_has_ended() {
    let (stdout, _) = written(JobLogs::Grouped, Verbosity::Normal, run(2, None));
    let log = stdout.split("JOB").next().unwrap_or_default().replace('\r', "<CR>");
    insta::assert_snapshot!(log, @r#"
    10%<CR>50%<CR>100%
    linted

    Job succeeded

    one line [MASKED]

    open

    ERROR: Job failed: exit code 7
    "#);
}

#[test]
fn the_logs_of_failed_jobs_may_be_the_only_ones() {
    let (stdout, _) = written(JobLogs::OfFailedJobs, Verbosity::Normal, run(2, None));
    assert!(stdout.contains("one line [MASKED]\n\nopen\n") && !stdout.contains("linted"), "{stdout}");
}

#[test]
fn a_failed_attempt_that_is_repeated_is_no_failed_job() {
    let outcome = failed();
    let mut events = vec![
        (None, EventKind::RunStarted(Arc::new(facts(2, vec![job("a", "x", None), job("b", "x", None)])))),
        starts("a"),
        (Some("a"), output("first\n")),
        (Some("a"), EventKind::JobState(JobStateChange::will_repeat(1, &outcome))),
        (Some("a"), EventKind::JobState(JobStateChange::repeated(2))),
        (Some("a"), output("second\n")),
    ];
    events.extend(ends("a", JobOutcome::Passed));
    let (stdout, _) = written(JobLogs::OfFailedJobs, Verbosity::Normal, events.clone());
    assert_eq!(stdout, "");
    let (stdout, _) = written(JobLogs::Grouped, Verbosity::Normal, events);
    assert!(stdout.contains("first\nsecond\n"), "{stdout}");
}

#[test]
fn a_quiet_run_has_its_summary_alone() {
    let (stdout, stderr) = written(JobLogs::AsTheyCome, Verbosity::Quiet, run(2, None));
    assert!(stdout.starts_with("JOB") && stdout.ends_with("Pipeline failed\n"), "{stdout}");
    assert!(!stdout.contains("linted") && stderr.is_empty(), "{stdout}{stderr}");
}

#[test]
fn a_verbose_run_says_why_jobs_wait_or_do_not_run() {
    let jobs: Vec<RunJob> = ["a", "b", "c"].map(|name| job(name, "x", None)).into();
    let change = |to, reason| EventKind::JobState(JobStateChange::new(JobState::Created, to, reason));
    let events = vec![
        (None, EventKind::RunStarted(Arc::new(facts(2, jobs)))),
        (Some("a"), change(JobState::Manual, None)),
        (Some("b"), change(JobState::Skipped, Some(StateReason::NotStarted("a".to_owned())))),
        (Some("c"), change(JobState::Canceled, Some(StateReason::Stopped))),
    ];
    let expect = "a: waits for somebody to start it\nb: skipped: nobody started a\nc: canceled\n";
    assert_eq!(written(JobLogs::AsTheyCome, Verbosity::Verbose, events.clone()).0, expect);
    assert_eq!(written(JobLogs::AsTheyCome, Verbosity::Normal, events).0, "");
}

//! A run for tests: its facts, and how its jobs ended.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::executor::executed_job::ExecutedJob;
use crate::executor::failed_command::{CommandPlace, FailedCommand};
use crate::executor::outcome::{Allowed, Failure, JobOutcome};
use crate::executor::run_report::{JobReport, RunFacts, RunJob, RunReport};
use crate::pipeline::when::When;
use crate::schedule::job_state::{JobState, StateReason};
use crate::store::ArchiveSize;

/// A job that runs on success, in a stage, with needs.
pub(super) fn job(name: &str, stage: &str, needs: Option<&[&str]>) -> RunJob {
    let needs = needs.map(|needs| needs.iter().map(|name| (*name).to_owned()).collect());
    RunJob { name: name.to_owned(), stage: stage.to_owned(), needs, when: When::OnSuccess }
}

/// A run of these jobs.
pub(super) fn facts(slots: usize, jobs: Vec<RunJob>) -> RunFacts {
    RunFacts {
        run: Some("20261129T100000-8f3a".to_owned()),
        pipeline_id: 7,
        commit: Some("0123abcd".to_owned()),
        is_dirty: Some(true),
        started: Timestamp::from_second(1_800_000_000).unwrap(),
        slots,
        jobs,
    }
}

/// A job that has run once.
pub(super) fn ran(outcome: JobOutcome, seconds: u64) -> JobReport {
    let job = ExecutedJob {
        outcome: Arc::new(outcome),
        attempts: 1,
        started: Timestamp::from_second(1_800_000_000).unwrap(),
        took: Duration::from_secs(seconds),
        archive: None,
        coverage: None,
        folder: Some("/state/jobs/1".into()),
    };
    JobReport::of(job, None)
}

/// The outcome of a script that failed at a known command.
pub(super) fn failed_at(exit_code: i64, text: &str, allowed: Allowed) -> JobOutcome {
    let place = Some(CommandPlace { file: ".gitlab-ci.yml".to_owned(), first: 12, last: 12 });
    let command = FailedCommand { text: text.to_owned(), more_lines: 0, place };
    let failure = Failure::Script { exit_code, command: Some(Box::new(command)), hint: None };
    JobOutcome::Failed(failure, allowed)
}

/// A run with a job of every kind.
pub(super) fn report() -> RunReport {
    let archive = ArchiveSize { entries: 4, files: 3, bytes: 1_234_567, length: 1_300_000 };
    let jobs = vec![
        (
            job("build", "build", None),
            JobReport {
                artifacts: Some(archive),
                coverage: Some("85.5".to_owned()),
                ..ran(JobOutcome::Passed, 61)
            },
        ),
        (
            job("unit: [ruby, 2]", "test", None),
            JobReport { attempts: 3, ..ran(failed_at(7, "rspec <a> & \"b\"", Allowed::No), 5) },
        ),
        (job("lint", "test", Some(&["build"])), ran(failed_at(1, "rubocop", Allowed::Yes), 2)),
        (
            job("slow", "test", None),
            ran(JobOutcome::Failed(Failure::Timeout { after: Duration::from_secs(60) }, Allowed::No), 60),
        ),
        (
            job("lost", "test", None),
            ran(
                JobOutcome::Failed(
                    Failure::Lost { container: "c".to_owned(), detail: "gone".to_owned() },
                    Allowed::No,
                ),
                1,
            ),
        ),
        (
            job("package", "package", None),
            JobReport::not_run(JobState::Skipped, Some(StateReason::Failed("slow".to_owned()))),
        ),
        (job("deploy", "deploy", Some(&["build"])), JobReport::not_run(JobState::Manual, None)),
        (
            job("announce", "deploy", Some(&["deploy"])),
            JobReport::not_run(JobState::Created, Some(StateReason::BlockedBy(vec!["deploy".to_owned()]))),
        ),
        (
            job("child", "deploy", Some(&[])),
            JobReport::not_run(JobState::Success, Some(StateReason::NotRunHere)),
        ),
    ];
    let (facts_jobs, jobs) = jobs.into_iter().unzip();
    RunReport {
        facts: Arc::new(facts(4, facts_jobs)),
        status: JobState::Failed,
        has_warnings: true,
        code: 1,
        wall: Duration::from_secs(75),
        jobs,
    }
}

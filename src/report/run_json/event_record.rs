//! The objects of `--events`, one a line.

use jiff::Timestamp;
use serde::Serialize;

use super::VERSION;
use super::masked_text::MaskedText;
use super::reason::reason;
use crate::executor::run_report::{JobStateChange, RunFacts, RunReport};
use crate::report::mask::Mask;

/// A line.
#[derive(Debug, Serialize)]
pub(super) struct EventLine<'r> {
    version: u32,
    t: String,
    run: Option<&'r str>,
    #[serde(flatten)]
    event: EventRecord,
}

impl<'r> EventLine<'r> {
    /// The line of an event that happened at this time in that run.
    pub(super) fn new(at: Timestamp, run: Option<&'r str>, event: EventRecord) -> Self {
        Self { version: VERSION, t: time(at), run, event }
    }
}

/// RFC 3339 with milliseconds.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum EventRecord {
    RunStarted {
        pipeline_id: u64,
        commit: Option<MaskedText>,
        dirty: Option<bool>,
        slots: usize,
        jobs: Vec<StartedJob>,
    },
    JobState {
        job: MaskedText,
        attempt: u32,
        from: &'static str,
        to: &'static str,
        reason: Option<&'static str>,
        reason_jobs: Vec<MaskedText>,
        exit_code: Option<i64>,
        will_retry: bool,
    },
    JobLine {
        job: MaskedText,
        source: LineSource,
        text: String,
    },
    Cache {
        job: MaskedText,
        key: MaskedText,
        result: CacheResult,
        bytes: Option<u64>,
    },
    Artifacts {
        job: MaskedText,
        kind: &'static str,
        files: u64,
        bytes: u64,
    },
    RunFinished {
        status: &'static str,
        code: u8,
        has_warnings: bool,
        wall_ms: u64,
    },
}

/// A job of a run that begins.
#[derive(Debug, Serialize)]
pub(super) struct StartedJob {
    name: MaskedText,
    stage: MaskedText,
    needs: Option<Vec<MaskedText>>,
    when: &'static str,
}

/// Who wrote a line of a job's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LineSource {
    /// The job's commands.
    Output,
    /// This program.
    Runner,
    /// A service of the job.
    Service,
}

/// What happened to a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CacheResult {
    Hit,
    Miss,
    Saved,
    Unchanged,
    NotSaved,
}

impl EventRecord {
    pub(super) fn run_started(facts: &RunFacts, mask: &Mask) -> Self {
        let text = |text: &str| MaskedText::new(text, mask);
        let jobs = facts.jobs.iter().map(|job| StartedJob {
            name: text(&job.name),
            stage: text(&job.stage),
            needs: job.needs.as_ref().map(|needs| MaskedText::list(needs, mask)),
            when: job.when.as_str(),
        });
        Self::RunStarted {
            pipeline_id: facts.pipeline_id,
            commit: facts.commit.as_deref().map(text),
            dirty: facts.is_dirty,
            slots: facts.slots,
            jobs: jobs.collect(),
        }
    }

    pub(super) fn job_state(job: &str, change: &JobStateChange, mask: &Mask) -> Self {
        let (reason, jobs) = reason(change.reason.as_ref(), change.failure);
        Self::JobState {
            job: MaskedText::new(job, mask),
            attempt: change.attempt,
            from: change.from.as_str(),
            to: change.to.as_str(),
            reason,
            reason_jobs: MaskedText::list(&jobs, mask),
            exit_code: change.exit_code,
            will_retry: change.is_repeated,
        }
    }

    pub(super) fn run_finished(report: &RunReport) -> Self {
        Self::RunFinished {
            status: report.status.as_str(),
            code: report.code,
            has_warnings: report.has_warnings,
            wall_ms: milliseconds(report.wall),
        }
    }
}

/// Whole milliseconds.
pub(super) fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

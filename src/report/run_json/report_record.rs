//! The object of `--report`: how a run and its jobs ended.

use serde::Serialize;
use serde_json::Number;

use super::VERSION;
use super::event_record::{milliseconds, time};
use super::masked_text::MaskedText;
use super::reason::reason;
use crate::executor::run_report::{JobReport, RunJob, RunReport};
use crate::report::mask::Mask;

/// The final state of a run.
#[derive(Debug, Serialize)]
pub(in crate::report) struct RunReportRecord {
    version: u32,
    run: Option<String>,
    pipeline_id: u64,
    commit: Option<MaskedText>,
    dirty: Option<bool>,
    status: &'static str,
    has_warnings: bool,
    code: u8,
    started: String,
    wall_ms: u64,
    jobs: Vec<ReportedJob>,
}

/// The final state of a job.
#[derive(Debug, Serialize)]
struct ReportedJob {
    name: MaskedText,
    stage: MaskedText,
    state: &'static str,
    reason: Option<&'static str>,
    reason_jobs: Vec<MaskedText>,
    exit_code: Option<i64>,
    allow_failure: bool,
    attempts: u32,
    started: Option<String>,
    duration_ms: u64,
    needs: Option<Vec<MaskedText>>,
    artifacts: Option<ReportedArchive>,
    coverage: Option<Number>,
    log: Option<MaskedText>,
}

/// The archive of a job.
#[derive(Debug, Serialize)]
struct ReportedArchive {
    files: u64,
    bytes: u64,
}

impl RunReportRecord {
    pub(in crate::report) fn new(report: &RunReport, mask: &Mask) -> Self {
        let facts = &report.facts;
        let jobs = facts.jobs.iter().zip(&report.jobs);
        Self {
            version: VERSION,
            run: facts.run.clone(),
            pipeline_id: facts.pipeline_id,
            commit: facts.commit.as_deref().map(|commit| MaskedText::new(commit, mask)),
            dirty: facts.is_dirty,
            status: report.status.as_str(),
            has_warnings: report.has_warnings,
            code: report.code,
            started: time(facts.started),
            wall_ms: milliseconds(report.wall),
            jobs: jobs.map(|(job, ended)| ReportedJob::new(job, ended, mask)).collect(),
        }
    }
}

impl ReportedJob {
    fn new(job: &RunJob, ended: &JobReport, mask: &Mask) -> Self {
        let (reason, jobs) = reason(ended.reason.as_ref(), ended.failure());
        Self {
            name: MaskedText::new(&job.name, mask),
            stage: MaskedText::new(&job.stage, mask),
            state: ended.state.as_str(),
            reason,
            reason_jobs: MaskedText::list(&jobs, mask),
            exit_code: ended.outcome.as_ref().and_then(|outcome| outcome.exit_code()),
            allow_failure: ended.may_fail,
            attempts: ended.attempts,
            started: ended.started.map(time),
            duration_ms: milliseconds(ended.duration),
            needs: job.needs.as_ref().map(|needs| MaskedText::list(needs, mask)),
            artifacts: ended.artifacts.map(|size| ReportedArchive { files: size.files, bytes: size.bytes }),
            coverage: ended.coverage.as_deref().and_then(|figure| serde_json::from_str(figure).ok()),
            log: ended.log.as_ref().map(|path| MaskedText::new(&path.to_string_lossy(), mask)),
        }
    }
}

//! What a run spends its time with, taken from its events.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::engine::ApiCall;
use crate::executor::create::names::run_of;
use crate::executor::event::{Event, EventKind, ScriptResult, Section};
use crate::executor::notice::Notice;

/// How many phases, calls and waits are kept of a run: more than any table is read of, and some 20 MB of memory.
const SPANS_MAX: usize = 100_000;

/// What a span of time is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SpanKind {
    /// A section of a job's log.
    Phase,
    /// A pull, or the time until a service was ready: several calls, or none.
    Wait,
    /// A call of the Engine API.
    Call,
}

/// Something that took a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimedSpan {
    /// `None` for the run as a whole.
    pub(super) job: Option<Arc<str>>,
    pub(super) kind: SpanKind,
    /// `create container`
    pub(super) name: &'static str,
    /// Without the part of a name that all objects of a job share; empty for a phase.
    pub(super) object: String,
    pub(super) begun: Timestamp,
    pub(super) took: Duration,
    /// The status of a call that was refused, or `no answer`.
    pub(super) failure: Option<String>,
}

/// What a run has spent its time with so far.
#[derive(Debug, Default)]
pub(in crate::report) struct TimingsRecord {
    spans: Vec<TimedSpan>,
    /// How many spans are not kept.
    pub(super) left_out: usize,
    /// The section that goes on in each job, and its beginning.
    sections: HashMap<Option<Arc<str>>, (Section, Timestamp)>,
}

impl TimingsRecord {
    /// Takes note of the next event.
    pub(in crate::report) fn take(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Call(call) => self.call(event, call),
            EventKind::Section(section) => {
                self.end_section(event);
                self.sections.insert(event.job.clone(), (*section, event.at));
            }
            EventKind::Timings { .. } => self.end_section(event),
            EventKind::Notice(Notice::ServiceReady { service, elapsed }) => {
                self.wait(event, "wait for service", service.image.clone(), *elapsed);
            }
            EventKind::Notice(Notice::PullFinished { image, elapsed, .. }) => {
                self.wait(event, "pull", image.clone(), *elapsed);
            }
            _ => {}
        }
    }

    /// The spans by their beginnings; of those that begin at the same time, what takes longer comes first.
    pub(super) fn sorted(&self) -> Vec<&TimedSpan> {
        let mut spans: Vec<&TimedSpan> = self.spans.iter().collect();
        spans.sort_by_key(|span| (span.begun, span.kind, std::cmp::Reverse(span.took)));
        spans
    }

    fn call(&mut self, event: &Event, call: &ApiCall) {
        let failure = match call.status {
            None => Some("no answer".to_owned()),
            Some(status) => (status >= 400).then(|| status.to_string()),
        };
        self.push(TimedSpan {
            job: event.job.clone(),
            kind: SpanKind::Call,
            name: call.operation,
            object: short_name(&call.subject).to_owned(),
            begun: before(event.at, call.elapsed),
            took: call.elapsed,
            failure,
        });
    }

    fn wait(&mut self, event: &Event, name: &'static str, object: String, took: Duration) {
        let (job, begun) = (event.job.clone(), before(event.at, took));
        self.push(TimedSpan { job, kind: SpanKind::Wait, name, object, begun, took, failure: None });
    }

    fn end_section(&mut self, event: &Event) {
        let Some((section, begun)) = self.sections.remove(&event.job) else { return };
        let took = Duration::try_from(event.at.duration_since(begun)).unwrap_or_default();
        let (job, name, object) = (event.job.clone(), phase(section), String::new());
        self.push(TimedSpan { job, kind: SpanKind::Phase, name, object, begun, took, failure: None });
    }

    fn push(&mut self, span: TimedSpan) {
        match self.spans.len() < SPANS_MAX {
            true => self.spans.push(span),
            false => self.left_out = self.left_out.saturating_add(1),
        }
    }
}

/// The name of an object without what all objects of its job begin with.
fn short_name(name: &str) -> &str {
    let rest = run_of(name).and_then(|run| name.strip_prefix(run)?.strip_prefix('-'));
    rest.unwrap_or(name)
}

fn before(at: Timestamp, elapsed: Duration) -> Timestamp {
    let elapsed = SignedDuration::try_from(elapsed).unwrap_or_default();
    at.checked_sub(elapsed).unwrap_or(at)
}

/// GitLab Runner's name of a section. Its log has none for the end of a job, in which everything is removed.
fn phase(section: Section) -> &'static str {
    match section {
        Section::PrepareExecutor => "prepare_executor",
        Section::PrepareScript => "prepare_script",
        Section::GetSources => "get_sources",
        Section::RestoreCache => "restore_cache",
        Section::DownloadArtifacts => "download_artifacts",
        Section::StepScript => "step_script",
        Section::AfterScript => "after_script",
        Section::SaveCaches(ScriptResult::Success) => "archive_cache",
        Section::SaveCaches(ScriptResult::Failure) => "archive_cache_on_failure",
        Section::StoreArtifacts(ScriptResult::Success) => "upload_artifacts_on_success",
        Section::StoreArtifacts(ScriptResult::Failure) => "upload_artifacts_on_failure",
        Section::Result => "cleanup",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spans_are_bounded_and_the_rest_is_counted() {
        let mut record = TimingsRecord::default();
        let ready = Notice::PullFinished {
            image: "a".to_owned(),
            layers: 1,
            bytes: 0,
            elapsed: Duration::from_secs(1),
        };
        let event = Event { at: Timestamp::UNIX_EPOCH, job: None, kind: EventKind::Notice(ready) };
        for _ in 0..SPANS_MAX + 2 {
            record.take(&event);
        }
        assert_eq!((record.spans.len(), record.left_out), (SPANS_MAX, 2));
        assert_eq!(record.spans[0].begun, Timestamp::from_second(-1).unwrap());
    }

    #[test]
    fn an_object_of_a_job_is_named_without_what_all_of_them_begin_with() {
        assert_eq!(short_name("runner-lite-project-1-concurrent-0-00000000000000fe-redis-0"), "redis-0");
        assert_eq!(short_name("busybox:1.35"), "busybox:1.35");
    }
}

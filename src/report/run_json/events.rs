//! The listener that writes `--events`.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;

use super::cache_uses::{CacheUses, ToldCache};
use super::event_record::{EventLine, EventRecord, LineSource};
use super::masked_text::MaskedText;
use crate::executor::event::{Event, EventKind};
use crate::executor::event_channel::EventSink;
use crate::executor::files_notice::FilesNotice;
use crate::report::json::json_line;
use crate::report::mask::Mask;
use crate::report::service_lines::lines_of_part;
use crate::report::style::Style;
use crate::report::transcript::{LogPart, Transcript};
use crate::report::verbosity::Verbosity;
use crate::report::whole_lines::WholeLines;

/// The kind of an archive of artifacts; others are types of reports.
pub(super) const ARCHIVE: &str = "archive";

/// Whether the lines of the jobs' logs are events, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLines {
    /// They are (`--events-lines`).
    Written,
    /// They are not.
    LeftOut,
}

/// Writes a line of JSON for each event that programs may want to know.
pub struct EventsWriter {
    out: Box<dyn Write + Send>,
    lines: LogLines,
    run: Option<String>,
    /// With the secrets of all jobs: a job's name may be in the event of another one.
    mask: Mask,
    jobs: HashMap<Arc<str>, JobEvents>,
}

/// What is known of a job.
struct JobEvents {
    caches: CacheUses,
    transcript: Transcript,
    output: WholeLines,
}

impl Default for JobEvents {
    fn default() -> Self {
        let transcript = Transcript::new(Style::Plain, Verbosity::Normal);
        Self { caches: CacheUses::default(), transcript, output: WholeLines::default() }
    }
}

impl EventsWriter {
    pub fn new(out: Box<dyn Write + Send>, lines: LogLines) -> Self {
        let (mask, jobs) = (Mask::default(), HashMap::new());
        Self { out, lines, run: None, mask, jobs }
    }

    fn write(&mut self, at: Timestamp, event: EventRecord) -> io::Result<()> {
        let line = json_line(&EventLine::new(at, self.run.as_deref(), event));
        // One call, so that a reader never sees a part of a line.
        self.out.write_all(line.as_bytes())?;
        self.out.flush()
    }

    fn of_job(&mut self, job: &Arc<str>, event: &Event) -> io::Result<()> {
        let text = MaskedText::new(job, &self.mask);
        let record = match &event.kind {
            EventKind::JobState(change) => Some(EventRecord::job_state(job, change, &self.mask)),
            EventKind::Files(FilesNotice::ArtifactsStored { report, files, bytes, .. }) => {
                let kind = report.unwrap_or(ARCHIVE);
                Some(EventRecord::Artifacts { job: text, kind, files: *files, bytes: *bytes })
            }
            EventKind::Files(notice) => {
                let used = self.jobs.entry(Arc::clone(job)).or_default().caches.take(notice);
                used.map(|ToldCache { key, result, bytes }| EventRecord::Cache {
                    job: text,
                    key: MaskedText::new(&key, &self.mask),
                    result,
                    bytes,
                })
            }
            _ => None,
        };
        self.job_lines(job, event)?;
        record.map_or(Ok(()), |record| self.write(event.at, record))
    }

    /// Writes the lines of the job's log that the event completes.
    fn job_lines(&mut self, job: &Arc<str>, event: &Event) -> io::Result<()> {
        if self.lines == LogLines::LeftOut || matches!(event.kind, EventKind::Call(_)) {
            return Ok(());
        }
        let of_job = self.jobs.entry(Arc::clone(job)).or_default();
        let parts = of_job.transcript.take(event);
        let mut lines = of_job.lines(parts);
        if matches!(event.kind, EventKind::Timings { .. }) {
            lines.extend(of_job.open_line());
        }
        self.write_lines(job, event.at, lines)
    }

    fn write_lines(
        &mut self,
        job: &Arc<str>,
        at: Timestamp,
        lines: Vec<(LineSource, String)>,
    ) -> io::Result<()> {
        let name = MaskedText::new(job, &self.mask);
        lines.into_iter().try_for_each(|(source, text)| {
            self.write(at, EventRecord::JobLine { job: name.clone(), source, text })
        })
    }
}

impl JobEvents {
    fn lines(&mut self, parts: Vec<LogPart>) -> Vec<(LineSource, String)> {
        let mut lines = Vec::new();
        for part in parts {
            match part {
                LogPart::Output(bytes) => {
                    let whole = self.output.push(&bytes);
                    lines.extend(whole.iter().map(|line| (LineSource::Output, text(line))));
                }
                LogPart::ServiceLines(bytes) => {
                    lines.extend(self.open_line());
                    lines.extend(lines_of_part(&bytes).map(|line| (LineSource::Service, text(line))));
                }
                LogPart::Lines(runner) | LogPart::ErrorLines(runner) => {
                    lines.extend(self.open_line());
                    let runner = runner.as_str().lines();
                    lines.extend(runner.map(|line| (LineSource::Runner, line.to_owned())));
                }
                LogPart::Gap | LogPart::Aside(_) => {}
            }
        }
        lines
    }

    fn open_line(&mut self) -> Option<(LineSource, String)> {
        self.output.end().map(|line| (LineSource::Output, text(&line)))
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

impl EventSink for EventsWriter {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        match (&event.kind, &event.job) {
            (EventKind::RunStarted(facts), _) => {
                self.run.clone_from(&facts.run);
                self.write(event.at, EventRecord::run_started(facts, &self.mask))
            }
            (EventKind::RunFinished(report), _) => self.write(event.at, EventRecord::run_finished(report)),
            (EventKind::Secrets(secrets), _) => {
                self.mask.add(secrets);
                let Some(job) = &event.job else { return Ok(()) };
                self.job_lines(job, event)
            }
            (_, Some(job)) => self.of_job(job, event),
            (_, None) => Ok(()),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests;

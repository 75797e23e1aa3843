//! The log of jobs that may run at the same time, and what their run has come to.
//!
//! Each job has a transcript of its own. Where jobs can overlap, whole lines with the name of their job are written in the
//! order in which they come; where they cannot, the logs of the jobs follow each other.

mod held_log;
mod job_lines;
mod log_end;
mod overlap;
mod prefix;
mod progress;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use self::held_log::HeldLog;
use self::job_lines::{JobLines, LineOfJob};
use self::log_end::log_end;
use self::overlap::LogLayout;
use self::prefix::prefix;
use self::progress::RunProgress;
use super::console;
use super::live::ProgressDisplay;
use super::live_text::SpinnerSigns;
use super::log::now;
use super::log_streams::{LogStreams, LogTarget};
use super::log_writer::{LogFormat, LogWriter};
use super::mask::Mask;
use super::run_summary::{LogEnds, SummaryForm, summary};
use super::shown_log::ShownLog;
use super::state_text::reason_text;
use super::terminal_text::TerminalText;
use super::transcript::{IgnoredKeyword, LogPart, Transcript};
use super::verbosity::Verbosity;
use crate::executor::event::{Event, EventKind};
use crate::executor::event_channel::EventSink;
use crate::executor::notice::Activity;
use crate::executor::run_report::{JobStateChange, RunFacts, RunReport};
use crate::schedule::job_state::{JobState, StateReason};

/// Which logs of jobs are shown, and when (`--output`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobLogs {
    /// All, as they come.
    AsTheyCome,
    /// All, each in one piece when its job has ended.
    Grouped,
    /// Those of failed jobs, each in one piece when its job has ended.
    OfFailedJobs,
    /// None.
    Hidden,
}

/// What the log of a run looks like.
#[derive(Debug, Clone, Copy)]
pub struct PipelineLogFormat {
    pub lines: LogFormat,
    pub jobs: JobLogs,
    /// The signs that the terminal shows.
    pub signs: SpinnerSigns,
}

/// Writes the logs of the jobs of a run, and its summary.
pub struct PipelineLog {
    writer: LogWriter,
    format: PipelineLogFormat,
    layout: LogLayout,
    /// The lines about the run as a whole.
    transcript: Transcript,
    jobs: HashMap<Arc<str>, JobLog>,
    /// The job whose log is being written, where logs follow each other.
    current: Option<Arc<str>>,
    progress: Arc<Mutex<RunProgress>>,
    /// With the secrets of all jobs.
    mask: Mask,
    width: Option<usize>,
}

/// The log of a job.
struct JobLog {
    /// The place of the job in the pipeline, which chooses its colour.
    number: usize,
    transcript: Transcript,
    lines: JobLines,
    held: HeldLog,
}

impl PipelineLog {
    /// A log on the streams of this process.
    pub fn new(format: PipelineLogFormat, display: ProgressDisplay, target: LogTarget) -> Self {
        let width = match target {
            LogTarget::Standard => console::answer_width(),
            LogTarget::StandardError => None,
        };
        Self::on_streams(LogStreams::of_process(target), format, display, width)
    }

    fn on_streams(
        streams: LogStreams,
        format: PipelineLogFormat,
        display: ProgressDisplay,
        width: Option<usize>,
    ) -> Self {
        let LogFormat { style, verbosity, .. } = format.lines;
        let jobs = if verbosity == Verbosity::Quiet { JobLogs::Hidden } else { format.jobs };
        Self {
            writer: LogWriter::new(streams, format.lines, display),
            format: PipelineLogFormat { jobs, ..format },
            layout: LogLayout::OneByOne,
            transcript: Transcript::new(style, verbosity),
            jobs: HashMap::new(),
            current: None,
            progress: Arc::default(),
            mask: Mask::default(),
            width,
        }
    }

    fn progress(&self) -> MutexGuard<'_, RunProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_run(&mut self, facts: &RunFacts) {
        self.layout = LogLayout::of(facts);
        *self.progress() = RunProgress::new(facts);
        let LogFormat { style, verbosity, .. } = self.format.lines;
        for (number, job) in facts.jobs.iter().enumerate() {
            let transcript = Transcript::new(style, verbosity);
            let log = JobLog { number, transcript, lines: JobLines::default(), held: HeldLog::default() };
            self.jobs.insert(job.name.as_str().into(), log);
        }
        self.show_status();
    }

    /// Shows the live line, unless output appears as it comes: that may end anywhere in a line, which the live line would
    /// continue.
    fn show_status(&mut self) {
        if self.layout == LogLayout::OneByOne && self.format.jobs == JobLogs::AsTheyCome {
            return;
        }
        let (progress, signs) = (Arc::clone(&self.progress), self.format.signs);
        self.writer.live.show_status(move |columns| {
            progress.lock().unwrap_or_else(PoisonError::into_inner).line(Instant::now(), signs, columns)
        });
    }

    /// Writes what an event adds to the log of a job.
    fn of_job(&mut self, name: &Arc<str>, event: &Event) -> io::Result<()> {
        let Some(job) = self.jobs.get_mut(name) else { return self.of_run(event) };
        let parts = job.transcript.take(event);
        match (self.format.jobs, self.layout) {
            (JobLogs::Hidden, _) if matches!(event.kind, EventKind::Terminal(_)) => {
                self.write_terminal_lines(name, parts, event.at)
            }
            (JobLogs::Hidden, _) => Ok(()),
            (JobLogs::Grouped | JobLogs::OfFailedJobs, _) => {
                job.held.add(parts);
                match event.kind {
                    // Whoever gets a shell has seen what happened before.
                    EventKind::TerminalTurn(_) => self.write_held(name, event.at),
                    _ => Ok(()),
                }
            }
            (JobLogs::AsTheyCome, LogLayout::OneByOne) => self.write_in_turn(name, parts, event.at),
            (JobLogs::AsTheyCome, LogLayout::Mixed) => self.write_mixed(name, parts, event.at),
        }
    }

    /// Writes the lines about a shell in the container of a job whose log is not shown.
    fn write_terminal_lines(&mut self, name: &str, parts: Vec<LogPart>, at: Timestamp) -> io::Result<()> {
        let heading = LogPart::Lines(TerminalText::line(&format!("{name}:")).masked(&self.mask));
        let lines = parts.into_iter().filter(|part| matches!(part, LogPart::Lines(_)));
        self.writer.write([LogPart::Gap, heading].into_iter().chain(lines).collect(), at)
    }

    /// Writes what is held of the log of a job, in one piece.
    fn write_held(&mut self, name: &str, at: Timestamp) -> io::Result<()> {
        let held = self.jobs.get_mut(name).map(|job| job.held.end(name)).unwrap_or_default();
        if held.is_empty() {
            return Ok(());
        }
        self.writer.live.end_status();
        self.writer.write([vec![LogPart::Gap], held].concat(), at)?;
        self.show_status();
        Ok(())
    }

    /// Writes parts of a log that others follow.
    fn write_in_turn(&mut self, name: &Arc<str>, mut parts: Vec<LogPart>, at: Timestamp) -> io::Result<()> {
        if !parts.is_empty() && self.current.as_ref() != Some(name) {
            self.current = Some(Arc::clone(name));
            parts.insert(0, LogPart::Gap);
        }
        self.writer.write(parts, at)
    }

    /// Writes the lines that parts complete, with the name of the job before each.
    fn write_mixed(&mut self, name: &Arc<str>, parts: Vec<LogPart>, at: Timestamp) -> io::Result<()> {
        let Some(job) = self.jobs.get_mut(name) else { return Ok(()) };
        let (lines, number) = (job.lines.take(parts), job.number);
        self.write_lines(name, number, lines, at)
    }

    fn write_lines(
        &mut self,
        name: &str,
        number: usize,
        lines: Vec<LineOfJob>,
        at: Timestamp,
    ) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let (style, signs) = (self.format.lines.style, self.format.signs);
        let prefix = prefix(name, number, self.progress().running(), style, signs).masked(&self.mask);
        let mut rest = &*lines;
        // Lines of one stream are written at once.
        while let Some(stream) = rest.first().map(|line| line.stream) {
            let count = rest.iter().take_while(|line| line.stream == stream).count();
            let (same, others) = rest.split_at(count);
            let bytes: Vec<u8> =
                same.iter().flat_map(|line| line.with_prefix(prefix.as_str(), style)).collect();
            self.writer.whole_lines(stream, &bytes, at)?;
            rest = others;
        }
        Ok(())
    }

    fn of_run(&mut self, event: &Event) -> io::Result<()> {
        let parts = self.transcript.take(event);
        self.writer.write(parts, event.at)
    }

    fn job_state(&mut self, name: &Arc<str>, change: &JobStateChange, at: Timestamp) -> io::Result<()> {
        self.progress().set(name, change.to, Instant::now());
        if self.format.lines.verbosity == Verbosity::Verbose || waits_for_others(change) {
            self.tell_state(name, change, at)?;
        }
        match change.to.is_complete() && !change.is_repeated {
            true => self.end_job(name, change.to, at),
            false => Ok(()),
        }
    }

    /// Says why a job waits or does not run.
    fn tell_state(&mut self, name: &Arc<str>, change: &JobStateChange, at: Timestamp) -> io::Result<()> {
        let reason = change.reason.as_ref().and_then(reason_text).map(|reason| format!(": {reason}"));
        let text = match change.to {
            JobState::Manual => "waits for somebody to start it".to_owned(),
            JobState::Scheduled => "waits until its time has come".to_owned(),
            JobState::WaitingForResource => format!("waits{}", reason.unwrap_or_default()),
            JobState::Skipped => format!("skipped{}", reason.unwrap_or_default()),
            JobState::Canceled if change.from == JobState::Created => {
                format!("canceled{}", reason.unwrap_or_default())
            }
            _ => return Ok(()),
        };
        let text = TerminalText::line(&format!("{name}: {text}")).masked(&self.mask);
        self.writer.write(vec![LogPart::Lines(text)], at)
    }

    /// Writes what is left of the log of a job.
    fn end_job(&mut self, name: &Arc<str>, state: JobState, at: Timestamp) -> io::Result<()> {
        let Some(job) = self.jobs.get_mut(name) else { return Ok(()) };
        let mut parts = job.transcript.end();
        match (self.format.jobs, self.layout) {
            (JobLogs::Hidden, _) => Ok(()),
            (JobLogs::AsTheyCome, LogLayout::OneByOne) => self.writer.write(parts, at),
            (JobLogs::AsTheyCome, LogLayout::Mixed) => {
                let mut lines = job.lines.take(parts);
                lines.extend(job.lines.end());
                let number = job.number;
                self.write_lines(name, number, lines, at)
            }
            (shown, _) => {
                job.held.add(std::mem::take(&mut parts));
                match shown == JobLogs::OfFailedJobs && state != JobState::Failed {
                    true => {
                        job.held.end(name);
                        Ok(())
                    }
                    false => self.write_held(name, at),
                }
            }
        }
    }

    fn end_run(&mut self, report: &RunReport, at: Timestamp) -> io::Result<()> {
        self.writer.live.end_status();
        let form = SummaryForm {
            style: self.format.lines.style,
            signs: self.format.signs,
            width: self.width,
            mask: &self.mask,
        };
        let text = summary(report, &self.unseen_ends(report), &form);
        self.writer.write(vec![LogPart::Gap, LogPart::Lines(text)], at)
    }

    /// The ends of the logs of failed jobs, if no log is shown.
    fn unseen_ends(&self, report: &RunReport) -> LogEnds {
        if self.format.jobs != JobLogs::Hidden {
            return LogEnds::new();
        }
        let jobs = report.facts.jobs.iter().zip(&report.jobs);
        let failed = jobs.filter(|(_, ended)| ended.state == JobState::Failed && !ended.may_fail);
        failed
            .filter_map(|(job, ended)| Some((job.name.clone(), log_end(ended.log.as_ref()?).ok()?)))
            .collect()
    }

    /// Shows the progress of what jobs do, where that does not mix with their lines.
    fn show_live(&mut self, event: &Event) -> io::Result<()> {
        let is_alone = self.layout == LogLayout::OneByOne && self.format.jobs == JobLogs::AsTheyCome;
        match &event.kind {
            EventKind::PullProgress(_) | EventKind::PullProgressEnded { .. } => self.writer.show_live(event),
            EventKind::Activity(Activity::Stop) => self.writer.show_live(event),
            _ if is_alone => self.writer.show_live(event),
            _ => Ok(()),
        }
    }
}

/// Whether the job waits for something that another process has, which may take any time.
fn waits_for_others(change: &JobStateChange) -> bool {
    matches!(&change.reason, Some(StateReason::WaitsForResource { holder, .. }) if !holder.is_empty())
}

impl EventSink for PipelineLog {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.show_live(event)?;
        if let EventKind::Secrets(secrets) = &event.kind {
            self.mask.add(secrets);
        }
        match (&event.kind, &event.job) {
            (EventKind::RunStarted(facts), _) => {
                self.begin_run(facts);
                Ok(())
            }
            (EventKind::RunFinished(report), _) => self.end_run(report, event.at),
            (EventKind::JobState(change), Some(job)) => self.job_state(job, change, event.at),
            (_, Some(job)) => self.of_job(job, event),
            (_, None) => self.of_run(event),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.writer.live.end_status();
        let parts = self.transcript.end();
        self.writer.write(parts, now())
    }
}

impl ShownLog for PipelineLog {
    fn begin(&mut self, configuration: Option<&str>) -> io::Result<()> {
        let parts = self.transcript.head(configuration);
        self.writer.write(parts, now())
    }

    fn ignored_keywords(&mut self, keywords: &[IgnoredKeyword]) -> io::Result<()> {
        let parts = self.transcript.ignored_keywords_now(keywords);
        self.writer.write(parts, now())
    }

    fn warning(&mut self, text: &str) -> io::Result<()> {
        let parts = self.transcript.warning(text);
        self.writer.write(parts, now())
    }

    fn detail(&mut self, text: &str) -> io::Result<()> {
        let parts = self.transcript.detail(text);
        self.writer.write(parts, now())
    }

    fn hold(&mut self) -> io::Result<()> {
        self.writer.hold()
    }

    fn release(&mut self) -> io::Result<()> {
        if self.writer.is_held() {
            self.writer.release()?;
            self.show_status();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

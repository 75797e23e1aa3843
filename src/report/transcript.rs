//! The log of a job as parts, made of its events: masked output and lines, without a terminal and without a stream.
//!
//! One place decides what a log contains: an event gives lines of which each has the least verbosity that shows it
//! (`verbosity.rs`), and those of a more verbose log are left out here.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::calls;
use super::files_text::files_text;
use super::kept_text::kept_text;
use super::mask::Mask;
use super::notice_text::{notice_text, runner_text};
use super::output_limit::OutputLimit;
use super::readiness_text::readiness_text;
use super::result::{self, ResultStream};
use super::section_text;
use super::service_warning::service_warning;
use super::shell_messages::ShellMessages;
use super::shown_service_logs::ShownServiceLogs;
use super::style::{Colour, Style};
use super::summary;
use super::terminal_notice::terminal_notice;
use super::terminal_text::TerminalText;
use super::verbosity::{self, Verbosity};
use crate::amount;
use crate::executor::event::{Event, EventKind, Section};
use crate::executor::notice::{Notice, NoticeLevel};
use crate::executor::outcome::JobOutcome;
use crate::executor::run::coverage::CoverageResult;
use crate::executor::service_output::ServiceOutput;
use crate::executor::terminal_notice::TerminalNotice;

/// The least duration of a section that the log says at its end. Shorter ones would cost a line each and say little; the
/// last line of the log has the duration of every phase.
const SECTION_TOLD_FROM: Duration = Duration::from_secs(1);

/// A part of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPart {
    /// Output of the job's commands, which may end anywhere in a line.
    Output(Bytes),
    /// Whole lines of services, each with its line break.
    ServiceLines(Bytes),
    /// A blank line, unless the log begins here.
    Gap,
    /// One or more lines of the log.
    Lines(TerminalText),
    /// Lines that belong to standard error: failures of the runner, and all lines of a quiet log.
    ErrorLines(TerminalText),
    /// A line of standard error that does not end the line of output before it.
    Aside(TerminalText),
}

/// A keyword of a job that has no effect here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredKeyword {
    /// What the file has.
    pub name: String,
    /// Why it has no effect, and its places.
    pub line: String,
}

/// Makes the parts of a log. Jobs that run at the same time have one each.
pub struct Transcript {
    style: Style,
    verbosity: Verbosity,
    mask: Mask,
    output_limit: OutputLimit,
    shell_messages: ShellMessages,
    services: ShownServiceLogs,
    /// The section that goes on, and when it began.
    section: Option<(Section, Timestamp)>,
    /// The images that are being pulled.
    pulls: BTreeSet<String>,
    /// A warning that follows the first line about a job.
    after_head: Option<TerminalText>,
    /// The number of the job that begins, and how many jobs the run has.
    number: Option<(usize, usize)>,
    parts: Vec<LogPart>,
}

impl Transcript {
    /// An empty log.
    pub fn new(style: Style, verbosity: Verbosity) -> Self {
        let (mask, output_limit) = (Mask::default(), OutputLimit::default());
        let (shell_messages, services) = (ShellMessages::new(), ShownServiceLogs::default());
        let (section, after_head, number, parts) = (None, None, None, Vec::new());
        Self {
            style,
            verbosity,
            mask,
            output_limit,
            shell_messages,
            services,
            section,
            pulls: BTreeSet::new(),
            after_head,
            number,
            parts,
        }
    }

    /// The parts that an event adds.
    pub fn take(&mut self, event: &Event) -> Vec<LogPart> {
        match &event.kind {
            EventKind::Section(section) => self.section(*section, event.at),
            EventKind::Notice(notice) => self.notice(notice),
            EventKind::Files(notice) => {
                self.of_level(verbosity::of_files_notice(notice), notice.level(), &files_text(notice));
            }
            EventKind::Output(bytes) => {
                let bytes = self.mask.push(self.shell_messages.push(bytes.clone()));
                self.output(bytes);
            }
            EventKind::ScriptLines(lines) => self.shell_messages.begin(Arc::clone(lines)),
            EventKind::Call(call) => self.aside(&calls::text(call)),
            EventKind::ServiceOutput(output) => self.service_output(output),
            EventKind::Secrets(secrets) => {
                self.mask.add(secrets);
                self.services.add_secrets(secrets);
            }
            EventKind::LogPlan(plan) => {
                self.mask.set_tokens(plan.masked_tokens);
                self.services.set_tokens(plan.masked_tokens);
                self.output_limit = OutputLimit::new(plan.output_bytes_max);
            }
            EventKind::Readiness(step) => self.lines(Verbosity::Verbose, &readiness_text(step)),
            EventKind::ServiceWarning(warning) => {
                self.lines(Verbosity::Quiet, &service_warning(warning, self.style));
            }
            EventKind::Finished(outcome) => self.finished(outcome, event.at),
            EventKind::Coverage(finding) => self.coverage(finding),
            EventKind::StillRunning { elapsed } => {
                self.still_running(event.job.as_deref().unwrap_or("pull"), *elapsed);
            }
            EventKind::Kept(kept) => self.lines(Verbosity::Quiet, &kept_text(kept)),
            EventKind::Timings { total, phases } => {
                self.plain(Verbosity::Normal, &summary::timings(*total, phases));
            }
            EventKind::PullProgress(progress) => {
                self.pulls.insert(progress.image.clone());
            }
            EventKind::PullProgressEnded { image } => {
                self.pulls.remove(image);
            }
            EventKind::Terminal(notice) => self.terminal(notice),
            EventKind::LogFile(_)
            | EventKind::ServiceLogFolder(_)
            | EventKind::TerminalTurn(_)
            | EventKind::TerminalReturned
            | EventKind::Activity(_)
            | EventKind::ActivityEnded
            | EventKind::RunStarted(_)
            | EventKind::JobState(_)
            | EventKind::RunFinished(_) => {}
        }
        std::mem::take(&mut self.parts)
    }

    /// The rest of the output, once no events follow.
    pub fn end(&mut self) -> Vec<LogPart> {
        self.end_output();
        std::mem::take(&mut self.parts)
    }

    /// The lines that say which program runs, and with which configuration.
    pub fn head(&mut self, configuration: Option<&str>) -> Vec<LogPart> {
        self.plain(Verbosity::Verbose, &format!("Running with runner-lite {}", env!("CARGO_PKG_VERSION")));
        if let Some(configuration) = configuration {
            self.plain(Verbosity::Verbose, &format!("  on {configuration}"));
        }
        std::mem::take(&mut self.parts)
    }

    /// Warnings of keywords without effect, as of [`Transcript::ignored_keywords`], where no line about one job follows.
    pub fn ignored_keywords_now(&mut self, keywords: &[IgnoredKeyword]) -> Vec<LogPart> {
        let mut parts = self.ignored_keywords(keywords);
        if let Some(warning) = self.after_head.take() {
            self.lines(Verbosity::Normal, &warning);
            parts.append(&mut self.parts);
        }
        parts
    }

    /// Warnings of keywords without effect: a line for each in a verbose log, else one for all of them below the first
    /// line about a job.
    pub fn ignored_keywords(&mut self, keywords: &[IgnoredKeyword]) -> Vec<LogPart> {
        let names: Vec<_> = keywords.iter().map(|keyword| format!("`{}`", keyword.name)).collect();
        if self.verbosity == Verbosity::Verbose {
            for keyword in keywords {
                self.lines(Verbosity::Verbose, &self.warning_line(&keyword.line));
            }
        } else if !names.is_empty() {
            let text = format!("ignored here: {} (-v says why)", names.join(", "));
            self.after_head = Some(self.warning_line(&text));
        }
        std::mem::take(&mut self.parts)
    }

    /// A warning that a quiet log leaves out.
    pub fn warning(&mut self, text: &str) -> Vec<LogPart> {
        let text = self.warning_line(text);
        self.lines(Verbosity::Normal, &text);
        std::mem::take(&mut self.parts)
    }

    /// A line that the user has asked for beside the log.
    pub fn detail(&mut self, text: &str) -> Vec<LogPart> {
        self.aside(text);
        std::mem::take(&mut self.parts)
    }

    fn section(&mut self, section: Section, at: Timestamp) {
        self.services.section(section);
        self.end_section(at);
        self.gap(verbosity::of_section(section));
        if let Some(headline) = section_text::headline(section) {
            let headline = self.style.paint(Colour::Bold, headline);
            self.lines(verbosity::of_headline(section), &headline);
        }
        self.section = Some((section, at));
    }

    /// Says how long the section took that goes on.
    fn end_section(&mut self, at: Timestamp) {
        let Some((section, begun)) = self.section.take() else { return };
        let took = Duration::try_from(at.duration_since(begun)).unwrap_or_default();
        if took >= SECTION_TOLD_FROM {
            let text = format!("{} took {}", section_text::name(section), amount::elapsed(took));
            self.plain(verbosity::of_duration(section), &text);
        }
    }

    fn notice(&mut self, notice: &Notice) {
        let least = verbosity::of_notice(notice);
        match notice {
            Notice::JobOfRun { number, total, .. } => {
                self.number = Some((*number, *total));
                self.gap(least);
                self.plain(least, &notice_text(notice));
            }
            Notice::AfterScriptFailed { command: Some(command), .. } => {
                let text = format!("command failed {}", result::place_and_text(command, &self.mask));
                self.lines(least, &self.warning_line(&text));
                self.of_level(least, notice.level(), &notice_text(notice));
            }
            Notice::ExecutorSelected { .. } => self.head_of_job(least, &notice_text(notice)),
            _ => self.of_level(least, notice.level(), &notice_text(notice)),
        }
        if let Some(text) = runner_text(notice) {
            self.plain(Verbosity::Verbose, &text);
        }
    }

    /// The first line about a job, and what is to follow it.
    fn head_of_job(&mut self, least: Verbosity, text: &str) {
        let number = self.number.take().map(|(number, total)| format!(" ({number} of {total})"));
        let text = self.style.paint(Colour::Bold, &format!("{text}{}", number.unwrap_or_default()));
        self.lines(least, &text);
        if let Some(warning) = self.after_head.take() {
            self.lines(Verbosity::Normal, &warning);
        }
    }

    fn of_level(&mut self, least: Verbosity, level: NoticeLevel, text: &str) {
        let error = |style: Style, word: &str| style.paint(Colour::BoldRed, &format!("{word}: {text}"));
        match level {
            NoticeLevel::Information => self.plain(least, text),
            NoticeLevel::Remark => self.lines(least, &self.style.paint(Colour::Yellow, text)),
            NoticeLevel::Warning => self.lines(least, &self.warning_line(text)),
            NoticeLevel::Error => self.error_lines(&error(self.style, "ERROR")),
            NoticeLevel::JobError => self.lines(least, &error(self.style, "ERROR")),
            NoticeLevel::Fatal => self.lines(least, &error(self.style, "FATAL")),
        }
    }

    fn terminal(&mut self, notice: &TerminalNotice) {
        self.end_output();
        self.lines(Verbosity::Quiet, &terminal_notice(notice, &self.mask, self.style));
    }

    fn finished(&mut self, outcome: &JobOutcome, at: Timestamp) {
        self.end_output();
        self.end_section(at);
        if let Some(text) = result::failed_command(outcome, &self.mask) {
            self.lines(Verbosity::Quiet, &self.style.paint(Colour::BoldRed, &text));
        }
        let (stream, text) = result::line(outcome, self.style);
        if let Some(hint) = result::hint(outcome) {
            let hint = self.style.paint(Colour::Yellow, &hint);
            match stream {
                ResultStream::Log => self.lines(Verbosity::Quiet, &hint),
                ResultStream::Stderr => self.error_lines(&hint),
            }
        }
        match (stream, outcome) {
            (ResultStream::Log, JobOutcome::Passed) => self.lines(Verbosity::Normal, &text),
            (ResultStream::Log, JobOutcome::Failed(..)) => self.lines(Verbosity::Quiet, &text),
            (ResultStream::Stderr, _) => self.error_lines(&text),
        }
    }

    /// A sign of life, which names the pulls that it waits for: a log begins to speak of them when they have ended.
    fn still_running(&mut self, job: &str, elapsed: Duration) {
        let mut text = format!("still running: {job}, {}", amount::duration(elapsed));
        if !self.pulls.is_empty() {
            let images: Vec<&str> = self.pulls.iter().map(String::as_str).collect();
            text.push_str(&format!(" (pulling {})", images.join(", ")));
        }
        self.plain(Verbosity::Normal, &text);
    }

    fn coverage(&mut self, finding: &CoverageResult) {
        match summary::coverage(finding) {
            Ok(text) => self.plain(Verbosity::Normal, &text),
            Err(warning) => self.lines(Verbosity::Quiet, &self.warning_line(&warning)),
        }
    }

    /// The one style of warnings.
    fn warning_line(&self, text: &str) -> TerminalText {
        self.style.paint(Colour::Yellow, &format!("WARNING: {text}"))
    }

    fn plain(&mut self, least: Verbosity, text: &str) {
        self.lines(least, &TerminalText::line(text));
    }

    /// Adds lines to the logs that are at least as verbose. A quiet log keeps the job's output alone on its stream.
    fn lines(&mut self, least: Verbosity, text: &TerminalText) {
        if self.verbosity < least {
            return;
        }
        if self.verbosity == Verbosity::Quiet {
            return self.parts.push(LogPart::ErrorLines(text.masked(&self.mask)));
        }
        self.end_output();
        self.parts.push(LogPart::Lines(text.masked(&self.mask)));
    }

    fn error_lines(&mut self, text: &TerminalText) {
        if self.verbosity > Verbosity::Quiet {
            self.end_output();
        }
        self.parts.push(LogPart::ErrorLines(text.masked(&self.mask)));
    }

    fn aside(&mut self, text: &str) {
        self.parts.push(LogPart::Aside(TerminalText::line(text).masked(&self.mask)));
    }

    fn gap(&mut self, least: Verbosity) {
        if self.verbosity >= least {
            self.end_output();
            self.parts.push(LogPart::Gap);
        }
    }

    /// Adds lines of a service. What the mask has held back of the job's own output stays there: it may be the beginning of
    /// a secret whose end follows.
    fn service_output(&mut self, output: &ServiceOutput) {
        let (lines, warning) = self.services.take(output, self.style, &self.mask);
        let (lines, limit) = self.output_limit.push_lines(lines);
        if !lines.is_empty() {
            self.parts.push(LogPart::ServiceLines(lines));
        }
        for warning in limit.into_iter().chain(warning) {
            self.lines(Verbosity::Quiet, &self.warning_line(&warning));
        }
    }

    /// Adds what the mask has held back: it is not the beginning of a secret after all.
    fn output(&mut self, bytes: Bytes) {
        let (bytes, message) = self.output_limit.push(bytes);
        self.parts.push(LogPart::Output(bytes));
        if let Some(message) = message {
            self.lines(Verbosity::Quiet, &self.warning_line(&message));
        }
    }

    fn end_output(&mut self) {
        let message = self.shell_messages.flush();
        let begun = self.mask.push(message);
        for held in [begun, self.mask.flush()] {
            if !held.is_empty() {
                self.output(held);
            }
        }
    }
}

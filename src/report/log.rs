//! The log of a run: one listener to its events.

use std::fs::File;
use std::io::{self, Write};

use super::files_text::files_text;
use super::live::{LiveLines, ProgressDisplay};
use super::log_file::LogFile;
use super::mask::Mask;
use super::notice_text::{activity_text, notice_text};
use super::result::{self, ResultStream};
use super::service_warning::service_warning;
use super::style::{Colour, Style};
use super::summary;
use super::terminal_text::TerminalText;
use super::{calls, console};
use crate::executor::event::{Event, EventKind, ScriptResult, Section};
use crate::executor::event_channel::EventSink;
use crate::executor::notice::{Activity, NoticeLevel};
use crate::executor::outcome::JobOutcome;
use crate::executor::run::coverage::CoverageResult;

/// How much the log contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// The output of the job's commands, warnings and failures.
    Quiet,
    /// Everything that GitLab's log has.
    Normal,
}

/// Writes events as GitLab's log of a job.
pub struct Log {
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    style: Style,
    verbosity: Verbosity,
    live: LiveLines,
    mask: Mask,
    /// Whether the last byte of output ended a line.
    at_line_start: bool,
}

impl EventSink for Log {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            EventKind::Section(section) => {
                let headline = self.style.paint(Colour::BoldCyan, headline(*section));
                self.line(&headline)
            }
            EventKind::Notice(notice) => self.notice(notice.level(), &notice_text(notice)),
            EventKind::Files(notice) => self.notice(notice.level(), &files_text(notice)),
            EventKind::Output(bytes) => {
                self.live.clear();
                let bytes = self.mask.push(bytes.clone());
                self.raw(&bytes)
            }
            EventKind::PullProgress(progress) => {
                self.live.show_pull(progress);
                Ok(())
            }
            EventKind::PullProgressEnded { image } => {
                self.live.end_pull(image);
                Ok(())
            }
            EventKind::Call(call) => self.detail(&calls::text(call)),
            // `stored_logs.rs` writes it.
            EventKind::LogFile(_) => Ok(()),
            EventKind::Secrets(secrets) => {
                self.mask.add(secrets);
                Ok(())
            }
            EventKind::ServiceWarning(warning) => self.important(&service_warning(warning, self.style)),
            EventKind::Activity(activity) => {
                if *activity == Activity::Stop && self.live.is_shown() {
                    // Leaves the line in which the terminal has echoed `^C`.
                    writeln!(self.stderr)?;
                }
                self.live.show_activity(activity_text(activity));
                Ok(())
            }
            EventKind::ActivityEnded => {
                self.live.end_activity();
                Ok(())
            }
            EventKind::Finished(outcome) => self.finished(outcome),
            EventKind::Coverage(finding) => self.coverage(finding),
            EventKind::Timings { total, phases } => self.plain(&summary::timings(*total, phases)),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.end_output()
    }
}

impl Log {
    /// A log on standard output and standard error.
    pub fn new(style: Style, verbosity: Verbosity, display: ProgressDisplay) -> Self {
        Self::on_streams(
            Box::new(console::standard_output()),
            Box::new(console::standard_error()),
            style,
            verbosity,
            display,
        )
    }

    /// A log in a file, complete and without colours.
    ///
    /// # Errors
    /// The system has no room for another open file.
    pub(super) fn in_file(file: &File) -> io::Result<Self> {
        let (stdout, stderr) = (Box::new(LogFile::new(file)?), Box::new(LogFile::new(file)?));
        Ok(Self::on_streams(stdout, stderr, Style::Plain, Verbosity::Normal, ProgressDisplay::Hidden))
    }

    pub(super) fn on_streams(
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
        style: Style,
        verbosity: Verbosity,
        display: ProgressDisplay,
    ) -> Self {
        let display = if verbosity == Verbosity::Quiet { ProgressDisplay::Hidden } else { display };
        Self {
            stdout,
            stderr,
            style,
            verbosity,
            live: LiveLines::new(display),
            mask: Mask::default(),
            at_line_start: true,
        }
    }

    /// Writes the headline of the log, and the configuration that the run uses.
    pub fn begin(&mut self, configuration: Option<&str>) -> io::Result<()> {
        self.plain(&format!("Running with runner-lite {}", env!("CARGO_PKG_VERSION")))?;
        configuration.map_or(Ok(()), |configuration| self.plain(&format!("  on {configuration}")))
    }

    /// Writes a warning that a quiet log leaves out.
    pub fn warning(&mut self, text: &str) -> io::Result<()> {
        let text = self.style.paint(Colour::Yellow, &format!("WARNING: {text}"));
        self.line(&text)
    }

    /// Writes a line that `-v` asks for, to standard error.
    pub fn detail(&mut self, text: &str) -> io::Result<()> {
        let line = format!("{}\n", self.mask.text(TerminalText::line(text).as_str()));
        self.live.suspend(|| self.stderr.write_all(line.as_bytes()))
    }

    fn notice(&mut self, level: NoticeLevel, text: &str) -> io::Result<()> {
        match level {
            NoticeLevel::Information => self.plain(text),
            NoticeLevel::Remark => {
                let text = self.style.paint(Colour::Yellow, text);
                self.line(&text)
            }
            NoticeLevel::Warning => self.important_warning(text),
            NoticeLevel::Error => {
                let text = self.style.paint(Colour::BoldRed, &format!("ERROR: {text}"));
                self.error_line(&text)
            }
            NoticeLevel::JobError => {
                let text = self.style.paint(Colour::BoldRed, &format!("ERROR: {text}"));
                self.important(&text)
            }
            NoticeLevel::Fatal => {
                let text = self.style.paint(Colour::BoldRed, &format!("FATAL: {text}"));
                self.important(&text)
            }
        }
    }

    /// Writes output of the job, masked already.
    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(last) = bytes.last() else { return Ok(()) };
        self.at_line_start = *last == b'\n';
        self.stdout.write_all(bytes)?;
        self.stdout.flush()
    }

    /// Writes what the mask has held back: it is not the beginning of a secret after all.
    fn end_output(&mut self) -> io::Result<()> {
        let held = self.mask.flush();
        self.raw(&held)
    }

    /// Writes a line without colours that a quiet log leaves out.
    fn plain(&mut self, text: &str) -> io::Result<()> {
        self.line(&TerminalText::line(text))
    }

    /// Writes a text that a quiet log leaves out.
    fn line(&mut self, text: &TerminalText) -> io::Result<()> {
        if self.verbosity == Verbosity::Quiet {
            return Ok(());
        }
        self.end_line()?;
        let text = self.mask.text(text.as_str());
        self.live.suspend(|| writeln!(self.stdout, "{text}"))?;
        self.stdout.flush()
    }

    /// Writes a text that a quiet log has too, there on standard error.
    fn important(&mut self, text: &TerminalText) -> io::Result<()> {
        match self.verbosity {
            Verbosity::Normal => self.line(text),
            Verbosity::Quiet => self.error_line(text),
        }
    }

    fn important_warning(&mut self, text: &str) -> io::Result<()> {
        let text = self.style.paint(Colour::Yellow, &format!("WARNING: {text}"));
        self.important(&text)
    }

    fn error_line(&mut self, text: &TerminalText) -> io::Result<()> {
        self.live.clear();
        writeln!(self.stderr, "{}", self.mask.text(text.as_str()))
    }

    fn finished(&mut self, outcome: &JobOutcome) -> io::Result<()> {
        self.end_output()?;
        self.live.clear();
        let (stream, text) = result::line(outcome, self.style);
        match (stream, outcome) {
            (ResultStream::Log, JobOutcome::Passed) => self.line(&text),
            (ResultStream::Log, JobOutcome::Failed(..)) => self.important(&text),
            (ResultStream::Stderr, _) => {
                if self.verbosity == Verbosity::Normal {
                    self.end_line()?;
                }
                self.error_line(&text)
            }
        }
    }

    fn coverage(&mut self, finding: &CoverageResult) -> io::Result<()> {
        match finding {
            CoverageResult::Figure(figure) => self.plain(&format!("Coverage: {figure}%")),
            CoverageResult::Nothing => self.plain("Coverage: no line of the log has a figure for `coverage`"),
            CoverageResult::BehindColours(figure) => self.important_warning(&format!(
                "GitLab would find no coverage: only without codes for colours does the log have {figure}%; print it \
                 without them, or let the pattern of `coverage` take them in"
            )),
        }
    }

    /// Ends the last line of the job's output, so that ours does not continue it. A quiet log adds nothing to the output.
    fn end_line(&mut self) -> io::Result<()> {
        self.end_output()?;
        if !self.at_line_start {
            self.at_line_start = true;
            self.stdout.write_all(b"\n")?;
        }
        Ok(())
    }
}

fn headline(section: Section) -> &'static str {
    match section {
        Section::PrepareExecutor => "Preparing the \"docker\" executor",
        Section::PrepareScript => "Preparing environment",
        Section::GetSources => "Getting source from Git repository",
        Section::StepScript => "Executing \"step_script\" stage of the job script",
        Section::AfterScript => "Running after_script",
        Section::RestoreCache => "Restoring cache",
        Section::DownloadArtifacts => "Downloading artifacts",
        Section::SaveCaches(ScriptResult::Success) => "Saving cache for successful job",
        Section::SaveCaches(ScriptResult::Failure) => "Saving cache for failed job",
        Section::StoreArtifacts(ScriptResult::Success) => "Uploading artifacts for successful job",
        Section::StoreArtifacts(ScriptResult::Failure) => "Uploading artifacts for failed job",
    }
}

#[cfg(test)]
mod tests;

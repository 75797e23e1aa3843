//! The log of a run: one listener to its events.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};

use jiff::Timestamp;

use super::console;
use super::live::{LiveLines, ProgressDisplay};
use super::log_file::LogFile;
use super::notice_text::activity_text;
use super::style::Style;
use super::transcript::{IgnoredKeyword, LogPart, Transcript};
use super::verbosity::Verbosity;
use crate::executor::event::{Event, EventKind};
use crate::executor::event_channel::EventSink;
use crate::executor::notice::Activity;

/// What a log looks like.
#[derive(Debug, Clone, Copy)]
pub struct LogFormat {
    pub style: Style,
    pub verbosity: Verbosity,
    pub line_start: LineStart,
}

/// What a line of the log starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineStart {
    /// Its text.
    Text,
    /// The time at which its first byte came, in UTC, as `docker logs --timestamps` has it (`--timestamps`).
    Time,
}

/// Writes the log of the jobs of a run, one after another.
pub struct Log {
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    verbosity: Verbosity,
    line_start: LineStart,
    live: LiveLines,
    transcript: Transcript,
    end: LogEnd,
}

/// What the log on standard output ends with so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LogEnd {
    /// Nothing is written.
    Empty,
    /// Output of the job without a line break.
    OpenLine,
    /// A line with text.
    Line,
    /// A blank line.
    BlankLine,
}

impl EventSink for Log {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.show_live(event)?;
        let parts = self.transcript.take(event);
        self.write(parts, event.at)
    }

    fn finish(&mut self) -> io::Result<()> {
        let parts = self.transcript.end();
        self.write(parts, now())
    }
}

impl Log {
    /// A log on standard output and standard error.
    pub fn new(format: LogFormat, display: ProgressDisplay) -> Self {
        let (stdout, stderr) = (console::standard_output(), console::standard_error());
        Self::on_streams(Box::new(stdout), Box::new(stderr), format, display)
    }

    /// A log in a file, without colours.
    ///
    /// # Errors
    /// The system has no room for another open file.
    pub(super) fn in_file(file: &File) -> io::Result<Self> {
        let (stdout, stderr) = (Box::new(LogFile::new(file)?), Box::new(LogFile::new(file)?));
        let format =
            LogFormat { style: Style::Plain, verbosity: Verbosity::Normal, line_start: LineStart::Text };
        Ok(Self::on_streams(stdout, stderr, format, ProgressDisplay::Hidden))
    }

    pub(super) fn on_streams(
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
        format: LogFormat,
        display: ProgressDisplay,
    ) -> Self {
        let LogFormat { style, verbosity, line_start } = format;
        let display = if verbosity == Verbosity::Quiet { ProgressDisplay::Hidden } else { display };
        let transcript = Transcript::new(style, verbosity);
        let live = LiveLines::new(display);
        Self { stdout, stderr, verbosity, line_start, live, transcript, end: LogEnd::Empty }
    }

    /// Writes which program runs, and the configuration that the run uses.
    pub fn begin(&mut self, configuration: Option<&str>) -> io::Result<()> {
        let parts = self.transcript.head(configuration);
        self.write(parts, now())
    }

    /// Warns of keywords without effect.
    pub fn ignored_keywords(&mut self, keywords: &[IgnoredKeyword]) -> io::Result<()> {
        let parts = self.transcript.ignored_keywords(keywords);
        self.write(parts, now())
    }

    /// Writes a warning that a quiet log leaves out.
    pub fn warning(&mut self, text: &str) -> io::Result<()> {
        let parts = self.transcript.warning(text);
        self.write(parts, now())
    }

    /// Writes a line that `-v` asks for, to standard error.
    pub fn detail(&mut self, text: &str) -> io::Result<()> {
        let parts = self.transcript.detail(text);
        self.write(parts, now())
    }

    fn show_live(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            EventKind::Output(_) | EventKind::Finished(_) => self.live.clear(),
            EventKind::PullProgress(progress) => self.live.show_pull(progress),
            EventKind::PullProgressEnded { image } => self.live.end_pull(image),
            EventKind::Activity(activity) => {
                if *activity == Activity::Stop && self.live.is_shown() {
                    // Leaves the line in which the terminal has echoed `^C`.
                    writeln!(self.stderr)?;
                }
                self.live.show_activity(&activity_text(activity));
            }
            EventKind::ActivityEnded => self.live.end_activity(),
            _ => {}
        }
        Ok(())
    }

    fn write(&mut self, parts: Vec<LogPart>, at: Timestamp) -> io::Result<()> {
        parts.into_iter().try_for_each(|part| match part {
            LogPart::Output(bytes) => self.output(&bytes, at),
            LogPart::Gap if self.end == LogEnd::Empty => Ok(()),
            LogPart::Gap => self.gap(at),
            LogPart::Lines(text) => {
                self.end_line()?;
                let text = format!("{}\n", text.as_str());
                let text = self.stamped(text.as_bytes(), LogEnd::Line, at);
                self.end = LogEnd::Line;
                self.live.suspend(|| self.stdout.write_all(&text))?;
                self.stdout.flush()
            }
            LogPart::ErrorLines(text) => {
                // A quiet log adds nothing to the output.
                if self.verbosity > Verbosity::Quiet {
                    self.end_line()?;
                }
                self.live.clear();
                self.error_line(text.as_str(), at)
            }
            LogPart::Aside(text) => self.error_line(text.as_str(), at),
        })
    }

    /// Writes output of the job, masked already.
    fn output(&mut self, bytes: &[u8], at: Timestamp) -> io::Result<()> {
        let Some(last) = bytes.last() else { return Ok(()) };
        let bytes = self.stamped(bytes, self.end, at);
        self.end = if *last == b'\n' { LogEnd::Line } else { LogEnd::OpenLine };
        self.stdout.write_all(&bytes)?;
        self.stdout.flush()
    }

    fn error_line(&mut self, text: &str, at: Timestamp) -> io::Result<()> {
        let text = format!("{text}\n");
        let text = self.stamped(text.as_bytes(), LogEnd::Line, at);
        self.live.suspend(|| self.stderr.write_all(&text))
    }

    /// Writes a blank line, unless there is one already.
    fn gap(&mut self, at: Timestamp) -> io::Result<()> {
        self.end_line()?;
        if self.end == LogEnd::BlankLine {
            return Ok(());
        }
        let line = self.stamped(b"\n", self.end, at);
        self.end = LogEnd::BlankLine;
        self.live.suspend(|| self.stdout.write_all(&line))?;
        self.stdout.flush()
    }

    /// Ends the last line of the job's output, so that ours does not continue it.
    fn end_line(&mut self) -> io::Result<()> {
        if self.end == LogEnd::OpenLine {
            self.end = LogEnd::Line;
            self.stdout.write_all(b"\n")?;
        }
        Ok(())
    }

    /// The bytes that follow `end`, with the time before each line if the user wants it.
    fn stamped<'b>(&self, bytes: &'b [u8], end: LogEnd, at: Timestamp) -> Cow<'b, [u8]> {
        if self.line_start == LineStart::Text {
            return Cow::Borrowed(bytes);
        }
        let time = format!("{at:.3} ");
        let mut stamped = Vec::with_capacity(bytes.len() + time.len());
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if index > 0 || end != LogEnd::OpenLine {
                stamped.extend_from_slice(time.as_bytes());
            }
            stamped.extend_from_slice(line);
        }
        Cow::Owned(stamped)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "lines that no event brings have the time at which they are written"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests;

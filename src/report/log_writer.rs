//! Writes the parts of a log to two streams: ends open lines, puts times before lines, and keeps live lines below them.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::Timestamp;

use super::held_output::HeldOutput;
use super::live::{LiveLines, ProgressDisplay};
use super::log_streams::{LineStream, LogStreams};
use super::notice_text::activity_text;
use super::style::Style;
use super::transcript::LogPart;
use super::verbosity::Verbosity;
use crate::executor::event::{Event, EventKind};
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

/// Writes parts of a log.
pub(super) struct LogWriter {
    streams: LogStreams,
    verbosity: Verbosity,
    line_start: LineStart,
    pub(super) live: LiveLines,
    end: LogEnd,
    /// While nothing is shown: what is held back, and the streams that show it later.
    held: Option<(HeldOutput, LogStreams)>,
}

impl LogWriter {
    pub(super) fn new(streams: LogStreams, format: LogFormat, display: ProgressDisplay) -> Self {
        let LogFormat { verbosity, line_start, .. } = format;
        let display = if verbosity == Verbosity::Quiet { ProgressDisplay::Hidden } else { display };
        let live = LiveLines::new(display);
        Self { streams, verbosity, line_start, live, end: LogEnd::Empty, held: None }
    }

    /// Shows nothing until [`LogWriter::release`]: the terminal is another's.
    pub(super) fn hold(&mut self) -> io::Result<()> {
        if self.held.is_none() {
            self.end_line()?;
            self.streams.stdout.flush()?;
            self.live.hide();
            let held = HeldOutput::default();
            let shown = std::mem::replace(&mut self.streams, held.streams());
            self.held = Some((held, shown));
        }
        Ok(())
    }

    /// Whether nothing is shown.
    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Shows what was held back, and goes on.
    pub(super) fn release(&mut self) -> io::Result<()> {
        let Some((held, shown)) = self.held.take() else { return Ok(()) };
        self.streams = shown;
        held.show(&mut self.streams)?;
        self.live.show();
        Ok(())
    }

    /// Shows the progress that an event tells.
    pub(super) fn show_live(&mut self, event: &Event) -> io::Result<()> {
        match &event.kind {
            EventKind::Output(_) | EventKind::Finished(_) => self.live.clear(),
            EventKind::PullProgress(progress) => self.live.show_pull(progress),
            EventKind::PullProgressEnded { image } => self.live.end_pull(image),
            EventKind::Activity(activity) => {
                if *activity == Activity::Stop && self.live.is_shown() {
                    // Leaves the line in which the terminal has echoed `^C`.
                    writeln!(self.streams.stderr)?;
                }
                self.live.show_activity(&activity_text(activity));
            }
            EventKind::ActivityEnded => self.live.end_activity(),
            _ => {}
        }
        Ok(())
    }

    /// Writes parts that came at that time.
    pub(super) fn write(&mut self, parts: Vec<LogPart>, at: Timestamp) -> io::Result<()> {
        parts.into_iter().try_for_each(|part| match part {
            LogPart::Output(bytes) => self.output(&bytes, at),
            LogPart::ServiceLines(lines) => self.service_lines(&lines, at),
            LogPart::Gap if self.end == LogEnd::Empty => Ok(()),
            LogPart::Gap => self.gap(at),
            LogPart::Lines(text) => {
                self.end_line()?;
                let text = format!("{}\n", text.as_str());
                let text = self.stamped(text.as_bytes(), LogEnd::Line, at);
                self.end = LogEnd::Line;
                self.live.suspend(|| self.streams.stdout.write_all(&text))?;
                self.streams.stdout.flush()
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

    /// Writes whole lines, each with its line break.
    pub(super) fn whole_lines(&mut self, stream: LineStream, lines: &[u8], at: Timestamp) -> io::Result<()> {
        let lines = self.stamped(lines, LogEnd::Line, at);
        let target = match stream {
            LineStream::Output => &mut self.streams.stdout,
            LineStream::Error => &mut self.streams.stderr,
        };
        self.live.suspend(|| target.write_all(&lines).and_then(|()| target.flush()))?;
        if stream == LineStream::Output {
            self.end = LogEnd::Line;
        }
        Ok(())
    }

    /// Writes output of the job, masked already.
    fn output(&mut self, bytes: &[u8], at: Timestamp) -> io::Result<()> {
        let Some(last) = bytes.last() else { return Ok(()) };
        let bytes = self.stamped(bytes, self.end, at);
        self.end = if *last == b'\n' { LogEnd::Line } else { LogEnd::OpenLine };
        self.streams.stdout.write_all(&bytes)?;
        self.streams.stdout.flush()
    }

    /// Writes whole lines of services. A quiet log leaves standard output to the job's own commands.
    fn service_lines(&mut self, lines: &[u8], at: Timestamp) -> io::Result<()> {
        if self.verbosity == Verbosity::Quiet {
            return self.whole_lines(LineStream::Error, lines, at);
        }
        self.end_line()?;
        self.whole_lines(LineStream::Output, lines, at)
    }

    fn error_line(&mut self, text: &str, at: Timestamp) -> io::Result<()> {
        let text = format!("{text}\n");
        let text = self.stamped(text.as_bytes(), LogEnd::Line, at);
        self.live.suspend(|| self.streams.stderr.write_all(&text))
    }

    /// Writes a blank line, unless there is one already.
    fn gap(&mut self, at: Timestamp) -> io::Result<()> {
        self.end_line()?;
        if self.end == LogEnd::BlankLine {
            return Ok(());
        }
        let line = self.stamped(b"\n", self.end, at);
        self.end = LogEnd::BlankLine;
        self.live.suspend(|| self.streams.stdout.write_all(&line))?;
        self.streams.stdout.flush()
    }

    /// Ends the last line of the job's output, so that ours does not continue it.
    fn end_line(&mut self) -> io::Result<()> {
        if self.end == LogEnd::OpenLine {
            self.end = LogEnd::Line;
            self.streams.stdout.write_all(b"\n")?;
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

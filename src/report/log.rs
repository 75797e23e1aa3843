//! The log of jobs that run one after another: one listener to their events.

use std::fs::File;
use std::io::{self, Write};

use jiff::Timestamp;

use super::live::ProgressDisplay;
use super::log_file::LogFile;
use super::log_streams::{LogStreams, LogTarget};
use super::log_writer::{LineStart, LogFormat, LogWriter};
use super::shown_log::ShownLog;
use super::style::Style;
use super::transcript::{IgnoredKeyword, Transcript};
use super::verbosity::Verbosity;
use crate::executor::event::Event;
use crate::executor::event_channel::EventSink;

/// Writes the log of the jobs of a run, one after another.
pub struct Log {
    writer: LogWriter,
    transcript: Transcript,
}

impl EventSink for Log {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.writer.show_live(event)?;
        let parts = self.transcript.take(event);
        self.writer.write(parts, event.at)
    }

    fn finish(&mut self) -> io::Result<()> {
        let parts = self.transcript.end();
        self.writer.write(parts, now())
    }
}

impl ShownLog for Log {
    fn begin(&mut self, configuration: Option<&str>) -> io::Result<()> {
        let parts = self.transcript.head(configuration);
        self.writer.write(parts, now())
    }

    fn ignored_keywords(&mut self, keywords: &[IgnoredKeyword]) -> io::Result<()> {
        let parts = self.transcript.ignored_keywords(keywords);
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
        self.writer.release()
    }
}

impl Log {
    /// A log on the streams of this process.
    pub fn new(format: LogFormat, display: ProgressDisplay, target: LogTarget) -> Self {
        Self::on_streams(LogStreams::of_process(target), format, display)
    }

    /// A log in a file, without colours.
    ///
    /// # Errors
    /// The system has no room for another open file.
    pub(super) fn in_file(file: &File) -> io::Result<Self> {
        let stream = || -> io::Result<Box<dyn Write + Send>> { Ok(Box::new(LogFile::new(file)?)) };
        let streams = LogStreams { stdout: stream()?, stderr: stream()? };
        let format =
            LogFormat { style: Style::Plain, verbosity: Verbosity::Normal, line_start: LineStart::Text };
        Ok(Self::on_streams(streams, format, ProgressDisplay::Hidden))
    }

    pub(super) fn on_streams(streams: LogStreams, format: LogFormat, display: ProgressDisplay) -> Self {
        let transcript = Transcript::new(format.style, format.verbosity);
        Self { writer: LogWriter::new(streams, format, display), transcript }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "lines that no event brings have the time at which they are written"
)]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests;

//! The lines of a job among those of others.

use crate::report::log_streams::LineStream;
use crate::report::service_lines::lines_of_part;
use crate::report::style::Style;
use crate::report::transcript::LogPart;
use crate::report::whole_lines::WholeLines;

/// Ends the colours of a line, so that they do not go on in the line of another job.
const RESET: &[u8] = b"\x1b[0m";

/// The line of output that goes on.
#[derive(Debug, Default)]
pub(super) struct JobLines(WholeLines);

/// A whole line, without its line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineOfJob {
    pub(super) stream: LineStream,
    text: Vec<u8>,
}

impl JobLines {
    /// The lines that parts complete.
    pub(super) fn take(&mut self, parts: Vec<LogPart>) -> Vec<LineOfJob> {
        let mut lines = Vec::new();
        for part in parts {
            let (stream, text) = match part {
                LogPart::Output(bytes) => {
                    let whole = self.0.push(&bytes).into_iter();
                    lines.extend(whole.map(|text| LineOfJob { stream: LineStream::Output, text }));
                    continue;
                }
                LogPart::ServiceLines(text) => {
                    lines.extend(self.end());
                    let stream = LineStream::Output;
                    lines.extend(lines_of_part(&text).map(|text| LineOfJob { stream, text: text.to_vec() }));
                    continue;
                }
                // Between the lines of other jobs, blank lines say nothing.
                LogPart::Gap => continue,
                LogPart::Lines(text) => {
                    lines.extend(self.end());
                    (LineStream::Output, text)
                }
                LogPart::ErrorLines(text) => {
                    lines.extend(self.end());
                    (LineStream::Error, text)
                }
                LogPart::Aside(text) => (LineStream::Error, text),
            };
            let texts = text.as_str().lines().map(|line| line.as_bytes().to_vec());
            lines.extend(texts.map(|text| LineOfJob { stream, text }));
        }
        lines
    }

    /// The line that has no end, if there is one.
    pub(super) fn end(&mut self) -> Option<LineOfJob> {
        self.0.end().map(|text| LineOfJob { stream: LineStream::Output, text })
    }
}

impl LineOfJob {
    /// The line as it is written.
    pub(super) fn with_prefix(&self, prefix: &str, style: Style) -> Vec<u8> {
        let has_colours = style == Style::Coloured && self.text.contains(&b'\x1b');
        let end = if has_colours { RESET } else { b"" };
        [prefix.as_bytes(), &self.text, end, b"\n"].concat()
    }
}

//! The log of a job that is shown in one piece when the job has ended.

use std::collections::VecDeque;

use crate::amount;
use crate::report::terminal_text::TerminalText;
use crate::report::transcript::LogPart;

/// The most that is held of a log. Of a longer one the end is shown, and the store has all of it.
const HELD_BYTES_MAX: usize = 1 << 20;

/// The parts of a log, of which the first ones are dropped if they become too many.
#[derive(Debug, Default)]
pub(super) struct HeldLog {
    parts: VecDeque<LogPart>,
    bytes: usize,
    dropped: u64,
}

impl HeldLog {
    pub(super) fn add(&mut self, parts: Vec<LogPart>) {
        for part in parts {
            self.bytes = self.bytes.saturating_add(size(&part));
            self.parts.push_back(part);
        }
        while self.bytes > HELD_BYTES_MAX {
            let Some(first) = self.parts.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(size(&first));
            self.dropped = self.dropped.saturating_add(u64::try_from(size(&first)).unwrap_or(u64::MAX));
        }
    }

    /// The parts, behind a line about those that are missing.
    pub(super) fn end(&mut self, job: &str) -> Vec<LogPart> {
        let Self { parts, dropped, .. } = std::mem::take(self);
        let missing = format!(
            "{job}: the first {} of the log are left out; `runner-lite logs` shows all of it",
            amount::size(dropped)
        );
        let missing = (dropped > 0).then(|| LogPart::Lines(TerminalText::line(&missing)));
        missing.into_iter().chain(parts).collect()
    }
}

/// The bytes of a part, with what it takes in memory itself.
fn size(part: &LogPart) -> usize {
    let text = match part {
        LogPart::Output(bytes) | LogPart::ServiceLines(bytes) => bytes.len(),
        LogPart::Lines(text) | LogPart::ErrorLines(text) | LogPart::Aside(text) => text.as_str().len(),
        LogPart::Gap => 0,
    };
    text.saturating_add(size_of::<LogPart>())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn of_a_log_that_is_too_long_the_end_is_held_and_a_line_says_so() {
        let mut log = HeldLog::default();
        log.add(vec![LogPart::Output(Bytes::from_static(b"short\n"))]);
        assert_eq!(log.end("test").len(), 1);
        let piece = Bytes::from(vec![b'a'; 1 << 18]);
        (0..8).for_each(|_| log.add(vec![LogPart::Output(piece.clone())]));
        let parts = log.end("test");
        let held: usize = parts.iter().map(size).sum();
        assert!(parts.len() == 4 && held <= HELD_BYTES_MAX + 200, "{} {held}", parts.len());
        let LogPart::Lines(line) = &parts[0] else { panic!("{parts:?}") };
        assert!(line.as_str().starts_with("test: the first 1.3 MB of the log are left out"), "{line:?}");
    }
}

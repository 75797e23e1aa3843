//! What `--timings` asks for.

use super::output_file::OutputFile;
use crate::executor::event::Event;
use crate::report::timings::TimingsRecord;

/// The form in which times are given out.
#[derive(Debug)]
pub enum TimingsTarget {
    /// A table on standard error, below the log.
    Table,
    /// A file of trace events.
    Trace(OutputFile),
}

/// The times so far, and where they go.
#[derive(Debug)]
pub(super) struct TimingsOutput {
    pub(super) record: TimingsRecord,
    pub(super) target: TimingsTarget,
}

impl TimingsOutput {
    pub(super) fn new(target: TimingsTarget) -> Self {
        Self { record: TimingsRecord::default(), target }
    }

    pub(super) fn take(&mut self, event: &Event) {
        self.record.take(event);
    }
}

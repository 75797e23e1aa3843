//! What is remembered of the output of an attempt's scripts.

use super::coverage::Coverage;
use crate::executor::hint::OutputTail;

/// The figure for `coverage` in all output, and the end of the last script's.
#[derive(Debug)]
pub struct OutputRecord {
    pub coverage: Coverage,
    pub tail: OutputTail,
}

impl OutputRecord {
    /// A script begins.
    pub fn begin(&mut self) {
        self.tail = OutputTail::default();
    }

    /// Takes the next piece of output.
    pub fn push(&mut self, piece: &[u8]) {
        self.coverage.push(piece);
        self.tail.push(piece);
    }
}

//! What all files of a pipeline may take together, so that no file can exhaust the memory of this machine.

use super::diagnostic::{Code, Diagnostic};
use super::map::Span;

/// The most bytes of all files of a pipeline. GitLab's default is 300 MiB, which no machine is asked to read here; the
/// largest known pipelines have 1 MiB.
pub const TEXT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most values of all files of a pipeline: keys, items and texts, with what aliases copy. A value takes some 150 bytes,
/// and a file of 1 MiB has 100,000 of them.
pub const VALUES_MAX: usize = 1_000_000;

/// The bytes of text that cost as much as one value.
pub const BYTES_OF_VALUE: usize = 64;

/// What is left for the files that have not been read. The main file and its includes share one budget.
#[derive(Debug)]
pub struct ReadingBudget {
    bytes_left: usize,
    values_left: usize,
    is_exhausted: bool,
}

impl Default for ReadingBudget {
    fn default() -> Self {
        Self { bytes_left: TEXT_BYTES_MAX, values_left: VALUES_MAX, is_exhausted: false }
    }
}

impl ReadingBudget {
    /// Whether something did not fit, which has been reported: nothing else is read then.
    pub fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// Charges the text of a file. `at` is a place in it.
    pub fn charge_text(&mut self, bytes: usize, at: Span) -> Result<(), Box<Diagnostic>> {
        let left = self.bytes_left.checked_sub(bytes).filter(|_| !self.is_exhausted);
        let limit = format!("{} MiB", TEXT_BYTES_MAX / 1024 / 1024);
        self.bytes_left = left.ok_or_else(|| self.exhausted(&limit, "this file exceeds the limit", at))?;
        Ok(())
    }

    /// Charges values that were read or copied at `at`.
    pub fn charge_values(&mut self, values: usize, at: Span) -> Result<(), Box<Diagnostic>> {
        let left = self.values_left.checked_sub(values).filter(|_| !self.is_exhausted);
        let limit = format!("{VALUES_MAX} values");
        self.values_left = left.ok_or_else(|| self.exhausted(&limit, "this value exceeds the limit", at))?;
        Ok(())
    }

    fn exhausted(&mut self, limit: &str, remark: &str, at: Span) -> Box<Diagnostic> {
        self.is_exhausted = true;
        let message = format!("the pipeline file and its includes have more than {limit} together");
        let problem = Diagnostic::error(Code::Limit, message).label(at, remark);
        Box::new(problem.help("include fewer files: the rest is not read"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::map::FileId;

    const AT: Span = Span { file: FileId(0), start: 0, end: 0 };

    #[test]
    fn texts_and_values_have_budgets_of_their_own() {
        let mut budget = ReadingBudget::default();
        assert!(budget.charge_text(TEXT_BYTES_MAX, AT).is_ok());
        assert!(budget.charge_values(VALUES_MAX, AT).is_ok());
        assert!(!budget.is_exhausted());
        assert!(budget.charge_text(1, AT).is_err());
        assert!(budget.is_exhausted());
        assert!(budget.charge_values(0, AT).is_err(), "nothing fits any more");
    }
}

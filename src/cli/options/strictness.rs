//! Whether parts of a pipeline file that have no effect here are errors.

use crate::source::diagnostic::{Diagnostic, Severity};

/// How keywords count that have no effect here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// As warnings.
    Lenient,
    /// As errors (`--strict`).
    Strict,
}

impl Strictness {
    /// Returns the diagnostic with the severity that it has under this strictness.
    pub fn apply(self, diagnostic: &Diagnostic) -> Diagnostic {
        let mut applied = diagnostic.clone();
        if self == Self::Strict && diagnostic.is_left_out() {
            applied.severity = Severity::Error;
        }
        applied
    }
}

//! Diagnostics of planning: what is wrong with a job beyond its form, with its place where it has one.

use crate::source::diagnostic::{Code, Diagnostic};
use crate::source::map::Span;

/// There is no plan.
pub(super) fn error(span: Option<Span>, message: impl Into<String>) -> Diagnostic {
    placed(Diagnostic::error(Code::InvalidConfig, message), span)
}

/// There is one, and it may surprise.
pub(super) fn warning(span: Option<Span>, message: impl Into<String>) -> Diagnostic {
    placed(Diagnostic::warning(Code::InvalidConfig, message), span)
}

/// The message says it all, so the place has no remark of its own.
fn placed(diagnostic: Diagnostic, span: Option<Span>) -> Diagnostic {
    match span {
        Some(span) => diagnostic.label(span, ""),
        None => diagnostic,
    }
}

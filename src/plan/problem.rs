//! Diagnostics of planning, with a span if the problem is in the pipeline file.

use crate::source::diagnostic::{Code, Diagnostic};
use crate::source::map::Span;

/// An error: the job has no plan.
pub(super) fn error(span: Option<Span>, message: impl Into<String>) -> Diagnostic {
    with_span(Diagnostic::error(Code::InvalidConfig, message), span)
}

/// A warning: the job has a plan, which may surprise.
pub(super) fn warning(span: Option<Span>, message: impl Into<String>) -> Diagnostic {
    with_span(Diagnostic::warning(Code::InvalidConfig, message), span)
}

/// Adds the span, without a remark: the message is enough.
fn with_span(diagnostic: Diagnostic, span: Option<Span>) -> Diagnostic {
    match span {
        Some(span) => diagnostic.label(span, ""),
        None => diagnostic,
    }
}

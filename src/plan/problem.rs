//! What is wrong with a job, found while planning it.

use crate::source::map::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// There is no plan.
    Error,
    /// There is one, and it may surprise.
    Warning,
}

/// Something to tell about a job, with its place in the file where it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanProblem {
    /// How bad it is.
    pub severity: Severity,
    /// Where it is written.
    pub span: Option<Span>,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl PlanProblem {
    pub(crate) fn error(span: Option<Span>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, span, message: message.into(), help: None }
    }

    pub(crate) fn warning(span: Option<Span>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, span, message: message.into(), help: None }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

//! What is wrong with the user's file: data only, rendered in `report::diagnostic`.
//!
//! Invariant: a collector that has taken an error says so for good, even when the error itself was one too many to
//! be kept.

use std::fmt;

use super::map::Span;

/// Diagnostics kept at most. More tell a reader nothing, and a file of 1 MiB could make hundreds of thousands.
pub const DIAGNOSTICS_MAX: usize = 500;

/// One finding about the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The kind of finding, stable for scripts.
    pub code: Code,
    /// What is wrong, in GitLab's words where GitLab has some.
    pub message: String,
    /// The places, the most important one first; empty when the finding concerns the whole file.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

/// Whether the configuration can be used in spite of the finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but something is probably not as intended.
    Warning,
}

/// The kind of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The text is not YAML.
    Syntax,
    /// The text is larger, deeper or more repetitive than is allowed.
    Limit,
    /// A value of a type that GitLab does not load, such as a date.
    RefusedType,
    /// A key is written twice in one mapping.
    DuplicateKey,
    /// Valid YAML that GitLab rejects.
    InvalidConfig,
    /// A job that does not say what it does.
    MissingScript,
    /// A key that GitLab does not know.
    UnknownKey,
    /// Something of GitLab's language that this program does not do yet.
    Unsupported,
    /// A pattern that GitLab takes and the engine here does not.
    UnsupportedPattern,
    /// A file that is somewhere else, and is left out.
    NeedsNetwork,
    /// A plain value that YAML turns into another text.
    ValueChanged,
    /// Nothing is wrong with the file; something that it relies on is missing here, such as a variable.
    Surroundings,
    /// There is no text to look at.
    Unreadable,
}

/// A place, and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The remark; may be empty.
    pub text: String,
}

/// Diagnostics in the order in which they were found, without exact repetitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    has_errors: bool,
    omitted: usize,
}

impl Diagnostic {
    /// A finding that makes the configuration unusable.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), labels: Vec::new(), help: None }
    }

    /// A finding that the run survives.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Whether it is about something in the file that has no effect: a keyword, or a file that is not included.
    pub fn is_left_out(&self) -> bool {
        matches!(self.code, Code::Unsupported | Code::NeedsNetwork)
    }

    /// Adds a place; the first one added is the most important.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

impl Code {
    /// The name under which it is printed: lower case, words joined by `-`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Syntax => "syntax",
            Code::Limit => "limit",
            Code::RefusedType => "refused-type",
            Code::DuplicateKey => "duplicate-key",
            Code::InvalidConfig => "invalid-config",
            Code::MissingScript => "missing-script",
            Code::UnknownKey => "unknown-key",
            Code::Unsupported => "unsupported",
            Code::UnsupportedPattern => "unsupported-pattern",
            Code::NeedsNetwork => "needs-network",
            Code::ValueChanged => "value-changed",
            Code::Surroundings => "surroundings",
            Code::Unreadable => "unreadable",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        let mut all = Self::new();
        all.push(diagnostic);
        all
    }
}

impl Diagnostics {
    /// A collector with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a finding; the same finding at the same place is kept once (an anchor is read at every alias).
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.has_errors |= diagnostic.severity == Severity::Error;
        if self.list.len() >= DIAGNOSTICS_MAX {
            // Whether it is one of those already kept is not worth a look at all of them.
            self.omitted = self.omitted.saturating_add(1);
        } else if !self.list.contains(&diagnostic) {
            self.list.push(diagnostic);
        }
    }

    /// Takes all findings of another collector.
    pub fn append(&mut self, other: Diagnostics) {
        self.has_errors |= other.has_errors;
        self.omitted = self.omitted.saturating_add(other.omitted);
        other.list.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Changes every finding of a kind.
    pub fn revise(&mut self, code: Code, change: impl Fn(Diagnostic) -> Diagnostic) {
        for found in self.list.iter_mut().filter(|found| found.code == code) {
            *found = change(found.clone());
        }
    }

    /// Whether an error was taken.
    pub fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// Whether nothing was taken.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The findings, first found first.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Findings that were dropped because there were more than [`DIAGNOSTICS_MAX`].
    pub fn omitted(&self) -> usize {
        self.omitted
    }
}

impl<'list> IntoIterator for &'list Diagnostics {
    type Item = &'list Diagnostic;
    type IntoIter = std::slice::Iter<'list, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_alone_is_no_error() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::warning(Code::Unsupported, "w"));
        assert!(!diagnostics.has_errors());
        diagnostics.push(Diagnostic::error(Code::Syntax, "e"));
        assert!(diagnostics.has_errors());
    }

    #[test]
    fn the_same_finding_is_kept_once() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::warning(Code::Unsupported, "w"));
        diagnostics.push(Diagnostic::warning(Code::Unsupported, "w"));
        assert_eq!(diagnostics.iter().count(), 1);
    }

    #[test]
    fn an_error_beyond_the_limit_still_counts_as_an_error() {
        let mut diagnostics = Diagnostics::new();
        for number in 0..DIAGNOSTICS_MAX {
            diagnostics.push(Diagnostic::warning(Code::Unsupported, number.to_string()));
        }
        diagnostics.push(Diagnostic::error(Code::Syntax, "e"));
        assert_eq!((diagnostics.iter().count(), diagnostics.omitted()), (DIAGNOSTICS_MAX, 1));
        let mut all = Diagnostics::new();
        all.append(diagnostics);
        assert!(all.has_errors());
        assert_eq!(all.omitted(), 1);
    }
}

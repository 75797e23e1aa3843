//! Errors and warnings about the user's files, as data. `report::diagnostic` renders them.
//!
//! Invariant: [`Diagnostics::has_errors`] stays true after an error, even if the error itself was dropped because of the
//! limit.

use std::fmt;

use super::map::Span;

/// The most diagnostics that are kept. Nobody reads more, and a file of 1 MiB could cause hundreds of thousands.
pub const DIAGNOSTICS_MAX: usize = 500;

/// An error or a warning about the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Whether the configuration can be used nevertheless.
    pub severity: Severity,
    /// The kind of diagnostic. Its name is stable, for scripts.
    pub code: Code,
    /// What is wrong, in GitLab's wording if GitLab has one.
    pub message: String,
    /// The positions, most important first. Empty if the diagnostic is about a whole file.
    pub labels: Vec<Label>,
    /// How to solve the problem.
    pub help: Option<String>,
}

/// Whether a configuration can be used in spite of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// The configuration can be used, but probably does not do what was intended.
    Warning,
}

/// Defines the kinds of diagnostics from a table of their meanings and names.
macro_rules! codes {
    ($($(#[doc = $meaning:literal])+ $code:ident = $name:literal,)+) => {
        /// The kind of a diagnostic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $meaning])+ $code,)+
        }

        impl Code {
            /// All kinds, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$code,)+];

            /// The name in messages, JSON, SARIF and code quality reports: lower case, with `-` between words.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$code => $name,)+
                }
            }

            /// What a diagnostic of this kind means, as whole sentences.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Code::$code => concat!($($meaning),+).trim_start(),)+
                }
            }
        }
    };
}

codes! {
    /// The text is not YAML.
    Syntax = "syntax",
    /// The text exceeds a limit of size, depth or aliases.
    Limit = "limit",
    /// GitLab does not load values of this type, such as dates.
    RefusedType = "refused-type",
    /// A mapping has the same key twice.
    DuplicateKey = "duplicate-key",
    /// The text is valid YAML, but GitLab rejects it.
    InvalidConfig = "invalid-config",
    /// A job has neither `script` nor another keyword that says what to run.
    MissingScript = "missing-script",
    /// GitLab does not know this key.
    UnknownKey = "unknown-key",
    /// A keyword has no effect here: it only applies on GitLab, or is not supported yet.
    Unsupported = "unsupported",
    /// GitLab accepts this pattern, but the regular expression library here does not.
    UnsupportedPattern = "unsupported-pattern",
    /// A file is not included, because it would have to be downloaded.
    NeedsNetwork = "needs-network",
    /// YAML changes the text of an unquoted value, such as `1.10` to `1.1`.
    ValueChanged = "value-changed",
    /// The file is correct, but something that it relies on is missing here, such as a variable.
    Surroundings = "surroundings",
    /// A variable is not defined here. The project's settings on GitLab, or the dotenv report of another job, may define it.
    UndefinedVariable = "undefined-variable",
    /// A job names no image. It runs only if the runner has a default image.
    MissingImage = "missing-image",
    /// A file cannot be read.
    Unreadable = "unreadable",
}

/// A position with a remark about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// The text that a message marks.
    pub span: Span,
    /// The remark, which may be empty.
    pub text: String,
}

/// Diagnostics in the order in which they were found, without duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    has_errors: bool,
    omitted: usize,
}

impl Diagnostic {
    /// Creates a diagnostic that makes the configuration unusable.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), labels: Vec::new(), help: None }
    }

    /// Creates a diagnostic that does not prevent a run.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Whether it is about something that has no effect here: a keyword, or a file that is not included.
    pub fn is_left_out(&self) -> bool {
        matches!(self.code, Code::Unsupported | Code::NeedsNetwork)
    }

    /// Adds a position. The first one is the most important.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds advice on how to solve the problem.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
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
    /// Creates an empty collector.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a diagnostic unless an equal one is there: an anchor is decoded again at every alias.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.has_errors |= diagnostic.severity == Severity::Error;
        if self.list.len() >= DIAGNOSTICS_MAX {
            // A comparison with all that are kept is not worth its time, so duplicates count too.
            self.omitted = self.omitted.saturating_add(1);
        } else if !self.list.contains(&diagnostic) {
            self.list.push(diagnostic);
        }
    }

    /// Adds all diagnostics of another collector.
    pub fn append(&mut self, other: Diagnostics) {
        self.has_errors |= other.has_errors;
        self.omitted = self.omitted.saturating_add(other.omitted);
        other.list.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Replaces every diagnostic that has `code`.
    pub fn revise(&mut self, code: Code, change: impl Fn(Diagnostic) -> Diagnostic) {
        for found in self.list.iter_mut().filter(|found| found.code == code) {
            *found = change(found.clone());
        }
    }

    /// Whether an error was added, even if it was dropped.
    pub fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// Whether no diagnostic was added.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The diagnostics in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// The number of diagnostics that were dropped because of [`DIAGNOSTICS_MAX`].
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
    fn warnings_are_not_errors() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::warning(Code::Unsupported, "w"));
        assert!(!diagnostics.has_errors());
        diagnostics.push(Diagnostic::error(Code::Syntax, "e"));
        assert!(diagnostics.has_errors());
    }

    #[test]
    fn equal_diagnostics_are_kept_once() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::warning(Code::Unsupported, "w"));
        diagnostics.push(Diagnostic::warning(Code::Unsupported, "w"));
        assert_eq!(diagnostics.iter().count(), 1);
    }

    #[test]
    fn an_error_that_exceeds_the_limit_is_still_an_error() {
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

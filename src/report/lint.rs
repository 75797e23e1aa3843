//! The answer of `lint`: the diagnostics of each file, folded and in the order of the file. Each format has a file.

use indexmap::{IndexMap, IndexSet};

use self::file_paths::CheckedFolders;
use super::mask::Mask;
use crate::source::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::source::map::{SourceMap, Span};

pub mod code_quality;
pub mod file_paths;
mod fingerprint;
pub mod json;
mod region;
mod reported_finding;
pub mod sarif;
pub mod text;

/// A pipeline file and what `lint` found in it.
pub struct CheckedFile {
    pub name: String,
    /// Where the file and those that it includes lie.
    pub folders: CheckedFolders,
    /// The file, and the files that it includes.
    pub map: SourceMap,
    /// Hides secrets in messages and excerpts.
    pub mask: Mask,
    /// In the order of the file; those without a place come first.
    pub findings: Vec<LintFinding>,
}

/// A diagnostic that stands for all others which say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFinding {
    /// The first of the folded diagnostics; for a keyword without effect, with the labels of all.
    pub diagnostic: Diagnostic,
    /// How many further diagnostics say the same about the same place, one for each job that inherits the mistake.
    pub repeated: usize,
}

/// Diagnostics with equal keys fold into one: severity, code, labels, help, and the message if there is no label.
type FoldingKey = (Severity, Code, Vec<Label>, Option<String>, Option<String>);

/// Folds diagnostics that are one mistake to the reader.
pub fn fold(found: Vec<Diagnostic>) -> Vec<LintFinding> {
    let mut keywords: IndexMap<(Severity, String), Diagnostic> = IndexMap::new();
    let mut others: IndexMap<FoldingKey, LintFinding> = IndexMap::new();
    // The loader reads an anchor at every alias, and a parallel job once per instance.
    let found: IndexSet<Diagnostic> = found.into_iter().collect();
    for diagnostic in found {
        if diagnostic.code == Code::Unsupported {
            let key = (diagnostic.severity, diagnostic.message.clone());
            match keywords.get_mut(&key) {
                Some(known) => known.labels.extend(diagnostic.labels),
                None => drop(keywords.insert(key, diagnostic)),
            }
            continue;
        }
        let message = diagnostic.labels.is_empty().then(|| diagnostic.message.clone());
        let Diagnostic { severity, code, labels, help, .. } = diagnostic.clone();
        match others.get_mut(&(severity, code, labels.clone(), help.clone(), message.clone())) {
            Some(known) => known.repeated += 1,
            None => {
                let key = (severity, code, labels, help, message);
                others.insert(key, LintFinding { diagnostic, repeated: 0 });
            }
        }
    }
    let keywords = keywords.into_values().map(|mut diagnostic| {
        diagnostic.labels.sort_by_key(|label| position(label.span));
        diagnostic.labels.dedup_by_key(|label| label.span);
        LintFinding { diagnostic, repeated: 0 }
    });
    let mut all: Vec<LintFinding> = keywords.chain(others.into_values()).collect();
    all.sort_by_key(|finding| finding.diagnostic.labels.first().map(|label| position(label.span)));
    all
}

fn position(span: Span) -> impl Ord {
    (span.file, span.start)
}

/// Counts the findings that are errors.
pub fn error_count(checked: &[CheckedFile]) -> usize {
    let all = checked.iter().flat_map(|checked| &checked.findings);
    all.filter(|finding| finding.diagnostic.severity == Severity::Error).count()
}

/// Who minds a finding. The order is that of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum FindingKind {
    /// GitLab refuses the file, or its Runner the job.
    Refused,
    /// GitLab accepts it, but this program does not.
    Unsupported,
    /// It is accepted, and probably not meant like that.
    Suspicious,
    /// GitLab acts on it, and this program does not.
    WithoutEffect,
}

impl FindingKind {
    fn of(finding: &LintFinding) -> Self {
        let Diagnostic { severity, code, .. } = finding.diagnostic;
        match (code, severity) {
            _ if finding.diagnostic.is_left_out() => Self::WithoutEffect,
            (Code::UnsupportedPattern | Code::Unreadable, _) => Self::Unsupported,
            (_, Severity::Error) => Self::Refused,
            (_, Severity::Warning) => Self::Suspicious,
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Refused => "GitLab or its runner refuses this:",
            Self::Unsupported => "runner-lite cannot use this:",
            Self::Suspicious => "This may be a mistake:",
            Self::WithoutEffect => "This has no effect here:",
        }
    }

    /// The name in JSON.
    fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unsupported => "unsupported",
            Self::Suspicious => "suspicious",
            Self::WithoutEffect => "without-effect",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::map::FileId;

    fn label(start: usize) -> Label {
        Label { span: Span { file: FileId(0), start, end: start + 1 }, text: String::new() }
    }

    fn error(message: &str, start: usize) -> Diagnostic {
        let mut error = Diagnostic::error(Code::InvalidConfig, message);
        error.labels.push(label(start));
        error
    }

    fn shown(findings: &[LintFinding]) -> Vec<String> {
        let places = |finding: &LintFinding| -> Vec<usize> {
            finding.diagnostic.labels.iter().map(|label| label.span.start).collect()
        };
        let line = |finding: &LintFinding| {
            format!("{} {:?} +{}", finding.diagnostic.message, places(finding), finding.repeated)
        };
        findings.iter().map(line).collect()
    }

    #[test]
    fn a_keyword_without_effect_is_one_finding_with_all_its_places() {
        let keyword = |start| {
            let mut warning = Diagnostic::warning(Code::Unsupported, "tags");
            warning.labels.push(label(start));
            warning
        };
        let found = vec![keyword(9), error("e", 5), keyword(2), keyword(9)];
        assert_eq!(shown(&fold(found)), ["tags [2, 9] +0", "e [5] +0"]);
    }

    #[test]
    fn a_mistake_that_several_jobs_inherit_is_one_finding_with_a_count() {
        let found =
            vec![error("jobs:a bad", 7), error("jobs:b bad", 7), error("jobs:b bad", 7), error("x", 3)];
        assert_eq!(shown(&fold(found)), ["x [3] +0", "jobs:a bad [7] +1"]);
    }

    #[test]
    fn findings_without_a_place_come_first_and_fold_by_their_message() {
        let plain = |text: &str| Diagnostic::error(Code::InvalidConfig, text);
        let found = vec![error("x", 3), plain("a"), plain("b"), plain("a")];
        assert_eq!(shown(&fold(found)), ["a [] +0", "b [] +0", "x [3] +0"]);
    }
}

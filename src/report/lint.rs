//! The answer of `lint`: the diagnostics of each file, folded and in the order of the file.

use indexmap::{IndexMap, IndexSet};
use serde::Serialize;

use super::diagnostic::render_with_note;
use super::json::json_answer;
use super::mask::Mask;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;
use crate::amount::counted;
use crate::source::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::source::map::{SourceMap, Span};

/// The most findings printed per file; nobody reads more of them at once.
const SHOWN_MAX: usize = 500;

/// The most further places named for a keyword.
const PLACES_MAX: usize = 5;

/// A pipeline file and what `lint` found in it.
pub struct CheckedFile {
    pub name: String,
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

/// The answer as text. The findings of a file are grouped by their kind, with a heading if there are several kinds.
pub fn text(checked: &[CheckedFile], style: Style) -> TerminalText {
    let mut out = TerminalText::default();
    for one in checked {
        let mut findings: Vec<&LintFinding> = one.findings.iter().collect();
        findings.sort_by_key(|finding| FindingKind::of(finding));
        let kinds: Vec<FindingKind> = findings.iter().map(|finding| FindingKind::of(finding)).collect();
        let has_headings = kinds.first() != kinds.last();
        let mut above = None;
        for (finding, kind) in findings.iter().zip(kinds).take(SHOWN_MAX) {
            if has_headings && above != Some(kind) {
                out.append(&style.paint(Colour::Bold, kind.heading()));
                out.push("\n\n");
                above = Some(kind);
            }
            out.append(&finding_text(finding, &one.map, style).masked(&one.mask));
            out.push("\n\n");
        }
        let more = one.findings.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            out.push(&format!("and {more} more in {}\n\n", one.name));
        }
    }
    out.append(&summary(checked, style));
    out.push("\n");
    out
}

fn finding_text(finding: &LintFinding, map: &SourceMap, style: Style) -> TerminalText {
    let mut shown = finding.diagnostic.clone();
    let mut note = match finding.repeated {
        0 => None,
        more => Some(format!("the same in {}", counted(more, "more job"))),
    };
    if shown.code == Code::Unsupported && shown.labels.len() > 1 {
        let places: Vec<String> = shown.labels.drain(1..).map(|label| file_and_line(&label, map)).collect();
        let more = places.len().saturating_sub(PLACES_MAX);
        let more = if more > 0 { format!(" and {}", counted(more, "more place")) } else { String::new() };
        let places: Vec<String> = places.into_iter().take(PLACES_MAX).collect();
        note = Some(format!("also at {}{more}", places.join(", ")));
    }
    render_with_note(&shown, map, style, note.as_deref())
}

fn file_and_line(label: &Label, map: &SourceMap) -> String {
    let line = map.location(label.span.file, label.span.start).line;
    format!("{}:{line}", map.name(label.span.file))
}

/// Counts errors and warnings: `2 errors, 1 warning in 1 file`.
fn summary(checked: &[CheckedFile], style: Style) -> TerminalText {
    let errors = error_count(checked);
    let warnings = checked.iter().map(|one| one.findings.len()).sum::<usize>() - errors;
    let files = counted(checked.len(), "file");
    let parts = [(errors, "error"), (warnings, "warning")];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
    match (errors, warnings) {
        (0, 0) => style.paint(Colour::BoldGreen, &format!("nothing wrong in {files}")),
        (0, _) => style.paint(Colour::Yellow, &format!("{} in {files}", parts.join(", "))),
        _ => style.paint(Colour::BoldRed, &format!("{} in {files}", parts.join(", "))),
    }
}

/// A finding in JSON. Lines and columns are counted in characters and start at 1.
#[derive(Serialize)]
struct FindingJson<'c> {
    file: &'c str,
    line: Option<usize>,
    column: Option<usize>,
    end: Option<EndPosition>,
    severity: &'static str,
    kind: &'static str,
    code: &'static str,
    message: String,
    help: Option<String>,
    repeated: usize,
    labels: Vec<LabelJson<'c>>,
}

/// The position after the last character.
#[derive(Clone, Copy, Serialize)]
struct EndPosition {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct LabelJson<'c> {
    file: &'c str,
    line: usize,
    column: usize,
    end: EndPosition,
    text: &'c str,
}

/// The answer as a JSON array with an object per finding.
pub fn json(checked: &[CheckedFile]) -> String {
    let findings: Vec<FindingJson<'_>> = checked
        .iter()
        .flat_map(|one| one.findings.iter().map(|finding| finding_json(one, finding)))
        .collect();
    json_answer(&findings)
}

fn finding_json<'c>(checked: &'c CheckedFile, finding: &'c LintFinding) -> FindingJson<'c> {
    let LintFinding { diagnostic, repeated } = finding;
    let labels: Vec<LabelJson<'c>> =
        diagnostic.labels.iter().map(|label| label_json(label, &checked.map)).collect();
    let first = labels.first();
    FindingJson {
        file: first.map_or(&checked.name, |label| label.file),
        line: first.map(|label| label.line),
        column: first.map(|label| label.column),
        end: first.map(|label| label.end),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        kind: FindingKind::of(finding).name(),
        code: diagnostic.code.as_str(),
        message: checked.mask.text(&diagnostic.message).into_owned(),
        help: diagnostic.help.as_ref().map(|help| checked.mask.text(help).into_owned()),
        repeated: *repeated,
        labels,
    }
}

fn label_json<'c>(label: &'c Label, map: &'c SourceMap) -> LabelJson<'c> {
    let span = label.span;
    let start = map.location(span.file, span.start);
    let end = map.location(span.file, span.end.max(span.start));
    LabelJson {
        file: map.name(span.file),
        line: start.line,
        column: start.column,
        end: EndPosition { line: end.line, column: end.column },
        text: &label.text,
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

    #[test]
    fn the_summary_counts_errors_warnings_and_files() {
        let checked = |findings: Vec<LintFinding>| CheckedFile {
            name: "a.yml".to_owned(),
            map: SourceMap::new(),
            mask: Mask::default(),
            findings,
        };
        let finding = |diagnostic| LintFinding { diagnostic, repeated: 3 };
        let error = || finding(Diagnostic::error(Code::Syntax, "e"));
        let warning = || finding(Diagnostic::warning(Code::Syntax, "w"));
        let told = |all: &[CheckedFile]| summary(all, Style::Plain).as_str().to_owned();
        assert_eq!(told(&[checked(vec![error(), error(), warning()])]), "2 errors, 1 warning in 1 file");
        assert_eq!(told(&[checked(vec![warning()]), checked(vec![])]), "1 warning in 2 files");
        assert_eq!(told(&[checked(vec![])]), "nothing wrong in 1 file");
    }
}

//! The answer of `lint`: everything that is wrong, each thing once, in the order of the files.

use indexmap::{IndexMap, IndexSet};
use serde::Serialize;

use super::diagnostic::render_with_note;
use super::mask::Mask;
use super::style::{Colour, Style};
use crate::source::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::source::map::{SourceMap, Span};

/// Findings told in full; more of one file tell a reader nothing.
const SHOWN_MAX: usize = 500;

/// Further places told of a keyword.
const PLACES_MAX: usize = 5;

/// A file that was looked at.
pub struct Checked {
    /// Its name.
    pub name: String,
    /// All files that were read for it.
    pub map: SourceMap,
    /// What must not be seen.
    pub mask: Mask,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Something that was found, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The finding. One about a keyword without effect has all its places.
    pub diagnostic: Diagnostic,
    /// How many others say the same of the same place: jobs that take over what is wrong there.
    pub repeated: usize,
}

/// What two findings have in common that are one: severity, code, places, help, and, where it has no place, the text.
type Same = (Severity, Code, Vec<Label>, Option<String>, Option<String>);

/// Puts together what is one thing to the reader.
pub fn fold(found: Vec<Diagnostic>) -> Vec<Finding> {
    let mut keywords: IndexMap<(Severity, String), Diagnostic> = IndexMap::new();
    let mut others: IndexMap<Same, Finding> = IndexMap::new();
    // An anchor is read at every alias, a job for each instance of it.
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
                others.insert(key, Finding { diagnostic, repeated: 0 });
            }
        }
    }
    let keywords = keywords.into_values().map(|mut diagnostic| {
        diagnostic.labels.sort_by_key(|label| order(label.span));
        diagnostic.labels.dedup_by_key(|label| label.span);
        Finding { diagnostic, repeated: 0 }
    });
    let mut all: Vec<Finding> = keywords.chain(others.into_values()).collect();
    all.sort_by_key(|finding| finding.diagnostic.labels.first().map(|label| order(label.span)));
    all
}

fn order(span: Span) -> impl Ord {
    (span.file, span.start)
}

/// How many findings are errors.
pub fn errors(checked: &[Checked]) -> usize {
    let all = checked.iter().flat_map(|checked| &checked.findings);
    all.filter(|finding| finding.diagnostic.severity == Severity::Error).count()
}

/// The answer for people.
pub fn text(checked: &[Checked], style: Style) -> String {
    let mut out = String::new();
    for one in checked {
        for finding in one.findings.iter().take(SHOWN_MAX) {
            out.push_str(&one.mask.text(&finding_text(finding, &one.map, style)));
            out.push('\n');
        }
        let more = one.findings.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            out.push_str(&format!("and {more} more in {}\n\n", one.name));
        }
    }
    out.push_str(&summary(checked, style));
    out.push('\n');
    out
}

fn finding_text(finding: &Finding, map: &SourceMap, style: Style) -> String {
    let mut shown = finding.diagnostic.clone();
    let mut note = match finding.repeated {
        0 => None,
        more => Some(format!("the same in {}", counted(more, "more job"))),
    };
    if shown.code == Code::Unsupported && shown.labels.len() > 1 {
        let places: Vec<String> = shown.labels.drain(1..).map(|label| place(&label, map)).collect();
        let more = places.len().saturating_sub(PLACES_MAX);
        let more = if more > 0 { format!(" and {}", counted(more, "more place")) } else { String::new() };
        let places: Vec<String> = places.into_iter().take(PLACES_MAX).collect();
        note = Some(format!("also at {}{more}", places.join(", ")));
    }
    render_with_note(&shown, map, style, note.as_deref())
}

fn place(label: &Label, map: &SourceMap) -> String {
    let line = map.location(label.span.file, label.span.start).line;
    format!("{}:{line}", map.name(label.span.file))
}

/// `2 errors, 1 warning in 1 file`.
fn summary(checked: &[Checked], style: Style) -> String {
    let errors = errors(checked);
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

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A finding for scripts. Lines and columns are numbers from 1, in characters.
#[derive(Serialize)]
struct Entry<'c> {
    file: &'c str,
    line: Option<usize>,
    column: Option<usize>,
    end: Option<End>,
    severity: &'static str,
    code: &'static str,
    message: String,
    help: Option<String>,
    repeated: usize,
    labels: Vec<Place<'c>>,
}

/// One past the last character.
#[derive(Clone, Copy, Serialize)]
struct End {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct Place<'c> {
    file: &'c str,
    line: usize,
    column: usize,
    end: End,
    text: &'c str,
}

/// The answer for scripts: an object for each finding.
pub fn json(checked: &[Checked]) -> String {
    let entries: Vec<Entry<'_>> = checked
        .iter()
        .flat_map(|one| one.findings.iter().map(|finding| entry(one, &finding.diagnostic, finding.repeated)))
        .collect();
    serde_json::to_string_pretty(&entries).unwrap_or_default() + "\n"
}

fn entry<'c>(checked: &'c Checked, diagnostic: &'c Diagnostic, repeated: usize) -> Entry<'c> {
    let labels: Vec<Place<'c>> = diagnostic.labels.iter().map(|label| located(label, &checked.map)).collect();
    let first = labels.first();
    Entry {
        file: first.map_or(&checked.name, |place| place.file),
        line: first.map(|place| place.line),
        column: first.map(|place| place.column),
        end: first.map(|place| place.end),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: diagnostic.code.as_str(),
        message: checked.mask.text(&diagnostic.message).into_owned(),
        help: diagnostic.help.as_ref().map(|help| checked.mask.text(help).into_owned()),
        repeated,
        labels,
    }
}

fn located<'c>(label: &'c Label, map: &'c SourceMap) -> Place<'c> {
    let span = label.span;
    let start = map.location(span.file, span.start);
    let end = map.location(span.file, span.end.max(span.start));
    Place {
        file: map.name(span.file),
        line: start.line,
        column: start.column,
        end: End { line: end.line, column: end.column },
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

    fn shown(findings: &[Finding]) -> Vec<String> {
        let places = |finding: &Finding| -> Vec<usize> {
            finding.diagnostic.labels.iter().map(|label| label.span.start).collect()
        };
        let line = |finding: &Finding| {
            format!("{} {:?} +{}", finding.diagnostic.message, places(finding), finding.repeated)
        };
        findings.iter().map(line).collect()
    }

    #[test]
    fn a_keyword_is_one_finding_with_all_its_places() {
        let keyword = |start| {
            let mut warning = Diagnostic::warning(Code::Unsupported, "tags");
            warning.labels.push(label(start));
            warning
        };
        let found = vec![keyword(9), error("e", 5), keyword(2), keyword(9)];
        assert_eq!(shown(&fold(found)), ["tags [2, 9] +0", "e [5] +0"]);
    }

    #[test]
    fn what_several_jobs_take_over_is_told_once_and_counted() {
        let found =
            vec![error("jobs:a bad", 7), error("jobs:b bad", 7), error("jobs:b bad", 7), error("x", 3)];
        assert_eq!(shown(&fold(found)), ["x [3] +0", "jobs:a bad [7] +1"]);
    }

    #[test]
    fn what_has_no_place_comes_first_and_is_told_apart_by_its_text() {
        let plain = |text: &str| Diagnostic::error(Code::InvalidConfig, text);
        let found = vec![error("x", 3), plain("a"), plain("b"), plain("a")];
        assert_eq!(shown(&fold(found)), ["a [] +0", "b [] +0", "x [3] +0"]);
    }

    #[test]
    fn the_summary_counts() {
        let checked = |findings: Vec<Finding>| Checked {
            name: "a.yml".to_owned(),
            map: SourceMap::new(),
            mask: Mask::default(),
            findings,
        };
        let finding = |diagnostic| Finding { diagnostic, repeated: 3 };
        let error = || finding(Diagnostic::error(Code::Syntax, "e"));
        let warning = || finding(Diagnostic::warning(Code::Syntax, "w"));
        let told = |all: &[Checked]| summary(all, Style::Plain);
        assert_eq!(told(&[checked(vec![error(), error(), warning()])]), "2 errors, 1 warning in 1 file");
        assert_eq!(told(&[checked(vec![warning()]), checked(vec![])]), "1 warning in 2 files");
        assert_eq!(told(&[checked(vec![])]), "nothing wrong in 1 file");
    }
}

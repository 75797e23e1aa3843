//! The answer of `lint` as text.

use super::{CheckedFile, FindingKind, LintFinding, error_count};
use crate::amount::counted;
use crate::report::diagnostic::render_with_note;
use crate::report::style::{Colour, Style};
use crate::report::terminal_text::TerminalText;
use crate::source::diagnostic::{Code, Label};
use crate::source::map::SourceMap;

/// The most findings printed per file; nobody reads more of them at once.
const SHOWN_MAX: usize = 500;

/// The most further places named for a keyword.
const PLACES_MAX: usize = 5;

/// The answer as text. The findings of a file are grouped by their kind, with a heading if there are several kinds.
pub fn answer(checked: &[CheckedFile], style: Style) -> TerminalText {
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
        (0, 0) => style.paint(Colour::BoldGreen, &format!("no mistakes found in {files}")),
        (0, _) => style.paint(Colour::Yellow, &format!("{} in {files}", parts.join(", "))),
        _ => style.paint(Colour::BoldRed, &format!("{} in {files}", parts.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::lint::file_paths::CheckedFolders;
    use crate::report::mask::Mask;
    use crate::source::diagnostic::Diagnostic;

    #[test]
    fn the_summary_counts_errors_warnings_and_files() {
        let checked = |findings: Vec<LintFinding>| CheckedFile {
            name: "a.yml".to_owned(),
            folders: CheckedFolders::default(),
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
        assert_eq!(told(&[checked(vec![])]), "no mistakes found in 1 file");
    }
}

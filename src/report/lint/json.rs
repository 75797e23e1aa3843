//! The answer of `lint` as JSON.

use serde::Serialize;

use super::region::Region;
use super::{CheckedFile, FindingKind, LintFinding};
use crate::report::json::json_answer;
use crate::source::diagnostic::{Label, Severity};
use crate::source::map::SourceMap;

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
pub fn answer(checked: &[CheckedFile]) -> String {
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
    let Region { line, column, end_line, end_column } = Region::of(map, label.span);
    LabelJson {
        file: map.name(label.span.file),
        line,
        column,
        end: EndPosition { line: end_line, column: end_column },
        text: &label.text,
    }
}

//! The answer of `lint` as JSON.

use std::borrow::Cow;

use serde::Serialize;

use super::region::Region;
use super::{CheckedFile, FindingKind, LintFinding};
use crate::report::json::json_answer;
use crate::source::diagnostic::{Label, Severity};

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
    text: Cow<'c, str>,
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
        diagnostic.labels.iter().map(|label| label_json(label, checked)).collect();
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

fn label_json<'c>(label: &'c Label, checked: &'c CheckedFile) -> LabelJson<'c> {
    let Region { line, column, end_line, end_column } = Region::of(&checked.map, label.span);
    LabelJson {
        file: checked.map.name(label.span.file),
        line,
        column,
        end: EndPosition { line: end_line, column: end_column },
        text: checked.mask.text(&label.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::lint::file_paths::CheckedFolders;
    use crate::report::mask::Mask;
    use crate::secret::Secret;
    use crate::source::diagnostic::{Code, Diagnostic};
    use crate::source::map::{SourceMap, Span};

    #[test]
    fn remarks_about_places_do_not_contain_masked_values() {
        let mut map = SourceMap::new();
        let file = map.add("a.yml", "a: b");
        let span = Span { file, start: 0, end: 1 };
        let diagnostic = Diagnostic::error(Code::Syntax, "e").label(span, "this is hunter22");
        let mut mask = Mask::default();
        mask.add(&[Secret::new("hunter22")]);
        let findings = vec![LintFinding { diagnostic, repeated: 1 }];
        let checked =
            CheckedFile { name: "a.yml".to_owned(), folders: CheckedFolders::default(), map, mask, findings };
        let said = answer(&[checked]);
        assert!(said.contains("this is [MASKED]"), "{said}");
    }
}

//! Findings as code quality reports and SARIF have them: with paths of the project, a text of one line, and a
//! fingerprint.

use std::collections::HashSet;
use std::path::Path;

use super::file_paths::ArtifactPath;
use super::fingerprint::Fingerprints;
use super::region::Region;
use super::{CheckedFile, FindingKind, LintFinding};
use crate::amount::counted;
use crate::source::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::source::map::FilePlace;

/// A finding of a document.
pub(super) struct ReportedFinding {
    pub(super) code: Code,
    pub(super) severity: Severity,
    pub(super) kind: FindingKind,
    /// What is wrong, and in brackets what helps.
    pub(super) description: String,
    /// Where it is.
    pub(super) place: ReportedPlace,
    /// The other places that it is about.
    pub(super) related: Vec<ReportedPlace>,
    pub(super) fingerprint: String,
}

/// A place that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ReportedPlace {
    pub(super) path: ArtifactPath,
    /// `None` for a whole file.
    pub(super) region: Option<Region>,
    /// A remark about the place, which may be empty.
    pub(super) remark: String,
}

/// The root of the project that the document is about: that of the first file.
pub(super) fn document_root(checked: &[CheckedFile]) -> &Path {
    checked.first().map_or(Path::new("/"), |first| &first.folders.root)
}

/// The findings of all files. What several files include is reported once.
pub(super) fn reported_findings(checked: &[CheckedFile]) -> Vec<ReportedFinding> {
    let root = document_root(checked);
    let mut fingerprints = Fingerprints::default();
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for file in checked {
        for finding in &file.findings {
            let description = description(file, finding);
            let place = first_place(file, finding, root);
            if seen.insert((finding.diagnostic.code, description.clone(), place.clone())) {
                all.push(reported(file, finding, (description, place), root, &mut fingerprints));
            }
        }
    }
    all
}

fn reported(
    file: &CheckedFile,
    finding: &LintFinding,
    (description, place): (String, ReportedPlace),
    root: &Path,
    fingerprints: &mut Fingerprints,
) -> ReportedFinding {
    let Diagnostic { code, severity, message, labels, .. } = &finding.diagnostic;
    let marked = labels.first().map_or("", |label| file.map.snippet(label.span));
    let first_line = file.mask.text(marked.lines().next().unwrap_or_default());
    let message = file.mask.text(without_job(message));
    let parts = [code.as_str(), place.path.text(), &*message, &*first_line];
    ReportedFinding {
        code: *code,
        severity: *severity,
        kind: FindingKind::of(finding),
        fingerprint: fingerprints.next(parts),
        description,
        place,
        related: labels.iter().skip(1).map(|label| place_of(file, label, root)).collect(),
    }
}

/// A message without the name of the job: a mistake in a template is told of the first job that has it, which may change.
fn without_job(message: &str) -> &str {
    match message.strip_prefix("jobs:").and_then(|rest| rest.split_once(" config ")) {
        Some((_, rest)) => rest,
        None => message,
    }
}

/// What is wrong, and in brackets what helps.
fn description(file: &CheckedFile, finding: &LintFinding) -> String {
    let Diagnostic { message, help, .. } = &finding.diagnostic;
    let help = help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    let repeated = match finding.repeated {
        0 => String::new(),
        more => format!("; the same in {}", counted(more, "more job")),
    };
    file.mask.text(&format!("{message}{help}{repeated}")).into_owned()
}

fn first_place(file: &CheckedFile, finding: &LintFinding, root: &Path) -> ReportedPlace {
    match finding.diagnostic.labels.first() {
        Some(label) => place_of(file, label, root),
        None => ReportedPlace {
            path: file.folders.path_of(&FilePlace::Main, root),
            region: None,
            remark: String::new(),
        },
    }
}

fn place_of(file: &CheckedFile, label: &Label, root: &Path) -> ReportedPlace {
    ReportedPlace {
        path: file.folders.path_of(file.map.place(label.span.file), root),
        region: Some(Region::of(&file.map, label.span)),
        remark: file.mask.text(&label.text).into_owned(),
    }
}

//! The answer of `lint` as a code quality report, which GitLab shows in merge requests
//! (`artifacts:reports:codequality`).

use serde::Serialize;

use super::reported_finding::{ReportedFinding, reported_findings};
use super::{CheckedFile, FindingKind};
use crate::report::json::json_answer;
use crate::source::diagnostic::Severity;

/// A finding; GitLab reads these fields of Code Climate's and no others.
#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: IssueLocation,
}

#[derive(Serialize)]
struct IssueLocation {
    path: String,
    lines: IssueLines,
}

#[derive(Serialize)]
struct IssueLines {
    begin: usize,
}

/// The report: a JSON array with an object per finding.
pub fn answer(checked: &[CheckedFile]) -> String {
    json_answer(&reported_findings(checked).into_iter().map(issue).collect::<Vec<_>>())
}

fn issue(finding: ReportedFinding) -> Issue {
    Issue {
        severity: severity(&finding),
        description: finding.description,
        check_name: finding.code.as_str(),
        fingerprint: finding.fingerprint,
        location: IssueLocation {
            path: finding.place.path.text().to_owned(),
            lines: IssueLines { begin: finding.place.region.map_or(1, |region| region.line) },
        },
    }
}

/// GitLab knows `info`, `minor`, `major`, `critical` and `blocker`.
fn severity(finding: &ReportedFinding) -> &'static str {
    match (finding.severity, finding.kind) {
        (Severity::Error, FindingKind::Refused) => "critical",
        (Severity::Error, _) => "major",
        (Severity::Warning, FindingKind::WithoutEffect) => "info",
        (Severity::Warning, _) => "minor",
    }
}

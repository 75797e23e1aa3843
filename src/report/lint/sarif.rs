//! The answer of `lint` as SARIF 2.1.0, the format of code scanners that GitHub and editors read.

use serde_json::{Map, Value, json};

use super::file_paths::{ArtifactPath, file_uri, relative_uri};
use super::region::Region;
use super::reported_finding::{ReportedFinding, ReportedPlace, document_root, reported_findings};
use super::{CheckedFile, FindingKind};
use crate::report::json::json_answer;
use crate::source::diagnostic::{Code, Severity};

/// The schema of the format.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The name of the root of the project, which GitHub and editors know.
const ROOT: &str = "%SRCROOT%";

/// The name of the fingerprints. The number grows when the way changes in which they are made.
const FINGERPRINT: &str = "runnerLite/v1";

/// The home of the program; empty if the package names none.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// The document: one run with a result per finding.
pub fn answer(checked: &[CheckedFile]) -> String {
    let root = format!("{}/", document_root(checked).to_string_lossy().trim_end_matches('/'));
    let results: Vec<Value> = reported_findings(checked).iter().map(result).collect();
    json_answer(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver() },
            "invocations": [{ "executionSuccessful": true }],
            "originalUriBaseIds": { ROOT: { "uri": file_uri(&root) } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

/// The program and all kinds of findings.
fn driver() -> Value {
    let rule =
        |code: &Code| json!({ "id": code.as_str(), "shortDescription": { "text": message(code.meaning()) } });
    let mut driver = json!({
        "name": "runner-lite",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": Code::ALL.iter().map(rule).collect::<Vec<_>>(),
    });
    if let (false, Some(fields)) = (str::is_empty(HOME), driver.as_object_mut()) {
        fields.insert("informationUri".to_owned(), HOME.into());
    }
    driver
}

fn result(finding: &ReportedFinding) -> Value {
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "ruleIndex": Code::ALL.iter().position(|code| *code == finding.code),
        "level": level(finding),
        "message": { "text": message(&finding.description) },
        "locations": [location(&finding.place)],
        "partialFingerprints": { FINGERPRINT: finding.fingerprint },
    });
    if let (false, Some(fields)) = (finding.related.is_empty(), result.as_object_mut()) {
        let places = finding.related.iter().map(location).collect::<Vec<_>>();
        fields.insert("relatedLocations".to_owned(), places.into());
    }
    result
}

fn level(finding: &ReportedFinding) -> &'static str {
    match (finding.severity, finding.kind) {
        (Severity::Error, _) => "error",
        (Severity::Warning, FindingKind::WithoutEffect) => "note",
        (Severity::Warning, _) => "warning",
    }
}

fn location(place: &ReportedPlace) -> Value {
    let artifact = match &place.path {
        ArtifactPath::InProject(path) => json!({ "uri": relative_uri(path), "uriBaseId": ROOT }),
        ArtifactPath::Elsewhere(path) => json!({ "uri": file_uri(path) }),
    };
    let mut physical = Map::from_iter([("artifactLocation".to_owned(), artifact)]);
    physical.extend(place.region.map(|region| ("region".to_owned(), region_json(region))));
    let mut location = Map::from_iter([("physicalLocation".to_owned(), Value::Object(physical))]);
    if !place.remark.is_empty() {
        location.insert("message".to_owned(), json!({ "text": message(&place.remark) }));
    }
    Value::Object(location)
}

fn region_json(region: Region) -> Value {
    let Region { line, column, end_line, end_column } = region;
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// The text of a message, in which `{0}` would be a placeholder. Its braces are written twice, as SARIF asks for; others are
/// not, because programs that replace placeholders show `{{` as it is where there is nothing to replace.
fn message(text: &str) -> String {
    let mut parts = text.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part.split_once('}').filter(|(number, _)| is_number(number));
        match number {
            Some((number, rest)) => out.push_str(&format!("{{{{{number}}}}}{rest}")),
            None => out.push_str(&format!("{{{part}")),
        }
    }
    out
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_braces_is_no_placeholder_and_other_braces_stay() {
        assert_eq!(message("set ${A}, {0} and {12}: {job: a} {"), "set ${A}, {{0}} and {{12}}: {job: a} {");
    }
}

//! `artifacts`: what a job stores. Values of the wrong form are reported by `shapes` and are ignored here.

use std::time::Duration;

use super::decode::{boolean, invalid_value, one_or_more, present, problem, suggest, unknown_value};
use super::duration;
use super::report_type::{self, ReportType};
use super::saved_when::SavedWhen;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::{Node, Value};

/// The values of `coverage_format`.
const COVERAGE_FORMATS: [&str; 2] = ["cobertura", "jacoco"];

/// The longest `expose_as`; GitLab's limit.
const EXPOSED_CHARS_MAX: usize = 100;

/// The artifacts of a job.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Artifacts {
    pub paths: Vec<String>,
    pub exclude: Vec<String>,
    /// Whether all files that are not sources are stored.
    pub untracked: bool,
    pub when: SavedWhen,
    /// `name`, not expanded.
    pub name: Option<String>,
    /// `None` means GitLab's default.
    pub expire_in: Option<ExpireIn>,
    /// In the order of the file.
    pub reports: Vec<Report>,
}

/// How long artifacts are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpireIn {
    /// This long after the job has ended.
    After(Duration),
    /// Without a limit of time.
    Never,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: &'static ReportType,
    pub paths: Vec<String>,
}

impl Artifacts {
    /// Whether the job stores an archive for later jobs.
    pub fn has_archive(&self) -> bool {
        !self.paths.is_empty() || self.untracked
    }

    /// Whether a job with that result stores its archive.
    pub fn stores_archive(&self, has_succeeded: bool) -> bool {
        self.has_archive() && self.when.includes(has_succeeded)
    }

    /// Whether later jobs receive anything: an archive or variables.
    pub fn gives_anything(&self) -> bool {
        self.has_archive() || self.has_dotenv()
    }

    /// Whether the job gives variables to later jobs, whatever its result is.
    pub fn has_dotenv(&self) -> bool {
        self.reports.iter().any(|report| report.kind.name == report_type::DOTENV)
    }
}

/// Decodes `artifacts`. `path` is the path of the job: `jobs:test`.
pub fn decode_artifacts(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Artifacts {
    let path = format!("{path}:artifacts");
    check_exposed(node, &path, diagnostics);
    check_access(node, &path, diagnostics);
    let text = |key: &str| present(node, key).and_then(Node::as_str);
    Artifacts {
        paths: texts(node, "paths"),
        exclude: texts(node, "exclude"),
        untracked: present(node, "untracked").and_then(boolean).unwrap_or_default(),
        when: text("when").and_then(SavedWhen::parse).unwrap_or_default(),
        name: present(node, "name").map(Node::key_text),
        expire_in: text("expire_in").and_then(parse_expiry),
        reports: match present(node, "reports") {
            Some(reports) => decode_reports(reports, &format!("{path}:reports"), diagnostics),
            None => Vec::new(),
        },
    }
}

/// The texts of a list, in which `!reference` may have made lists.
pub(super) fn texts(node: &Node, key: &str) -> Vec<String> {
    let items = present(node, key).map(one_or_more).unwrap_or_default();
    items.iter().flat_map(one_or_more).filter_map(Node::as_str).map(str::to_owned).collect()
}

fn parse_expiry(text: &str) -> Option<ExpireIn> {
    match text {
        "never" => Some(ExpireIn::Never),
        _ => duration::parse(text).map(ExpireIn::After),
    }
}

fn decode_reports(node: &Node, path: &str, diagnostics: &mut Diagnostics) -> Vec<Report> {
    let Value::Mapping(pairs) = &node.value else { return Vec::new() };
    let mut reports = Vec::new();
    for (key, value) in pairs.iter().filter(|(_, value)| !value.is_null()) {
        let name = key.key_text();
        let (name, paths) = match &*name {
            report_type::COVERAGE => {
                let path = format!("{path}:{name}");
                match decode_coverage_report(value, &path, diagnostics) {
                    Some((format, path)) => (format, vec![path]),
                    None => continue,
                }
            }
            _ => {
                let paths = texts(node, &name);
                (name, paths)
            }
        };
        if let Some(kind) = report_type::find(&name) {
            reports.push(Report { kind, paths });
        }
    }
    reports
}

/// The format and the path of a `coverage_report`, which needs both.
fn decode_coverage_report(
    node: &Node,
    path: &str,
    diagnostics: &mut Diagnostics,
) -> Option<(String, String)> {
    if !matches!(node.value, Value::Mapping(_)) {
        return None;
    }
    let mut required = |key: &str| {
        let value = present(node, key);
        if value.is_none() {
            let problem = problem(node, format!("{path} {} can't be blank", key.replace('_', " ")));
            diagnostics.push(problem.help("write `coverage_format: cobertura` and `path: coverage.xml`"));
        }
        value.and_then(Node::as_str).map(str::to_owned)
    };
    let (format, file) = (required("coverage_format"), required("path"));
    if let Some(written) = present(node, "coverage_format")
        && !format.as_deref().is_some_and(|format| COVERAGE_FORMATS.contains(&format))
    {
        let list = COVERAGE_FORMATS.join(", ");
        let message = format!("{path} coverage format must be one of supported formats: {list}.");
        diagnostics.push(suggest(
            unknown_value(written, message),
            written.as_str().unwrap_or_default(),
            COVERAGE_FORMATS,
            |problem| problem.help("GitLab knows no other format"),
        ));
    }
    format.zip(file)
}

/// Checks `expose_as`, which has an effect on merge requests only.
fn check_exposed(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(exposed) = present(node, "expose_as") else { return };
    let paths = texts(node, "paths");
    if paths.is_empty() {
        let problem = invalid_value(exposed, format!("{path} paths can't be blank"), "there are no `paths`");
        diagnostics.push(problem.help("name the files in `paths`, or remove `expose_as`"));
    }
    if paths.iter().any(|path| path.contains('*')) {
        let message = format!("{path} paths can't contain '*' when used with 'expose_as'");
        let problem = invalid_value(exposed, message, "");
        diagnostics.push(problem.help("name a folder instead of a pattern"));
    }
    let Some(text) = exposed.as_str() else { return };
    if text.chars().count() > EXPOSED_CHARS_MAX {
        let message = format!("{path} expose as is too long (maximum is {EXPOSED_CHARS_MAX} characters)");
        diagnostics.push(invalid_value(exposed, message, "").help("shorten it"));
    }
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let is_inner = |character: char| is_word(character) || ['-', ' '].contains(&character);
    if !text.starts_with(is_word) || !text.chars().all(is_inner) {
        let message = format!("{path} expose as can contain only letters, digits, '-', '_' and spaces");
        diagnostics.push(invalid_value(exposed, message, "").help("choose another name"));
    }
}

fn check_access(node: &Node, path: &str, diagnostics: &mut Diagnostics) {
    if let (Some(access), Some(public)) = (present(node, "access"), present(node, "public")) {
        let message = format!("{path} config these keys cannot be used together: access, public");
        let problem = Diagnostic::error(Code::InvalidConfig, message).label(public.span, "");
        diagnostics.push(problem.label(access.span, "`access`").help("remove `public`"));
    }
}

#[cfg(test)]
mod tests;

//! How `artifacts` is decoded, and what GitLab says about mistakes.

use super::*;
use crate::pipeline::include::testing::{TestProject, messages};
use crate::pipeline::report_type::ReportFormat;
use crate::source::diagnostic::Severity;

/// The artifacts of a job with these keywords beside the file's other text, or the first error.
fn decoded(other: &str, keywords: &str) -> Result<Artifacts, String> {
    let (pipeline, found, map) =
        TestProject::default().load(&format!("{other}\nt: {{script: a, {keywords}}}"));
    let pipeline = pipeline.unwrap_or_else(|| panic!("{:?}", messages(&found, &map)));
    match pipeline.broken.get("t") {
        Some(found) => {
            let errors = found.iter().filter(|found| found.severity == Severity::Error);
            Err(errors.map(|found| found.message.clone()).collect::<Vec<_>>().join("\n"))
        }
        None => Ok(pipeline.jobs["t"].artifacts.clone()),
    }
}

#[track_caller]
fn check_error(artifacts: &str, expect: &str) {
    assert_eq!(decoded("", &format!("artifacts: {artifacts}")).unwrap_err(), expect, "{artifacts}");
}

#[test]
fn the_keywords_of_artifacts_are_decoded() {
    let text = "artifacts: {paths: [a, [b]], exclude: [c], untracked: true, when: on_failure, name: n, \
                expire_in: 1 week, public: false}";
    let expect = Artifacts {
        paths: vec!["a".to_owned(), "b".to_owned()],
        exclude: vec!["c".to_owned()],
        untracked: true,
        when: SavedWhen::OnFailure,
        name: Some("n".to_owned()),
        expire_in: Some(ExpireIn::After(Duration::from_secs(604_800))),
        reports: Vec::new(),
    };
    assert_eq!(decoded("", text), Ok(expect));
    let never = decoded("", "artifacts: {expire_in: never}").unwrap();
    assert_eq!((never.expire_in, never.has_archive()), (Some(ExpireIn::Never), false));
}

#[test]
fn a_coverage_report_has_the_type_of_its_format() {
    let reports = "artifacts: {reports: {junit: [a.xml, b.xml], dotenv: d.env, codequality: , \
                   coverage_report: {coverage_format: cobertura, path: c.xml}}}";
    let artifacts = decoded("", reports).unwrap();
    let shown: Vec<_> =
        artifacts.reports.iter().map(|report| (report.kind.name, &report.paths[..])).collect();
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let expect = [
        ("junit", texts(&["a.xml", "b.xml"])),
        ("dotenv", texts(&["d.env"])),
        ("cobertura", texts(&["c.xml"])),
    ];
    assert_eq!(shown, expect.iter().map(|(name, paths)| (*name, &paths[..])).collect::<Vec<_>>());
    assert_eq!(artifacts.reports[2].kind.format, ReportFormat::Gzip);
    assert!(artifacts.has_dotenv() && !artifacts.has_archive());
}

#[test]
fn a_job_replaces_the_artifacts_of_default_as_a_whole() {
    let default = "default: {artifacts: {paths: [a], when: always}}";
    assert_eq!(decoded(default, "image: i").unwrap().paths, ["a"]);
    assert_eq!(decoded(default, "artifacts: {untracked: true}").unwrap().when, SavedWhen::OnSuccess);
    assert_eq!(decoded(default, "artifacts: {}").unwrap(), Artifacts::default());
    assert_eq!(decoded(default, "inherit: {default: false}").unwrap(), Artifacts::default());
    assert_eq!(decoded(default, "artifacts: ").unwrap().paths, ["a"], "null is as if absent");
}

#[test]
fn extends_merges_artifacts_key_by_key() {
    let template = ".t: {artifacts: {paths: [a, b], when: always, reports: {junit: j.xml}}}";
    let artifacts = decoded(template, "extends: .t, artifacts: {paths: [c], reports: {dotenv: d}}").unwrap();
    assert_eq!((&artifacts.paths[..], artifacts.when), (&["c".to_owned()][..], SavedWhen::Always));
    assert_eq!(artifacts.reports.len(), 2);
}

#[test]
fn mistakes_have_gitlabs_messages() {
    check_error("{expose_as: x}", "jobs:t:artifacts paths can't be blank");
    check_error(
        "{expose_as: x, paths: ['*.txt']}",
        "jobs:t:artifacts paths can't contain '*' when used with 'expose_as'",
    );
    check_error(
        "{expose_as: 'a/b', paths: [a]}",
        "jobs:t:artifacts expose as can contain only letters, digits, '-', '_' and spaces",
    );
    let long = "x".repeat(101);
    check_error(
        &format!("{{expose_as: {long}, paths: [a]}}"),
        "jobs:t:artifacts expose as is too long (maximum is 100 characters)",
    );
    check_error(
        "{public: true, access: all}",
        "jobs:t:artifacts config these keys cannot be used together: access, public",
    );
    check_error(
        "{reports: {coverage_report: {coverage_format: clover, path: c.xml}}}",
        "jobs:t:artifacts:reports:coverage_report coverage format must be one of supported formats: cobertura, jacoco.",
    );
    check_error(
        "{reports: {coverage_report: {path: c.xml}}}",
        "jobs:t:artifacts:reports:coverage_report coverage format can't be blank",
    );
    check_error(
        "{reports: {coverage_report: {coverage_format: cobertura}}}",
        "jobs:t:artifacts:reports:coverage_report path can't be blank",
    );
}

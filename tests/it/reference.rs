//! The jobs that a real GitLab Runner ran are complete, and are jobs of a valid pipeline file.

use crate::differences::{DIFFERENCES, Difference};
use crate::recorded::{Case, State, reference};
use crate::sandbox::Sandbox;

/// The number of recorded jobs with artifacts, and with caches.
const CASES: [(&str, usize); 2] = [("art-", 17), ("cache-", 10)];

/// The types of artifacts that the log of the case names as uploaded.
fn uploaded(case: &Case) -> Vec<&str> {
    let lines = case.log.iter().filter_map(|line| line.strip_prefix("Uploading artifacts as \""));
    lines.map(|line| line.strip_suffix("\" to coordinator... 201 Created").unwrap()).collect()
}

#[test]
fn every_recorded_job_with_artifacts_or_caches_is_complete() {
    let reference = reference();
    assert!(reference.runner.contains("GitLab Runner 17.5.5"));
    assert_eq!(reference.files.len(), 4);
    for (prefix, count) in CASES {
        let cases = reference.cases.iter().filter(|case| case.name.starts_with(prefix));
        assert_eq!(cases.count(), count, "{prefix}");
    }
    for case in &reference.cases {
        assert_eq!(case.state == State::Success, case.exit_code == 0, "{}", case.name);
        let stored: Vec<_> = case.stored.keys().map(String::as_str).collect();
        assert_eq!(uploaded(case), stored, "{}", case.name);
        let archive = case.stored.get("archive");
        assert!(archive.is_none_or(|archive| !archive.entries.is_empty()), "{}", case.name);
        let is_report = |kind: &String| kind != "archive";
        assert!(
            case.stored.iter().all(|(kind, file)| !is_report(kind) || file.filename == "artifacts.gz"),
            "{}",
            case.name
        );
        let folder = format!("(/builds/local/{})", case.project());
        let mut warnings = case.log.iter().filter(|line| line.contains("working directory"));
        assert!(warnings.all(|line| line.ends_with(&folder)), "{}", case.name);
        assert_eq!(case.first_cache_key().is_some(), case.project() == "cached", "{}", case.name);
        assert!(case.deps.iter().all(|name| !reference.case(name).stored.is_empty()), "{}", case.name);
    }
}

#[test]
fn every_recorded_job_is_a_job_of_a_valid_pipeline_file() {
    let reference = reference();
    for case in &reference.cases {
        let sandbox = Sandbox::new(&[(".gitlab-ci.yml", &reference.pipeline_file(case))]);
        let listed = sandbox.run(&["list", "--json"]);
        assert!(listed.answer().contains("\"t\""), "{}", case.name);
        let keyword = if case.name.starts_with("cache-") { "cache:" } else { "artifacts:" };
        let shown = sandbox.run(&["show", "t"]);
        // The receiving job has no artifacts of its own.
        assert!(shown.answer().contains(keyword) || !case.deps.is_empty(), "{}: {shown:?}", case.name);
        assert_eq!(sandbox.run(&["lint"]).code, 0, "{}", case.name);
    }
}

/// The row of the difference in the table of `docs/fidelity.md`.
fn row(difference: &Difference) -> String {
    let Difference { runner, ours, reason, .. } = difference;
    let line = |line: &&str| match line.strip_suffix('*') {
        Some(begin) => format!("`{begin}…`"),
        None => format!("`{line}`"),
    };
    let ours: Vec<_> = ours.iter().map(line).collect();
    let ours = if ours.is_empty() { "none".to_owned() } else { ours.join("<br>") };
    format!("\n| `{runner}` | {ours} | {reason} |\n")
}

#[test]
fn docs_fidelity_has_every_difference_from_the_recorded_logs() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/fidelity.md")).unwrap();
    let names: Vec<_> = reference().cases.into_iter().map(|case| case.name).collect();
    for difference in &DIFFERENCES {
        assert!(page.contains(&row(difference)), "docs/fidelity.md has no row{}", row(difference));
        let is_known = |name: &&str| names.iter().any(|known| known == name);
        assert!(difference.cases.iter().all(is_known), "{difference:?}");
    }
}

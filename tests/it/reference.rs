//! The jobs that a real GitLab Runner ran are complete, and are jobs of a valid pipeline file.

use crate::log_differences::{Comparison, Difference, log_differences};
use crate::recorded::{Case, State, archive_jobs, script_jobs, verdict};
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
    let reference = archive_jobs();
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
    let reference = archive_jobs();
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

#[test]
fn every_recorded_script_ends_with_its_verdict() {
    let (archives, scripts) = (archive_jobs(), script_jobs());
    assert_eq!((archives.cases.len(), scripts.cases.len()), (27, 83));
    assert_eq!(archives.runner, scripts.runner);
    for case in archives.cases.iter().chain(&scripts.cases) {
        let last = case.script.last().unwrap();
        // The result follows the last byte of the output.
        let is_success = last.ends_with("Job succeeded");
        assert_eq!(case.state == State::Success, is_success, "{}", case.name);
        let is_script_failure = case.failure_reason.as_deref() == Some("script_failure");
        assert_eq!(is_script_failure, last.starts_with("ERROR: Job failed: exit code "), "{}", case.name);
        assert!(!is_script_failure || verdict(last) == case.exit_code, "{}", case.name);
        let is_secret = |line: &String| case.masked.values().any(|value| line.contains(value));
        assert!(!case.script.iter().any(|line| line.contains('\u{1b}') || is_secret(line)), "{}", case.name);
    }
}

#[test]
fn every_recorded_job_has_what_it_uses() {
    let scripts = script_jobs();
    for case in &scripts.cases {
        let reason = case.failure_reason.as_deref();
        assert_eq!(case.cancel, reason == Some("job_canceled"), "{}", case.name);
        assert!(case.timeout.is_none() || reason == Some("job_execution_timeout"), "{}", case.name);
        let text = case.pipeline_file_with("renamed");
        assert!(text.starts_with("renamed:\n"), "{text}");
        let mut used = case.files.keys().chain(case.masked.keys()).chain(case.filevars.keys());
        assert!(used.all(|name| text.contains(name)), "{}", case.name);
    }
}

#[test]
fn every_difference_is_one_of_a_recorded_job() {
    let differences = log_differences();
    for (recorded, differences) in
        [(archive_jobs(), differences.archives), (script_jobs(), differences.script)]
    {
        let is_known = |name: &String| recorded.cases.iter().any(|case| case.name == *name);
        for Difference { cases, runner, here, elsewhere, why, .. } in &differences {
            assert!(cases.iter().all(is_known), "{cases:?}");
            assert!(!why.is_empty() && runner.len() + here.len() + elsewhere.len() > 0, "{cases:?}");
        }
    }
}

/// Differences as `differences.yml` has them.
const DIFFERENCES: &str = "
- {runner: [left out, never printed], why: w}
- {here: ['hint: *'], why: w}
- {cases: [a], runner: [one, …, two], here: [1, …, 2], why: w}
- {cases: [b], elsewhere: ['err*'], why: w}
";

/// What a comparison says about a log of the case, and which differences it has not needed.
fn compared(case: &str, runner: &[&str], here: &[&str]) -> (Result<String, ()>, usize) {
    let differences: Vec<Difference> = serde_yaml::from_str(DIFFERENCES).unwrap();
    let comparison = Comparison::new(&differences, false);
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let last = comparison.compare(case, &lines(runner), &lines(here));
    (last.map_err(|_| ()), comparison.unneeded().len())
}

#[test]
fn a_comparison_admits_the_differences_of_a_job_and_no_others() {
    let passes = |last: &str, unneeded| (Ok(last.to_owned()), unneeded);
    assert_eq!(compared("x", &["s", "left out", "e"], &["s", "hint: h", "e"]), passes("e", 3));
    assert_eq!(compared("x", &["s", "e"], &["s", "x", "e"]).0, Err(()));
    assert_eq!(compared("x", &["s", "e"], &["s"]).0, Err(()));
    let block = ["s", "one", "x", "y", "two", "e"];
    assert_eq!(compared("a", &block, &["s", "1", "z", "2", "e"]), passes("e", 4));
    assert_eq!(compared("a", &block, &["s", "1", "z", "e"]).0, Err(()));
    assert_eq!(compared("x", &block, &["s", "1", "z", "2", "e"]).0, Err(()));
    assert_eq!(compared("b", &["err1", "out", "e"], &["out", "err1", "e"]), passes("e", 4));
    assert_eq!(compared("b", &["err1", "out", "e"], &["out", "err2", "e"]).0, Err(()));
    // The lines stand where the Runner has them, so that the difference is not needed.
    assert_eq!(compared("b", &["err1", "out", "e"], &["err1", "out", "e"]).0, Err(()));
}

//! The example of a whole pipeline, `examples/shop`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::engine::assert_nothing_left_of_run;
use super::pipeline::Pipeline;
use super::run::Outcome;

/// The file for `--report`. It lies outside of the project, where it would be a source.
const REPORT: &str = "../report.json";

const TESTS: [&str; 3] = ["test: [2.6, 11.7]", "test: [2.7, 11.7]", "test: [2.7, 12.2]"];

/// Copies the files below `from` with their permissions.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A repository that consists of the example, as its README makes one.
fn shop() -> Pipeline {
    let shop = Pipeline::new("");
    copy(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/shop"), shop.folder());
    shop.commit();
    shop
}

/// Runs the pipeline, which must pass and leave nothing on the engine.
fn pass(shop: &Pipeline, arguments: &[&str]) -> Outcome {
    let outcome = shop.run(&[&["pipeline", "--report", REPORT], arguments].concat());
    outcome.assert(0, &[]);
    assert_nothing_left_of_run(&report(shop));
    outcome
}

/// The file of the package, whose name has the version that `build` has made of the commit.
fn package(shop: &Pipeline) -> String {
    format!("dist/shop-1.4.0-{}.tar.gz", &shop.git(&["rev-parse", "HEAD"])[..8])
}

/// What `--report` says about the last run.
fn report(shop: &Pipeline) -> Value {
    serde_json::from_str(&std::fs::read_to_string(shop.folder().join(REPORT)).unwrap()).unwrap()
}

/// The state of each job, in the order of the pipeline.
fn states(shop: &Pipeline) -> Vec<(String, String)> {
    let report = report(shop);
    let text = |job: &Value, key: &str| job[key].as_str().unwrap().to_owned();
    let jobs = report["jobs"].as_array().unwrap().iter();
    jobs.map(|job| (text(job, "name"), text(job, "state"))).collect()
}

fn assert_states(shop: &Pipeline, expected: &[(&str, &str)]) {
    let owned = expected.iter().map(|&(name, state)| (name.to_owned(), state.to_owned()));
    assert_eq!(states(shop), owned.collect::<Vec<_>>());
}

#[test]
fn the_pipeline_passes_and_leaves_the_deployment_to_a_person() {
    let shop = shop();
    let log = pass(&shop, &[]).log();
    let [oldest, middle, newest] = TESTS.map(|test| (test, "success"));
    let (build, package_job, summary) =
        (("build", "success"), ("package", "success"), ("summary", "success"));
    let others = [("todo", "failed"), package_job, ("deploy", "manual"), summary];
    assert_states(&shop, &[&[build, oldest, middle, newest][..], &others].concat());
    for test in TESTS {
        let listed = shop.listed(test);
        assert_eq!(listed["coverage"], 98.6, "{listed}");
        let reports = listed["reports"].as_array().unwrap();
        let kinds: Vec<&Value> = reports.iter().map(|report| &report["kind"]).collect();
        assert_eq!(kinds, ["junit", "cobertura"], "{listed}");
    }
    assert_eq!(log.matches("JUnit: 8 tests, 0 failures, 0 errors, 0 skipped").count(), 3, "{log}");
    assert_eq!(
        log.matches("tests=\"8\" failures=\"0\"").count(),
        3,
        "the job `summary` has no reports: {log}"
    );
    assert_eq!(shop.stored_files("package"), [package(&shop)], "{log}");
}

#[test]
fn build_decides_on_the_version_and_the_image_of_later_jobs() {
    let shop = shop();
    shop.write(".ruby-version", "2.6\n");
    // A pattern does not start a manual job, its name would.
    let jobs = ["build", "package", "deplo*", "--only"];
    pass(&shop, &jobs).assert(0, &["Running package in ruby:2.6", "cart.js: compiled"]);
    assert_states(&shop, &[("build", "success"), ("package", "success"), ("deploy", "manual")]);
    let outcome = pass(&shop, &[&jobs[..], &["--manual", "deploy"]].concat());
    assert_states(&shop, &[("build", "success"), ("package", "success"), ("deploy", "success")]);
    let file = package(&shop);
    let version = file.strip_prefix("dist/shop-").and_then(|name| name.strip_suffix(".tar.gz")).unwrap();
    let deployed = format!("version {version} is on staging, https://staging.shop.example");
    outcome.assert(0, &[&deployed, "cart.js: from the cache", "style.css: from the cache"]);
}

//! Every kind of mistake in a file: `tests/diagnostics/<kind>.yml`, with the report in a snapshot beside it. Each finding
//! has a position and a help text.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::json_answers::valid_answer;
use super::sandbox::Sandbox;

/// The least number of kinds, so that the test notices a missing folder.
const KINDS: usize = 60;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// The names of the files in the folder with this ending, without it.
fn names(ending: &str) -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(ending).map(str::to_owned)
    };
    let mut names: Vec<String> = std::fs::read_dir(folder()).unwrap().filter_map(name).collect();
    names.sort();
    names
}

/// A project that contains a file of each kind.
fn project(kinds: &[String]) -> Sandbox {
    let sandbox = Sandbox::new(&[("include.txt", "")]);
    for kind in kinds {
        let file = format!("{kind}.yml");
        sandbox.write(&file, &std::fs::read_to_string(folder().join(&file)).unwrap());
    }
    sandbox
}

#[test]
fn every_kind_of_mistake_is_reported_as_in_its_snapshot() {
    let kinds = names(".yml");
    assert!(kinds.len() >= KINDS, "{} kinds", kinds.len());
    let sandbox = project(&kinds);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for kind in &kinds {
            let said = sandbox.run(&["lint", &format!("{kind}.yml")]);
            assert_eq!(said.stderr, "", "{kind}");
            insta::assert_snapshot!(kind.as_str(), said.stdout);
        }
    });
    assert_eq!(names(".snap"), kinds, "snapshots without a file");
}

#[test]
fn every_finding_has_a_position_and_a_help_text() {
    let kinds = names(".yml");
    let sandbox = project(&kinds);
    let mut missing = Vec::new();
    for kind in &kinds {
        let said = sandbox.run(&["lint", "--json", &format!("{kind}.yml")]);
        let findings: Vec<Json> = valid_answer("lint", &said.stdout).as_array().unwrap().clone();
        assert!(!findings.is_empty(), "{kind} is no mistake");
        let without = |key: &'static str| {
            // A keyword that is ignored on purpose needs no correction.
            let is_ignored = |finding: &&Json| {
                finding["message"].as_str().is_some_and(|text| text.ends_with(" and is ignored here"))
            };
            let absent = findings
                .iter()
                .filter(move |finding| finding[key].is_null() && (key != "help" || !is_ignored(finding)));
            absent.map(move |finding| format!("{kind}: no {key}: {}", finding["message"]))
        };
        missing.extend(without("line").chain(without("help")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn mistakes_in_many_files_are_reported_in_one_run() {
    let kinds = names(".yml");
    let sandbox = project(&kinds);
    let files: Vec<String> = kinds.iter().map(|kind| format!("{kind}.yml")).collect();
    let arguments: Vec<&str> = ["lint"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let said = sandbox.run(&arguments);
    let silent: Vec<&String> =
        files.iter().filter(|file| !said.stdout.contains(&format!(" {file}:"))).collect();
    assert!(silent.is_empty(), "{silent:?}");
    assert_eq!(said.code, 3);
}

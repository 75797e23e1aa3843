//! `docs/stability.md` promises what the program does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::rust_code::{SourceFile, source_files, without_test_files};

use super::stored::project;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/stability.md");
    std::fs::read_to_string(path).unwrap()
}

/// The rows of the table below the head `| A | B |`.
fn table(page: &str, head: &str) -> Vec<(String, String)> {
    let (_, below) = page.split_once(&format!("\n{head}\n| --- | --- |\n")).unwrap();
    let rows = below.lines().take_while(|line| line.starts_with('|'));
    let cell = |text: &str| text.trim().to_owned();
    let cells = rows.map(|row| row.trim_matches('|').split_once(" | ").unwrap());
    cells.map(|(first, second)| (cell(first), cell(second))).collect()
}

/// The exit codes of `cli/exit_code.rs`: each constant with its comment.
fn exit_codes() -> Vec<(String, String)> {
    let source = include_str!("../../src/cli/exit_code.rs");
    let (mut codes, mut comment) = (Vec::new(), Vec::new());
    for line in source.lines() {
        let value = || line.strip_prefix("pub const ")?.split_once(": u8 = ");
        match (line.strip_prefix("/// "), value()) {
            (Some(text), _) => comment.push(text),
            (None, Some((_, value))) => {
                codes.push((value.trim_end_matches(';').to_owned(), comment.join(" ")));
                comment.clear();
            }
            (None, None) => comment.clear(),
        }
    }
    codes
}

#[test]
fn the_exit_codes_are_those_of_the_program() {
    let codes = exit_codes();
    assert!(codes.len() > 8, "{codes:?}");
    assert_eq!(table(&page(), "| Code | Meaning |"), codes);
}

#[test]
fn every_environment_variable_of_the_program_is_named() {
    let mut read = BTreeSet::new();
    // No other part of the program reads the environment.
    let is_option = |file: &SourceFile| file.path.contains("cli/options/");
    for file in without_test_files(source_files()).into_iter().filter(is_option) {
        for (at, _) in file.text.match_indices("\"RUNNER_LITE_") {
            let name = file.text[at + 1..].split('"').next().unwrap();
            if name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
                read.insert(format!("`{name}`"));
            }
        }
    }
    let named: BTreeSet<String> =
        table(&page(), "| Variable | Meaning |").into_iter().map(|(name, _)| name).collect();
    assert_eq!(named, read);
}

/// The only entry of a folder, or the one that `is_meant` selects.
fn entry(folder: &Path, is_meant: impl Fn(&str) -> bool) -> PathBuf {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut found = entries.filter(|entry| is_meant(entry.file_name().to_str().unwrap()));
    found.next().unwrap_or_else(|| panic!("{} has none", folder.display())).path()
}

#[test]
fn the_store_has_the_files_of_the_page() {
    let sandbox = project();
    let state = sandbox.path("../.local/state/runner-lite");
    let paths = table(&page(), "| Path | Content |");
    assert!(paths.len() > 5, "{paths:?}");
    for (path, _) in paths {
        let mut at = state.clone();
        for part in path.trim_matches('`').split('/') {
            at = match part {
                "PROJECT" => entry(&at, |name| name.starts_with("shop-")),
                // The first run has artifacts.
                "RUN" => entry(&at, |name| at.join(name).join("jobs/01-build/artifacts.tar").exists()),
                "JOB" => entry(&at, |name| name == "01-build"),
                part => at.join(part),
            };
        }
        // No engine has written the log of the example.
        assert!(at.ends_with("log") || at.symlink_metadata().is_ok(), "{path}");
    }
}

//! Documents name files that exist, and their commands fit a page.

use std::path::{Path, PathBuf};

/// The documents that explain where things are.
const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// The folders whose files the documents name by the end of their path.
const FOLDERS: [&str; 6] = ["docs", "examples", "proto-fixtures", "scripts", "src", "tests"];

/// What stands between backticks and looks like a source file (`run/job.rs`) or a folder (`executor/run/`).
fn named_paths(document: &str) -> Vec<&str> {
    let quoted = document.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let is_path = |text: &&str| {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
        is_plain && (text.ends_with(".rs") || text.ends_with('/'))
    };
    quoted.filter(is_path).collect()
}

/// Every file and folder below `folder`; a folder ends with a slash.
fn entries(folder: &Path, found: &mut Vec<String>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.push(format!("/{}/", path.display()));
            entries(&path, found);
        } else {
            found.push(format!("/{}", path.display()));
        }
    }
}

#[test]
fn every_source_file_and_folder_that_a_document_names_exists() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut existing = Vec::new();
    for folder in FOLDERS {
        existing.push(format!("/{folder}/"));
        entries(&root.join(folder), &mut existing);
    }
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        let paths = named_paths(&text);
        assert!(paths.len() > 10, "{document} names too few paths: the test has lost them");
        // An absolute path such as `/builds/` is one in a container.
        for path in paths.into_iter().filter(|path| !path.starts_with('/')) {
            if !existing.iter().any(|entry| entry.ends_with(&format!("/{path}"))) {
                missing.push(format!("{document}: {path}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn paths_are_found_between_backticks_and_not_in_blocks_of_code() {
    let text = "`run/job.rs` and `Stream`, `linux/`\n```\n`a.rs`\n```\n`show JOB.rs` `x_y.rs`";
    assert_eq!(named_paths(text), ["run/job.rs", "linux/", "x_y.rs"]);
}

/// What stands between backticks and names a test: `live/config.rs::memory_is_limited`.
fn named_tests(document: &str) -> impl Iterator<Item = &str> {
    document.split('`').skip(1).step_by(2).filter(|text| text.contains(".rs::"))
}

/// Whether `FILE.rs::NAME` is a test; the file is below `tests/`, or below `src/` and begins with that.
pub(crate) fn test_exists(test: &str) -> bool {
    let (file, name) = test.split_once("::").unwrap();
    let folder = if file.starts_with("src/") { "" } else { "tests" };
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder).join(file);
    has_test(&std::fs::read_to_string(path).unwrap_or_default(), name)
}

/// Whether the source has a test of this name.
fn has_test(source: &str, name: &str) -> bool {
    let is_head =
        |line: &str| ["fn ", "async fn "].iter().any(|word| line.starts_with(&format!("{word}{name}(")));
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    lines.iter().enumerate().filter(|(_, line)| is_head(line)).any(|(index, _)| {
        let attributes = lines[..index].iter().rev().take_while(|line| line.starts_with("#["));
        attributes.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

#[test]
fn every_claim_about_security_names_tests_that_exist() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let (claims, _) = document.split_once("\n## Reporting").unwrap();
    let claims: Vec<&str> = claims.split("\n- ").skip(1).collect();
    assert!(claims.len() > 20, "SECURITY.md has few claims: the test has lost them");
    let mut wrong = Vec::new();
    for claim in claims {
        let claim = claim.split("\n\n").next().unwrap();
        if named_tests(claim).next().is_none() {
            wrong.push(format!("no test: {claim}"));
        }
        wrong.extend(
            named_tests(claim).filter(|test| !test_exists(test)).map(|test| format!("no such test: {test}")),
        );
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_test_is_a_function_with_the_attribute() {
    let source = "#[test]\nfn a() {}\nfn b() {}\n    #[tokio::test(start_paused = true)]\n    async fn c() {}\n// fn d()";
    assert_eq!(["a", "b", "c", "d"].map(|name| has_test(source, name)), [true, false, true, false]);
}

/// What a forge's page of 900 pixels shows of a block of code without a scroll bar.
const COLUMNS_MAX: usize = 100;

/// The lines of blocks of commands that are too long. `commands.md` has the help texts, which are for terminals.
fn long_commands(page: &str, text: &str) -> Vec<String> {
    let mut long = Vec::new();
    let mut in_commands = false;
    for (number, line) in (1..).zip(text.lines()) {
        match line.trim_start().strip_prefix("```") {
            Some(language) => in_commands = !in_commands && language == "sh",
            None if in_commands && line.chars().count() > COLUMNS_MAX => {
                long.push(format!("{page}:{number}: {line}"))
            }
            None => {}
        }
    }
    long
}

#[test]
fn the_commands_of_the_pages_fit_the_width_of_a_page() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    pages.extend(std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    let mut blocks = 0;
    let mut long = Vec::new();
    for page in pages.iter().filter(|page| page.extension().is_some_and(|end| end == "md")) {
        let text = std::fs::read_to_string(page).unwrap();
        blocks += text.matches("```sh\n").count();
        long.extend(long_commands(&page.display().to_string(), &text));
    }
    assert!(blocks > 20, "the test has lost the blocks of commands");
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn a_long_command_is_found_with_its_line() {
    let line = format!("ls {}", "x".repeat(COLUMNS_MAX));
    let text = format!("{line}\n```\n{line}\n```\n```sh\nls\n  {line}\n```\n{line}\n");
    assert_eq!(long_commands("page", &text), [format!("page:7:   {line}")]);
}

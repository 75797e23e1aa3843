//! Sizes of files and functions, module docs, and words that no commit may hold.

use crate::rust_code::{SourceFile, source_files};

/// A file's lines: more is hard to read top-down.
const FILE_LINES_MAX: usize = 400;

/// A function's lines, signature and closing brace included.
const FUNCTION_LINES_MAX: usize = 70;

/// Functions too long, by their first line. rustfmt ends a function with a brace in the column where it begins.
fn long_functions(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        if !is_function(code) || code.ends_with(';') || code.ends_with('}') {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - code.len()]);
        let length = lines[start..].iter().position(|line| *line == end).map_or(0, |last| last + 1);
        if length > FUNCTION_LINES_MAX {
            found.push(format!("{length} lines: {code}"));
        }
    }
    found
}

fn is_function(code: &str) -> bool {
    let code = match code.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ").map_or("", |(_, rest)| rest),
        None => code.strip_prefix("pub ").unwrap_or(code),
    };
    let code = code.strip_prefix("const ").unwrap_or(code);
    code.strip_prefix("async ").unwrap_or(code).starts_with("fn ")
}

#[test]
fn every_source_file_is_tidy() {
    let mut wrong = Vec::new();
    for SourceFile { path, text, .. } in source_files() {
        let mut complain = |what: String| wrong.push(format!("{path}: {what}"));
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            complain(format!("{lines} lines"));
        }
        // A module's `tests.rs` is about what the module's own doc says.
        if !text.starts_with("//! ") && !path.ends_with("/tests.rs") {
            complain("no module doc".to_owned());
        }
        for word in ["todo!", "dbg!", "FIXME", "fixme", "TODO"] {
            if text.contains(word) {
                complain(format!("`{word}`"));
            }
        }
        long_functions(&text).into_iter().for_each(complain);
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn long_functions_are_found_wherever_they_stand() {
    let text = |lines: usize| {
        format!("impl A {{\n    pub(crate) async fn f() {{\n{}    }}\n}}\n", "        g();\n".repeat(lines))
    };
    assert_eq!(long_functions(&text(FUNCTION_LINES_MAX - 2)), Vec::<String>::new());
    assert_eq!(long_functions(&text(FUNCTION_LINES_MAX - 1)), ["71 lines: pub(crate) async fn f() {"]);
}

#[test]
fn every_group_of_live_tests_has_a_row_in_the_table_of_engines() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/engines.md")).unwrap();
    for path in std::fs::read_dir(root.join("tests/live")).unwrap().map(|entry| entry.unwrap().path()) {
        // A folder has further tests of the group with its name.
        let has_tests = path.is_dir() || std::fs::read_to_string(&path).unwrap().contains("#[test]");
        let row = format!("\n| {} | all | all | all | all |\n", path.file_stem().unwrap().to_string_lossy());
        assert!(!has_tests || page.contains(&row), "docs/engines.md has no row {row:?}");
    }
}

//! A type name stands for one type in all of `src/`.

use std::collections::BTreeMap;

use crate::rust_code::{SourceFile, source_files, tokens};

/// Names that may stand for several types, each with the reason. None is needed today.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// The types that a file defines, also private ones and those of tests. Associated types are none of their own.
fn defined_types(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let mut names = Vec::new();
    // Whether each open brace is the body of an `impl` or a `trait`.
    let mut bodies = Vec::new();
    let mut head = 0;
    for (at, token) in tokens.iter().enumerate() {
        match (*token, tokens.get(at + 1)) {
            ("struct" | "enum" | "trait", Some(name)) => names.push((*name).to_owned()),
            ("type", Some(name)) if bodies.last() != Some(&true) => names.push((*name).to_owned()),
            ("{", _) => {
                let head = &tokens[head..at];
                bodies.push(!head.contains(&"fn") && (head.contains(&"impl") || head.contains(&"trait")));
            }
            ("}", _) => drop(bodies.pop()),
            _ => {}
        }
        if ["{", "}", ";"].contains(token) {
            head = at + 1;
        }
    }
    names
}

/// The names that stand for several types, with the files of these.
fn repeated_names(files: &[SourceFile]) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for file in files {
        for name in defined_types(&file.text) {
            places.entry(name).or_default().push(&file.path);
        }
    }
    let repeated = places.into_iter().filter(|(_, files)| files.len() > 1);
    repeated.map(|(name, files)| format!("{name}: {}", files.join(", "))).collect()
}

#[test]
fn a_type_name_stands_for_one_type() {
    let is_allowed = |line: &str| EXCEPTIONS.iter().any(|(name, _)| line.starts_with(&format!("{name}:")));
    let mut repeated = repeated_names(&source_files());
    repeated.retain(|line| !is_allowed(line));
    assert_eq!(repeated, Vec::<String>::new());
}

#[test]
fn types_are_found_wherever_they_are_defined() {
    let text = "pub struct A<T>(T); enum B { C } pub(crate) trait D { type E; fn f(); } type F = A<u8>;
        impl Iterator for A { type Item = u8; fn g() -> impl D { struct H; type I = H; } } // struct J;
        const K: &str = \"struct L\";";
    assert_eq!(defined_types(text), ["A", "B", "D", "F", "H", "I"]);
}

#[test]
fn a_name_for_two_types_is_found_with_its_files() {
    let files = [("a.rs", "struct X;"), ("b.rs", "fn f() { enum X {} }"), ("c.rs", "struct Y; impl X {}")];
    let files = files.map(|(path, text)| SourceFile::new(path, text));
    assert_eq!(repeated_names(&files), ["X: a.rs, b.rs"]);
}

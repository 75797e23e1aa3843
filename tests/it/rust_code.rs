//! The crate's source files as tokens: without comments, the contents of literals, and test code.

use std::path::Path;

/// What marks an item as test code.
const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];

/// Keywords that an item can begin with, after its visibility.
const ITEM_KEYWORDS: [&str; 12] = [
    "async",
    "const",
    "enum",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
    "use",
];

/// A file of `src/`.
pub(crate) struct SourceFile {
    /// `executor/mod.rs`.
    pub(crate) path: String,
    /// `["executor"]` for `executor/mod.rs`, nothing for `lib.rs`.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
}

impl SourceFile {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let mut module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod" || last == "lib") {
            module.pop();
        }
        Self { path: path.to_owned(), module, text: text.to_owned() }
    }
}

/// All files of `src/`, sorted by path.
pub(crate) fn source_files() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                files.push(SourceFile::new(name, &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 100, "only {} files found in {}", files.len(), root.display());
    files
}

/// Removes the files that are compiled for tests only: those that a `#[cfg(test)] mod name;` declares, and those below.
pub(crate) fn without_test_files(files: Vec<SourceFile>) -> Vec<SourceFile> {
    let test_modules: Vec<Vec<String>> = files.iter().flat_map(test_modules).collect();
    let is_test = |file: &SourceFile| test_modules.iter().any(|test| file.module.starts_with(test));
    files.into_iter().filter(|file| !is_test(file)).collect()
}

fn test_modules(file: &SourceFile) -> Vec<Vec<String>> {
    let tokens = tokens(&file.text);
    let starts = (0..tokens.len()).filter(|start| tokens[*start..].starts_with(&CFG_TEST));
    let items = starts.map(|start| {
        let length = item_length(&tokens[start..]);
        &tokens[start..start + length]
    });
    items
        .filter_map(|item| match item {
            [.., "mod", name, ";"] => Some([&file.module[..], &[(*name).to_owned()]].concat()),
            _ => None,
        })
        .collect()
}

/// Splits Rust code into tokens. A literal becomes `"`; `::` is one token; comments are dropped.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first.is_whitespace() {
            (None, first.len_utf8())
        } else if rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (None, block_comment_length(rest))
        } else if let Some(length) = literal_length(rest) {
            (Some("\""), length)
        } else {
            let length = word_length(rest);
            (Some(&rest[..length]), length)
        };
        tokens.extend(token);
        rest = &rest[length..];
    }
    tokens
}

fn block_comment_length(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let step = match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the string or character that `text` begins with.
fn literal_length(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|prefix| text.starts_with(prefix))?;
    let body = &text[prefix.len()..];
    let hashes = if prefix.ends_with('r') { body.len() - body.trim_start_matches('#').len() } else { 0 };
    if body[hashes..].starts_with('"') {
        let inside = &body[hashes + 1..];
        let length = if prefix.ends_with('r') {
            let end = format!("\"{}", "#".repeat(hashes));
            inside.find(&end).map(|at| at + end.len())
        } else {
            escaped_length(inside, '"')
        };
        return Some(prefix.len() + hashes + 1 + length.unwrap());
    }
    let body = text.strip_prefix('b').unwrap_or(text).strip_prefix('\'')?;
    let mut chars = body.chars();
    let is_lifetime = chars.next() != Some('\\') && chars.next() != Some('\'');
    if is_lifetime { None } else { Some(text.len() - body.len() + escaped_length(body, '\'')?) }
}

/// The length up to and with the first `end` that no backslash stands before.
fn escaped_length(text: &str, end: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if c == end && !is_escaped {
            return Some(at + 1);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    None
}

/// The length of an identifier, number, lifetime, `::` or single sign.
fn word_length(text: &str) -> usize {
    let prefix = ["r#", "'"].into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or_default();
    let word = &text[prefix.len()..];
    let length = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
    match length {
        0 if text.starts_with("::") => 2,
        0 => text.chars().next().map_or(0, char::len_utf8),
        _ => prefix.len() + length,
    }
}

/// Removes each item, field or statement behind `#[cfg(test)]`, and nothing that follows it.
pub(crate) fn without_tests<'t>(tokens: &[&'t str]) -> Vec<&'t str> {
    let (mut code, mut rest) = (Vec::new(), tokens);
    while let Some(first) = rest.first() {
        if rest.starts_with(&CFG_TEST) {
            rest = &rest[item_length(rest)..];
        } else {
            code.push(*first);
            rest = &rest[1..];
        }
    }
    code
}

/// The number of tokens of the item that begins here, with its attributes.
fn item_length(tokens: &[&str]) -> usize {
    let mut start = 0;
    while tokens.get(start) == Some(&"#") {
        start += 1 + group_length(&tokens[start + 1..]);
    }
    if tokens.get(start) == Some(&"pub") {
        start += 1;
        if tokens.get(start) == Some(&"(") {
            start += group_length(&tokens[start..]);
        }
    }
    let first = tokens.get(start).copied().unwrap_or_default();
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match *token {
            "{" if first != "use" => return at + group_length(&tokens[at..]),
            "(" | "[" | "{" => at += group_length(&tokens[at..]),
            ";" => return at + 1,
            "," if !ITEM_KEYWORDS.contains(&first) => return at + 1,
            ")" | "]" | "}" => return at,
            _ => at += 1,
        }
    }
    at
}

/// The number of tokens from an opening bracket to its closing one.
fn group_length(tokens: &[&str]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

mod tests {
    use super::*;

    #[test]
    fn comments_and_the_contents_of_literals_are_no_tokens() {
        let text =
            r###"a::b(/* x /* y */ z */ "q\"{", 'c', '\'', b'"', r#"w"}"#, 'life, r#type, 1_0) // end"###;
        let expect =
            ["a", "::", "b", "(", "\"", ",", "\"", ",", "\"", ",", "\"", ",", "\"", ",", "'life", ","];
        assert_eq!(tokens(text), [&expect[..], &["r#type", ",", "1_0", ")"]].concat());
    }

    #[track_caller]
    fn check_code(text: &str, expect: &str) {
        assert_eq!(without_tests(&tokens(text)), tokens(expect));
    }

    #[test]
    fn only_the_item_behind_the_attribute_is_test_code() {
        check_code("#[cfg(test)] mod testing; use a;", "use a;");
        check_code("#[cfg(test)] mod tests { fn f() { \"}\" } } fn g() {}", "fn g() {}");
        check_code("#[cfg(test)] #[path = \"x\"] pub(crate) use a::{b, c}; use d;", "use d;");
        check_code("struct S { #[cfg(test)] a: A, b: B }", "struct S { b: B }");
        check_code("enum E { A, #[cfg(test)] B(C) } use d;", "enum E { A, } use d;");
        check_code("#[cfg(test)] fn f<A, B>(a: [A; 2]) -> B { a } use d;", "use d;");
    }

    #[test]
    fn a_file_is_test_code_if_its_declaration_is() {
        let files = [
            ("a/mod.rs", "mod b; #[cfg(test)] pub(crate) mod testing; #[cfg(test)] mod tests { mod b; }"),
            ("a/b.rs", ""),
            ("a/testing.rs", "mod inner;"),
            ("a/testing/inner.rs", ""),
        ];
        let files = files.map(|(path, text)| SourceFile::new(path, text)).into();
        let left: Vec<String> = without_test_files(files).into_iter().map(|file| file.path).collect();
        assert_eq!(left, ["a/mod.rs", "a/b.rs"]);
    }
}

//! The YAML parser agrees with Ruby's Psych: `tests/psych/record` recorded Psych's results in `tests/psych/expected.txt`.

use runner_lite::source::map::SourceMap;
use runner_lite::source::node::{Node, Value};
use runner_lite::source::scalar::Scalar;
use runner_lite::source::yaml;

const CASES: &str = include_str!("../psych/cases.txt");
const EXPECTED: &str = include_str!("../psych/expected.txt");

#[test]
fn every_case_is_parsed_as_psych_parses_it() {
    let cases: Vec<&str> = CASES.split("=====\n").collect();
    let expected: Vec<&str> = EXPECTED.lines().collect();
    assert_eq!(cases.len(), expected.len(), "record anew");
    let pairs = cases.iter().zip(expected);
    let wrong: Vec<String> = pairs
        .filter(|(case, expect)| read(case) != **expect)
        .map(|(case, expect)| format!("{case}psych: {expect}\nhere:  {}\n", read(case)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn read(text: &str) -> String {
    let mut map = SourceMap::new();
    let file = map.add("case", text);
    let (documents, found) = yaml::load(&map, file);
    if found.has_errors() {
        return "refused".to_owned();
    }
    documents.iter().map(show).collect::<Vec<_>>().join(" --- ")
}

fn show(node: &Node) -> String {
    let tag = if node.tag.as_deref() == Some("!reference") { "!reference " } else { "" };
    let value = match &node.value {
        Value::Scalar(Scalar::Null) => "null".to_owned(),
        Value::Scalar(Scalar::String(text)) => quoted(text),
        Value::Scalar(scalar) => scalar.to_text(),
        Value::Sequence(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Mapping(pairs) => {
            let pair = |(key, value): &(Node, Node)| format!("{}: {}", quoted(&key_text(key)), show(value));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
    };
    format!("{tag}{value}")
}

fn key_text(key: &Node) -> String {
    match &key.value {
        Value::Scalar(_) => key.key_text(),
        Value::Sequence(_) | Value::Mapping(_) => "a list".to_owned(),
    }
}

/// Quotes a text as Ruby's `inspect` does.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '#' if characters.peek().is_some_and(|next| "{$@".contains(*next)) => out.push_str("\\#"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\u{1b}' => out.push_str("\\e"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

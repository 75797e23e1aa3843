//! Writes values as YAML: this module does the layout, `serde_yaml` the scalars.
//!
//! Invariant: GitLab reads the same value back from the text.

use super::json::json_string;
use super::printable::is_printable;
use crate::plan::full_configuration::{KeywordOrigin, ValueWithOrigin, YamlValue};
use crate::source::scalar::{Scalar, resolve};

/// A line of YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlLine<'s> {
    /// Without the line break.
    pub text: String,
    /// The origin of the value that begins in this line. Only a line with an origin may get a comment behind it: others
    /// may be part of a block scalar.
    pub origin: Option<&'s KeywordOrigin>,
}

/// Writes a mapping, indented by `indent` blanks.
pub fn mapping(pairs: &[(String, ValueWithOrigin)], indent: usize) -> Vec<YamlLine<'_>> {
    pairs.iter().flat_map(|(key, value)| entry(&format!("{}:", self::key(key)), value, indent)).collect()
}

/// Writes the key of a mapping.
pub fn key(text: &str) -> String {
    // A key must stay on one line.
    if text.contains('\n') { json_string(text) } else { string(text) }
}

/// Writes a value after `head`, its key with a colon or its dash.
fn entry<'s>(head: &str, value: &'s ValueWithOrigin, indent: usize) -> Vec<YamlLine<'s>> {
    let margin = " ".repeat(indent);
    let line = |text: &str, origin| YamlLine { text: format!("{margin}{head} {text}"), origin };
    match &value.value {
        YamlValue::Scalar(scalar) => {
            let text = self::scalar(scalar);
            let mut lines = text.split('\n');
            let first = line(lines.next().unwrap_or_default(), Some(&value.origin));
            let indented =
                |line: &str| if line.is_empty() { String::new() } else { format!("{margin}{line}") };
            let rest = lines.map(|line| YamlLine { text: indented(line), origin: None });
            std::iter::once(first).chain(rest).collect()
        }
        YamlValue::List(items) if items.is_empty() => vec![line("[]", Some(&value.origin))],
        YamlValue::Map(pairs) if pairs.is_empty() => vec![line("{}", Some(&value.origin))],
        YamlValue::List(items) => {
            below(head, indent, |indent| items.iter().flat_map(|item| entry("-", item, indent)).collect())
        }
        YamlValue::Map(pairs) => below(head, indent, |indent| mapping(pairs, indent)),
    }
}

/// Writes a collection below its key, or after its dash on the same line.
fn below<'s>(head: &str, indent: usize, lines: impl FnOnce(usize) -> Vec<YamlLine<'s>>) -> Vec<YamlLine<'s>> {
    let margin = " ".repeat(indent);
    let is_item = head == "-";
    let mut lines = lines(indent + 2);
    match lines.first_mut() {
        Some(first) if is_item => first.text = format!("{margin}- {}", first.text.trim_start()),
        _ => lines.insert(0, YamlLine { text: format!("{margin}{head}"), origin: None }),
    }
    lines
}

fn scalar(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Null => "null".to_owned(),
        Scalar::Float(value) if value.is_nan() => ".nan".to_owned(),
        Scalar::Float(value) if value.is_infinite() => if *value > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
        Scalar::Boolean(_) | Scalar::Integer(_) | Scalar::Float(_) => scalar.to_text(),
        Scalar::String(text) => string(text),
    }
}

/// Writes a string in a form that GitLab reads as a string.
fn string(text: &str) -> String {
    if !text.chars().all(is_printable) {
        return json_string(text);
    }
    let written = serde_yaml::to_string(text).unwrap_or_default();
    let written = written.strip_suffix('\n').unwrap_or(&written);
    // A plain scalar of YAML 1.2 may be a number, a date or a merge key to GitLab, which reads YAML 1.1.
    let is_plain = written == text;
    let stays = resolve(text).is_ok_and(|scalar| scalar == Scalar::String(text.to_owned()));
    if is_plain && (!stays || matches!(text, "<<" | "=")) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    written.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::map::SourceMap;
    use crate::source::node::{Node, Value};
    use crate::source::yaml;

    fn shown(value: YamlValue) -> ValueWithOrigin {
        ValueWithOrigin { value, origin: KeywordOrigin { span: None, by: None } }
    }

    fn text(text: &str) -> ValueWithOrigin {
        shown(YamlValue::Scalar(Scalar::String(text.to_owned())))
    }

    fn write(pairs: &[(String, ValueWithOrigin)]) -> String {
        mapping(pairs, 0).into_iter().map(|line| line.text + "\n").collect()
    }

    /// Writes a comment behind every line that may have one.
    fn commented(pairs: &[(String, ValueWithOrigin)]) -> String {
        let line = |line: YamlLine<'_>| line.text + if line.origin.is_some() { "  # x\n" } else { "\n" };
        mapping(pairs, 0).into_iter().map(line).collect()
    }

    fn load_first(text: &str) -> YamlValue {
        let mut map = SourceMap::new();
        let file = map.add("a.yml", text);
        let (documents, found) = yaml::load(&map, file);
        assert!(!found.has_errors(), "{text}\n{found:?}");
        value_of(documents.first().unwrap())
    }

    fn value_of(node: &Node) -> YamlValue {
        match &node.value {
            Value::Scalar(scalar) => YamlValue::Scalar(scalar.clone()),
            Value::Sequence(items) => {
                YamlValue::List(items.iter().map(|item| shown(value_of(item))).collect())
            }
            Value::Mapping(pairs) => YamlValue::Map(
                pairs.iter().map(|(key, value)| (key.key_text(), shown(value_of(value)))).collect(),
            ),
        }
    }

    #[test]
    fn strings_that_yaml_1_1_reads_as_another_type_are_quoted() {
        for word in
            ["yes", "On", "010", "1_000", "1,0", "12:30", "2024-01-01", ":sym", "1.10", "~", "<<", "=", ""]
        {
            assert!(string(word).starts_with('\''), "{word}: {}", string(word));
        }
        for word in ["y", "1.2.3", "ruby:2.6", "$A", "a b", "é"] {
            assert_eq!(string(word), word);
        }
    }

    #[test]
    fn lists_and_mappings_have_the_usual_layout() {
        let list = |items: Vec<ValueWithOrigin>| shown(YamlValue::List(items));
        let map = |pairs: &[(&str, ValueWithOrigin)]| {
            let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
            shown(YamlValue::Map(pairs.collect()))
        };
        let pairs = [
            (
                "script".to_owned(),
                list(vec![text("make"), text("a\n b\n\nc\n"), list(vec![text("x"), text("y")])]),
            ),
            (
                "rules".to_owned(),
                list(vec![map(&[("if", text("$A == \"b\"")), ("changes", list(vec![text("*.rs")]))])]),
            ),
            ("cache".to_owned(), map(&[])),
            ("needs".to_owned(), list(vec![])),
            ("variables".to_owned(), map(&[("on", text("yes")), ("B", text("a\tb"))])),
            ("retry".to_owned(), shown(YamlValue::Scalar(Scalar::Integer(2)))),
        ];
        insta::assert_snapshot!(write(&pairs), @r#"
        script:
          - make
          - |
            a
             b

            c
          - - x
            - y
        rules:
          - if: $A == "b"
            changes:
              - '*.rs'
        cache: {}
        needs: []
        variables:
          'on': 'yes'
          B: "a\tb"
        retry: 2
        "#);
    }

    fn value() -> impl Strategy<Value = YamlValue> {
        let word = "[a-c0-9:,_.#'\"\\[{|>&*!%@`~?=<\\- \t\n\\\\$\u{e9}\u{1b}\r\u{7f}\u{85}\u{9b}\u{202e}\u{2028}\u{feff}\u{ffff}]{0,8}|yes|0x1|1e3|\\.inf|2001-01-01";
        let leaf = prop_oneof![
            word.prop_map(|text| YamlValue::Scalar(Scalar::String(text))),
            any::<i32>().prop_map(|number| YamlValue::Scalar(Scalar::Integer(number.into()))),
            any::<bool>().prop_map(|value| YamlValue::Scalar(Scalar::Boolean(value))),
            Just(YamlValue::Scalar(Scalar::Null)),
            (-1e9..1e9).prop_map(|number| YamlValue::Scalar(Scalar::Float(number))),
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            let inner = inner.prop_map(shown);
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(YamlValue::List),
                // A key `<<` merges even in quotes, as in Ruby's Psych, so that no mapping of a file has one.
                proptest::collection::btree_map(word, inner, 0..4).prop_map(|pairs| {
                    YamlValue::Map(pairs.into_iter().filter(|(key, _)| key != "<<").collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_loader_reads_the_same_value_back(value in value()) {
            let pairs = [("a".to_owned(), shown(value))];
            let expect = YamlValue::Map(pairs.to_vec());
            prop_assert_eq!(load_first(&write(&pairs)), expect.clone());
            prop_assert_eq!(load_first(&commented(&pairs)), expect);
        }
    }
}

//! A validator for the part of JSON Schema that the schemas of `docs/` and `tests/schemas/` use. A keyword that it does not
//! know is an error.

use std::collections::HashSet;

use serde_json::Value;

/// Keywords that say nothing about validity, or that are looked up by `$ref`.
const ANNOTATIONS: [&str; 9] =
    ["$schema", "$id", "id", "title", "description", "default", "format", "definitions", "$defs"];

/// A schema, whose references are looked up in `document`.
#[derive(Clone, Copy)]
struct Schema<'s> {
    document: &'s Value,
    rules: &'s Value,
}

/// What is wrong with `value` by `rules`, a part of the schema `document`; empty if it is valid. Messages begin with
/// `place`.
pub(crate) fn problems(document: &Value, rules: &Value, value: &Value, place: &str) -> Vec<String> {
    Schema { document, rules }.problems(value, place)
}

impl<'s> Schema<'s> {
    fn part(self, rules: &'s Value) -> Self {
        Self { rules, ..self }
    }

    fn problems(self, value: &Value, place: &str) -> Vec<String> {
        let mut problems = Vec::new();
        for (keyword, rule) in self.rules.as_object().unwrap() {
            let found = match &**keyword {
                keyword if ANNOTATIONS.contains(&keyword) => Vec::new(),
                "$ref" => self.part(self.referred(rule.as_str().unwrap())).problems(value, place),
                "properties" | "items" | "required" | "additionalProperties" => {
                    self.problems_of_members(keyword, rule, value, place)
                }
                keyword => match self.is_met(keyword, rule, value, place) {
                    true => Vec::new(),
                    false => vec![format!("{place}: {value} is not {keyword} {rule}")],
                },
            };
            problems.extend(found);
        }
        problems
    }

    /// The part of the document at a reference such as `#/$defs/name`.
    fn referred(self, reference: &str) -> &'s Value {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} is elsewhere"));
        self.document.pointer(pointer).unwrap_or_else(|| panic!("there is no {reference}"))
    }

    fn problems_of_members(self, keyword: &str, rule: &'s Value, value: &Value, place: &str) -> Vec<String> {
        let fields = || value.as_object().into_iter().flatten();
        match keyword {
            "properties" => {
                let own = fields().filter_map(|(name, value)| Some((name, value, rule.get(name)?)));
                own.flat_map(|(name, value, rules)| {
                    self.part(rules).problems(value, &format!("{place}.{name}"))
                })
                .collect()
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items
                    .flat_map(|(index, item)| self.part(rule).problems(item, &format!("{place}[{index}]")))
                    .collect()
            }
            "required" => {
                let names = rule.as_array().unwrap().iter().filter_map(Value::as_str);
                let missing = names.filter(|name| value.is_object() && value.get(name).is_none());
                missing.map(|name| format!("{place} has no {name}")).collect()
            }
            _ => {
                let others = fields().filter(|(name, _)| self.rules["properties"].get(&***name).is_none());
                others
                    .flat_map(|(name, value)| match rule {
                        Value::Bool(true) => Vec::new(),
                        Value::Bool(false) => vec![format!("{place} has {name}")],
                        rules => self.part(rules).problems(value, &format!("{place}.{name}")),
                    })
                    .collect()
            }
        }
    }

    fn is_met(self, keyword: &str, rule: &'s Value, value: &Value, place: &str) -> bool {
        let fitting = || {
            let parts = rule.as_array().unwrap().iter();
            parts.filter(|rules| self.part(rules).problems(value, place).is_empty()).count()
        };
        match keyword {
            "type" => match rule {
                Value::Array(names) => names.iter().any(|name| is_of_type(value, name.as_str().unwrap())),
                name => is_of_type(value, name.as_str().unwrap()),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "const" => rule == value,
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "pattern" => value
                .as_str()
                .is_none_or(|text| regex_lite::Regex::new(rule.as_str().unwrap()).unwrap().is_match(text)),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "uniqueItems" => value.as_array().is_none_or(|items| {
                let mut seen = HashSet::new();
                rule == false || items.iter().all(|item| seen.insert(item.to_string()))
            }),
            "oneOf" => fitting() == 1,
            "anyOf" => fitting() > 0,
            keyword => panic!("the schema has {keyword}, which the validator does not know"),
        }
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        name => panic!("no type {name}"),
    }
}

#[test]
fn each_keyword_forbids_something() {
    let check = |rules: &str, valid: &str, invalid: &str| {
        let document: Value = serde_json::from_str(rules).unwrap();
        let found = |value: &str| problems(&document, &document, &serde_json::from_str(value).unwrap(), "it");
        assert_eq!(found(valid), Vec::<String>::new(), "{rules}");
        assert!(!found(invalid).is_empty(), "{rules} allows {invalid}");
    };
    check(r#"{"type": "string"}"#, "\"a\"", "1");
    check(r#"{"type": ["string", "null"]}"#, "null", "1");
    check(r#"{"enum": ["a"]}"#, "\"a\"", "\"b\"");
    check(r#"{"const": 1}"#, "1", "2");
    check(r#"{"minimum": 1}"#, "1", "0");
    check(r#"{"maximum": 1}"#, "1", "2");
    check(r#"{"pattern": "^a"}"#, "\"ab\"", "\"b\"");
    check(r#"{"minItems": 1}"#, "[1]", "[]");
    check(r#"{"uniqueItems": true}"#, "[1, 2]", "[1, 1]");
    check(r#"{"items": {"type": "null"}}"#, "[null]", "[null, 1]");
    check(r#"{"required": ["a"]}"#, r#"{"a": 1}"#, r#"{"b": 1}"#);
    check(r#"{"properties": {"a": {"type": "null"}}}"#, r#"{"a": null}"#, r#"{"a": 1}"#);
    check(r#"{"properties": {"a": {}}, "additionalProperties": false}"#, r#"{"a": 1}"#, r#"{"b": 1}"#);
    check(r#"{"additionalProperties": {"type": "null"}}"#, r#"{"a": null}"#, r#"{"a": 1}"#);
    check(r#"{"oneOf": [{"type": "number"}, {"type": "integer"}]}"#, "1.5", "1");
    check(r#"{"anyOf": [{"type": "null"}, {"type": "integer"}]}"#, "1", "1.5");
    check(r##"{"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}"##, "null", "1");
}

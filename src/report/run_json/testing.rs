//! A validator for the part of JSON Schema that `docs/events.schema.json` uses.

use serde_json::Value;

use super::page;

/// What is wrong with an object, by the schema; empty if it is valid.
pub(in crate::report) fn problems(object: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(&page::schema()).unwrap();
    let name = object.get("type").and_then(Value::as_str).unwrap_or("report");
    match schema["$defs"].get(name) {
        Some(definition) => of_value(definition, object, name),
        None => vec![format!("there is no type {name}")],
    }
}

fn of_value(schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for (keyword, rule) in schema.as_object().unwrap() {
        let is_met = match &**keyword {
            "type" => is_of_type(value, rule.as_str().unwrap()),
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_i64().unwrap_or(0) >= rule.as_i64().unwrap(),
            "pattern" => value
                .as_str()
                .is_none_or(|text| regex_lite::Regex::new(rule.as_str().unwrap()).unwrap().is_match(text)),
            "oneOf" => {
                let fits = |schema: &&Value| of_value(schema, value, place).is_empty();
                rule.as_array().unwrap().iter().filter(fits).count() == 1
            }
            "items" => {
                let items = value.as_array().into_iter().flatten();
                problems.extend(items.flat_map(|item| of_value(rule, item, place)));
                true
            }
            "required" => {
                let has = |name: &&Value| value.get(name.as_str().unwrap()).is_none();
                problems.extend(
                    rule.as_array().unwrap().iter().filter(has).map(|name| format!("{place} has no {name}")),
                );
                true
            }
            "additionalProperties" => {
                assert_eq!(rule, false);
                let known = |name: &&String| schema["properties"].get(&***name).is_none();
                let names = value.as_object().into_iter().flatten().map(|(name, _)| name);
                problems.extend(names.filter(known).map(|name| format!("{place} has {name}")));
                true
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    let inner =
                        value.get(name).map(|value| of_value(schema, value, &format!("{place}.{name}")));
                    problems.extend(inner.into_iter().flatten());
                }
                true
            }
            keyword => panic!("the schema has {keyword}, which the validator does not know"),
        };
        if !is_met {
            problems.push(format!("{place}: {value} is not {keyword} {rule}"));
        }
    }
    problems
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
fn the_validator_finds_what_the_schema_forbids() {
    let valid = serde_json::json!({
        "version": 1, "t": "2026-11-29T10:00:00.123Z", "run": null, "type": "run_finished",
        "status": "success", "code": 0, "has_warnings": false, "wall_ms": 3,
    });
    assert_eq!(problems(&valid), Vec::<String>::new());
    let check = |name: &str, value: Value, expect: &str| {
        let mut object = valid.clone();
        object[name] = value;
        let problems = problems(&object).join("; ");
        assert!(problems.contains(expect), "{problems}");
    };
    check("extra", Value::Null, "run_finished has extra");
    check("status", "passed".into(), r#"run_finished.status: "passed" is not enum"#);
    check("code", (-1).into(), "is not minimum 0");
    check("code", "0".into(), "is not type");
    check("run", 3.into(), "run_finished.run: 3 is not oneOf");
    check("t", "now".into(), "is not pattern");
    check("type", "unknown".into(), "there is no type unknown");
    let mut short = valid.clone();
    short.as_object_mut().unwrap().remove("wall_ms");
    assert_eq!(problems(&short), [r#"run_finished has no "wall_ms""#]);
}

//! Whether an object is valid by `docs/events.schema.json`.

use serde_json::Value;

use super::page;

#[path = "../../../tests/support/json_schema.rs"]
mod json_schema;

/// What is wrong with an object, by the schema; empty if it is valid.
pub(in crate::report) fn problems(object: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(&page::schema()).unwrap();
    let name = object.get("type").and_then(Value::as_str).unwrap_or("report");
    match schema["$defs"].get(name) {
        Some(definition) => json_schema::problems(&schema, definition, object, name),
        None => vec![format!("there is no type {name}")],
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
    assert_eq!(problems(&short), ["run_finished has no wall_ms"]);
}

//! `docs/events.md` and `docs/events.schema.json`, made of the list of fields.

use serde_json::{Map, Value, json};

use super::fields::{EVENTS, Field, FieldType, OF_EVENTS, ObjectFields, REPORT};
use super::reason::{REASONS, WORDS};

/// What the page says before its tables.
const HEAD: &str = "\
# Runs for programs

<!-- Made from the list of fields in `src/report/run_json/fields.rs`: `cargo run --example events-page > docs/events.md`,
and with the argument `schema` for docs/events.schema.json. -->

`--events FILE` writes a JSON object for each event, one per line, during the run. `--events -` writes them to standard
output; the log then goes to standard error. `--report FILE` writes one JSON object at the end of the run, even if the run
failed or was stopped. `--junit FILE` writes the results as JUnit XML, with a suite for each stage and a case for each job.

- Secrets of the jobs are masked, as in the log. Control characters in texts are escaped.
- If FILE cannot be written, the command fails before anything starts. The report of an earlier run in FILE is removed at
  the start; the new one is written as a whole when the run has ended. If FILE is a named pipe, runner-lite waits until a
  program reads it. If the report cannot be written in the end, an error says so, and a run that has passed exits with 125.
- If the pipeline file is invalid or the engine cannot be reached, no run begins, so that no event and no report is written.
- If the reader of the events has gone or the disk is full, the log has a warning, and the run continues without events.
  A reader that stalls delays the output of the jobs, as a slow terminal does.
- In JUnit XML, a script that failed or took too long is a `failure`. A failure of the engine, and a job that was stopped,
  is an `error`. A job that did not run, or that failed and is allowed to, is `skipped`.

`events.schema.json` is a JSON schema of the events and the report. Every object has all of its fields. A program should
ignore event types and fields that it does not know, because a later release may add some.
";

/// The page.
pub fn markdown() -> String {
    let mut out = HEAD.to_owned();
    out.push_str("\n## Events\n\nEvery event has these fields and the fields of its type.\n");
    table(&mut out, &OF_EVENTS);
    for event in &EVENTS {
        section(&mut out, event);
    }
    out.push_str(&format!("\n## Report\n\n{}.\n", REPORT.meaning));
    table(&mut out, REPORT.fields);
    objects(&mut out, REPORT.fields);
    out.push_str("\n## Reasons\n\n| `reason` | State and meaning |\n| --- | --- |\n");
    for (word, meaning) in REASONS {
        out.push_str(&format!("| `{word}` | {meaning} |\n"));
    }
    out
}

fn section(out: &mut String, object: &ObjectFields) {
    out.push_str(&format!("\n### `{}`\n\n{}.\n", object.name, object.meaning));
    table(out, object.fields);
    objects(out, object.fields);
}

/// The tables of the objects that fields consist of.
fn objects(out: &mut String, fields: &[Field]) {
    for field in fields {
        if let Some(inner) = object_in(&field.kind) {
            out.push_str(&format!("\nIn `{}`:\n", field.name));
            table(out, inner);
            objects(out, inner);
        }
    }
}

fn object_in(kind: &FieldType) -> Option<&'static [Field]> {
    match kind {
        FieldType::Object(fields) => Some(fields),
        FieldType::List(inner) | FieldType::Optional(inner) => object_in(inner),
        _ => None,
    }
}

fn table(out: &mut String, fields: &[Field]) {
    out.push_str("\n| Field | Meaning | Type |\n| --- | --- | --- |\n");
    for Field { name, kind, meaning } in fields {
        out.push_str(&format!("| `{name}` | {meaning} | {} |\n", type_name(kind)));
    }
}

fn type_name(kind: &FieldType) -> String {
    match kind {
        FieldType::Text => "string".to_owned(),
        FieldType::Time => "time, as `2026-11-29T10:00:00.123Z`".to_owned(),
        FieldType::Word(words) if **words == WORDS => "a word, see [Reasons](#reasons)".to_owned(),
        FieldType::Word(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        FieldType::Count | FieldType::Integer => "integer".to_owned(),
        FieldType::Number => "number".to_owned(),
        FieldType::Boolean => "boolean".to_owned(),
        FieldType::List(inner) => format!("list of {}", type_name(inner)),
        FieldType::Object(_) => "object".to_owned(),
        FieldType::Optional(inner) => format!("{}, or `null`", type_name(inner)),
    }
}

/// The schema of the events and the report, indented.
pub fn schema() -> String {
    let mut definitions = Map::new();
    for event in &EVENTS {
        let fields: Vec<&Field> = OF_EVENTS.iter().chain(event.fields).collect();
        let mut object = object_schema(&fields);
        object["properties"]["type"] = json!({ "enum": [event.name] });
        definitions.insert(event.name.to_owned(), object);
    }
    definitions.insert(REPORT.name.to_owned(), object_schema(&REPORT.fields.iter().collect::<Vec<_>>()));
    let names: Vec<Value> =
        definitions.keys().map(|name| json!({ "$ref": format!("#/$defs/{name}") })).collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Events and report of runner-lite",
        "oneOf": names,
        "$defs": definitions,
    });
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

fn object_schema(fields: &[&Field]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), type_schema(&field.kind))).collect();
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

fn type_schema(kind: &FieldType) -> Value {
    match kind {
        FieldType::Text => json!({ "type": "string" }),
        FieldType::Time => json!({ "type": "string", "pattern": TIME_PATTERN }),
        FieldType::Word(words) => json!({ "enum": words }),
        FieldType::Count => json!({ "type": "integer", "minimum": 0 }),
        FieldType::Integer => json!({ "type": "integer" }),
        FieldType::Number => json!({ "type": "number" }),
        FieldType::Boolean => json!({ "type": "boolean" }),
        FieldType::List(inner) => json!({ "type": "array", "items": type_schema(inner) }),
        FieldType::Object(fields) => object_schema(&fields.iter().collect::<Vec<_>>()),
        FieldType::Optional(inner) => json!({ "oneOf": [{ "type": "null" }, type_schema(inner)] }),
    }
}

/// What a time looks like.
const TIME_PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_and_the_schema_are_those_of_the_list() {
        let root = env!("CARGO_MANIFEST_DIR");
        for (name, expect) in [("events.md", markdown()), ("events.schema.json", schema())] {
            let path = format!("{root}/docs/{name}");
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                text == expect,
                "docs/{name} is old: cargo run --example events-page [schema] > docs/{name}"
            );
        }
    }
}

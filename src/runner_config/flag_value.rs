//! The values of flags that override keys, in GitLab Runner's notation: a flag is repeated for each item of a list, and
//! for each `key:value` of a table, which may also be JSON.

use toml_edit::{Array, InlineTable, Value as Toml};

use super::config_value::ValueKind;
use super::key::ConfigKey;
use super::problem::{ConfigPosition, ConfigProblem};
use super::toml_document::TomlDocument;

/// The value of a flag that overrides a key.
#[derive(Debug, Clone)]
pub struct FlagValue {
    pub key: ConfigKey,
    /// The value as it would be in the file.
    pub value: Toml,
    text: String,
}

impl FlagValue {
    /// Parses the `values` of a flag, which was given once for each.
    ///
    /// # Errors
    /// A value does not have the key's type.
    pub fn new(key: ConfigKey, values: &[String]) -> Result<Self, ConfigProblem> {
        let value = parse_values(key.kind, values)
            .map_err(|text| ConfigProblem::error(ConfigPosition::Flag(key.flag), text))?;
        let text = format!("\"{}\" = {value}", key.name);
        Ok(Self { key, value, text })
    }

    pub(super) fn document(&self) -> Result<TomlDocument<'_>, ConfigProblem> {
        TomlDocument::of_flag(&self.text, self.key.flag)
    }
}

fn parse_values(kind: ValueKind, values: &[String]) -> Result<Toml, String> {
    let last = values.last().map(String::as_str).unwrap_or_default();
    match kind {
        ValueKind::Text | ValueKind::Date | ValueKind::Services | ValueKind::Table => Ok(last.into()),
        ValueKind::Number => {
            last.parse::<i64>().map(Toml::from).map_err(|_| format!("`{last}` is not an integer"))
        }
        ValueKind::Switch => switch(last).map(Toml::from),
        ValueKind::Texts | ValueKind::OneOrMany => {
            Ok(Toml::Array(values.iter().map(String::as_str).collect()))
        }
        ValueKind::Map => table(values, |text| Ok(text.into())),
        ValueKind::SwitchMap => table(values, |text| switch(text).map(Toml::from)),
        ValueKind::ListMap => table(values, |text| Ok(Toml::Array(Array::from_iter([text])))),
    }
}

fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("`{text}` is neither `true` nor `false`"))
}

/// Parses a table: `key:value` each, or a JSON object.
fn table(values: &[String], item: impl Fn(&str) -> Result<Toml, String>) -> Result<Toml, String> {
    let mut table = InlineTable::new();
    for text in values {
        if text.starts_with('{') {
            let object: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(text).map_err(|error| format!("this is not a JSON object: {error}"))?;
            for (key, value) in object {
                table.insert(key, json(value)?);
            }
            continue;
        }
        let (key, value) = text.split_once([':', '=']).ok_or("write `key:value`, or a JSON object")?;
        table.insert(key, item(value)?);
    }
    Ok(Toml::InlineTable(table))
}

fn json(value: serde_json::Value) -> Result<Toml, String> {
    match value {
        serde_json::Value::Bool(switch) => Ok(switch.into()),
        serde_json::Value::String(text) => Ok(text.into()),
        serde_json::Value::Number(number) => Ok(number.to_string().into()),
        serde_json::Value::Array(items) => {
            Ok(Toml::Array(items.into_iter().map(json).collect::<Result<Array, _>>()?))
        }
        serde_json::Value::Null | serde_json::Value::Object(_) => {
            Err("only strings, lists and booleans are allowed in it".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: ValueKind, values: &[&str], expect: &str) {
        let values: Vec<_> = values.iter().map(|&text| text.to_owned()).collect();
        let shown = parse_values(kind, &values).map_or_else(|problem| problem, |value| value.to_string());
        assert_eq!(shown, expect);
    }

    #[test]
    fn flags_become_the_toml_of_the_file() {
        check(ValueKind::Text, &["a", "b \"c\""], "'b \"c\"'");
        check(ValueKind::Number, &["-1"], "-1");
        check(ValueKind::Switch, &["true"], "true");
        check(ValueKind::Texts, &["a", "b"], "[\"a\", \"b\"]");
        check(ValueKind::Map, &["/tmp:rw,noexec", "b=c:d"], "{ \"/tmp\" = \"rw,noexec\", b = \"c:d\" }");
        check(ValueKind::Map, &[r#"{"nofile": "1:2", "nproc": 7}"#], "{ nofile = \"1:2\", nproc = \"7\" }");
        check(ValueKind::SwitchMap, &["FF_X:true"], "{ FF_X = true }");
        check(ValueKind::ListMap, &[r#"{"a*": ["/dev/x"]}"#], "{ \"a*\" = [\"/dev/x\"] }");
    }

    #[test]
    fn values_of_the_wrong_type_are_rejected() {
        check(ValueKind::Number, &["many"], "`many` is not an integer");
        check(ValueKind::Switch, &["yes"], "`yes` is neither `true` nor `false`");
        check(ValueKind::Map, &["a"], "write `key:value`, or a JSON object");
        check(ValueKind::Map, &[r#"{"a": {}}"#], "only strings, lists and booleans are allowed in it");
    }
}

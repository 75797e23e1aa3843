//! Keys that were typed as flags, in GitLab Runner's way: a list by repeating the flag, a table by `key:value` a time, or
//! as JSON.

use toml_edit::{Array, InlineTable, Value as Toml};

use super::key::Key;
use super::node::Document;
use super::problem::{Origin, Problem};
use super::value::Kind;

/// A key that was typed.
#[derive(Debug, Clone)]
pub struct Typed {
    /// Its row in the table of keys.
    pub key: Key,
    /// What was typed, as the file would have it.
    pub value: Toml,
    text: String,
}

impl Typed {
    /// What the `values` of a flag mean, the flag having been given once for each.
    ///
    /// # Errors
    /// A value that cannot be one of the key's kind.
    pub fn new(key: Key, values: &[String]) -> Result<Self, Problem> {
        let value = value(key.kind, values).map_err(|text| Problem::error(Origin::Flag(key.flag), text))?;
        let text = format!("\"{}\" = {value}", key.name);
        Ok(Self { key, value, text })
    }

    pub(super) fn document(&self) -> Result<Document<'_>, Problem> {
        Document::of_flag(&self.text, self.key.flag)
    }
}

fn value(kind: Kind, values: &[String]) -> Result<Toml, String> {
    let last = values.last().map(String::as_str).unwrap_or_default();
    match kind {
        Kind::Text | Kind::Date | Kind::Services | Kind::Table => Ok(last.into()),
        Kind::Number => last.parse::<i64>().map(Toml::from).map_err(|_| format!("`{last}` is no integer")),
        Kind::Switch => switch(last).map(Toml::from),
        Kind::Texts | Kind::OneOrMany => Ok(Toml::Array(values.iter().map(String::as_str).collect())),
        Kind::Map => table(values, |text| Ok(text.into())),
        Kind::SwitchMap => table(values, |text| switch(text).map(Toml::from)),
        Kind::ListMap => table(values, |text| Ok(Toml::Array(Array::from_iter([text])))),
    }
}

fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("`{text}` is neither `true` nor `false`"))
}

/// `key:value` each, or a JSON object.
fn table(values: &[String], item: impl Fn(&str) -> Result<Toml, String>) -> Result<Toml, String> {
    let mut table = InlineTable::new();
    for text in values {
        if text.starts_with('{') {
            let object: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(text).map_err(|error| format!("this is no JSON object: {error}"))?;
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
            Err("only texts, lists and booleans belong in it".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, values: &[&str], expect: &str) {
        let values: Vec<_> = values.iter().map(|&text| text.to_owned()).collect();
        let shown = value(kind, &values).map_or_else(|problem| problem, |value| value.to_string());
        assert_eq!(shown, expect);
    }

    #[test]
    fn flags_are_what_the_file_would_have() {
        check(Kind::Text, &["a", "b \"c\""], "'b \"c\"'");
        check(Kind::Number, &["-1"], "-1");
        check(Kind::Switch, &["true"], "true");
        check(Kind::Texts, &["a", "b"], "[\"a\", \"b\"]");
        check(Kind::Map, &["/tmp:rw,noexec", "b=c:d"], "{ \"/tmp\" = \"rw,noexec\", b = \"c:d\" }");
        check(Kind::Map, &[r#"{"nofile": "1:2", "nproc": 7}"#], "{ nofile = \"1:2\", nproc = \"7\" }");
        check(Kind::SwitchMap, &["FF_X:true"], "{ FF_X = true }");
        check(Kind::ListMap, &[r#"{"a*": ["/dev/x"]}"#], "{ \"a*\" = [\"/dev/x\"] }");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        check(Kind::Number, &["many"], "`many` is no integer");
        check(Kind::Switch, &["yes"], "`yes` is neither `true` nor `false`");
        check(Kind::Map, &["a"], "write `key:value`, or a JSON object");
        check(Kind::Map, &[r#"{"a": {}}"#], "only texts, lists and booleans belong in it");
    }
}

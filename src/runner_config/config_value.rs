//! The types of values that keys have, and how they are decoded.

use std::collections::BTreeMap;

use super::problem::ConfigProblem;
use super::toml_document::TomlNode;

/// The type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// A string.
    Text,
    /// An integer.
    Number,
    /// `true` or `false`.
    Switch,
    /// A list of strings.
    Texts,
    /// A string, or a list of them.
    OneOrMany,
    /// A table of strings.
    Map,
    /// A table of booleans.
    SwitchMap,
    /// A table of lists of strings.
    ListMap,
    /// A list of tables, or of images' names.
    Services,
    /// A date.
    Date,
    /// A table whose content is ignored.
    Table,
}

impl ValueKind {
    /// The name on the documentation page.
    pub fn words(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "integer",
            Self::Switch => "boolean",
            Self::Texts => "list of strings",
            Self::OneOrMany => "string or list of strings",
            Self::Map => "table of strings",
            Self::SwitchMap => "table of booleans",
            Self::ListMap => "table of lists of strings",
            Self::Services => "list of tables, or of names",
            Self::Date => "date",
            Self::Table => "table",
        }
    }
}

/// A type that the value of a key is decoded to. An absent key has the default value.
pub(super) trait ConfigValue: Default {
    /// The type in the file.
    const KIND: ValueKind;

    /// Decodes a value, and adds errors to `problems`.
    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self;
}

/// A type that is parsed from a string.
pub(super) trait StringValue: Sized {
    /// Parses the string. The error says what is allowed, and only quotes the text if it cannot be secret.
    fn parse(text: &str) -> Result<Self, String>;
}

/// Adds an error: `node` does not have the type `what`.
pub(super) fn expected(what: &str, node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) {
    let text = format!("{what} belongs here, not {}", node.kind());
    problems.push(ConfigProblem::error(node.position(), text));
}

/// Decodes a string.
pub(super) fn text<'d>(node: TomlNode<'d>, problems: &mut Vec<ConfigProblem>) -> Option<&'d str> {
    let text = node.text();
    if text.is_none() {
        expected("a string", node, problems);
    }
    text
}

/// Decodes a string and parses it.
pub(super) fn parsed<T: StringValue>(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Option<T> {
    let text = text(node, problems)?;
    T::parse(text).map_err(|problem| problems.push(ConfigProblem::error(node.position(), problem))).ok()
}

/// Decodes a list, and returns its items.
pub(super) fn items<'d>(node: TomlNode<'d>, problems: &mut Vec<ConfigProblem>) -> Vec<TomlNode<'d>> {
    match node.items() {
        Some(items) => items.collect(),
        None => {
            expected("a list", node, problems);
            Vec::new()
        }
    }
}

/// Decodes a table, and returns its entries.
fn table<'d>(node: TomlNode<'d>, problems: &mut Vec<ConfigProblem>) -> Vec<(String, TomlNode<'d>)> {
    if !node.is_table() {
        expected("a table", node, problems);
    }
    node.entries().map(|entry| (entry.key.to_owned(), entry.value)).collect()
}

impl StringValue for String {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

/// As in Go, an empty string is the same as an absent key.
impl<T: StringValue> ConfigValue for Option<T> {
    const KIND: ValueKind = ValueKind::Text;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        if node.text() == Some("") { None } else { parsed(node, problems) }
    }
}

impl<T: StringValue> ConfigValue for Vec<T> {
    const KIND: ValueKind = ValueKind::Texts;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        items(node, problems).into_iter().filter_map(|item| parsed(item, problems)).collect()
    }
}

impl<T: StringValue> ConfigValue for BTreeMap<String, T> {
    const KIND: ValueKind = ValueKind::Map;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        let entries = table(node, problems).into_iter();
        entries.filter_map(|(key, value)| Some((key, parsed(value, problems)?))).collect()
    }
}

/// A boolean that may be absent: `false` is not the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switch(pub Option<bool>);

/// An integer that may be absent: 0 is not the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Number(pub Option<i64>);

/// A list, or one string in place of a list with one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

/// A table of booleans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Switches(pub BTreeMap<String, bool>);

/// A table of lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists<T>(pub BTreeMap<String, Vec<T>>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl ConfigValue for bool {
    const KIND: ValueKind = ValueKind::Switch;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        Switch::decode(node, problems).0.unwrap_or_default()
    }
}

impl ConfigValue for Switch {
    const KIND: ValueKind = ValueKind::Switch;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        if node.boolean().is_none() {
            expected("a boolean", node, problems);
        }
        Self(node.boolean())
    }
}

/// As in Go, 0 is the same as an absent key.
impl ConfigValue for i64 {
    const KIND: ValueKind = ValueKind::Number;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        Number::decode(node, problems).0.unwrap_or_default()
    }
}

impl ConfigValue for Number {
    const KIND: ValueKind = ValueKind::Number;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        if node.integer().is_none() {
            expected("an integer", node, problems);
        }
        Self(node.integer())
    }
}

impl<T: StringValue> ConfigValue for OneOrMany<T> {
    const KIND: ValueKind = ValueKind::OneOrMany;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        match node.items() {
            Some(items) => Self(items.filter_map(|item| parsed(item, problems)).collect()),
            None => Self(parsed(node, problems).into_iter().collect()),
        }
    }
}

impl ConfigValue for Switches {
    const KIND: ValueKind = ValueKind::SwitchMap;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        let entries = table(node, problems).into_iter();
        Self(entries.filter_map(|(key, value)| Some((key, Switch::decode(value, problems).0?))).collect())
    }
}

impl<T: StringValue> ConfigValue for Lists<T> {
    const KIND: ValueKind = ValueKind::ListMap;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        let entries = table(node, problems).into_iter();
        Self(entries.map(|(key, value)| (key, Vec::decode(value, problems))).collect())
    }
}

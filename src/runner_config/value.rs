//! What values a key may have, and how they are read.

use std::collections::BTreeMap;

use super::node::Node;
use super::problem::Problem;

/// What is written behind a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One string.
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
    /// A list of tables, or of names.
    Services,
    /// A date.
    Date,
    /// A table that is not looked into.
    Table,
}

impl Kind {
    /// In words.
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

/// A type that a key's value is read as. Its default is what counts where the key is absent.
pub(super) trait Value: Default {
    /// What is written.
    const KIND: Kind;

    /// Reads it; what is wrong with it is added to `problems`.
    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self;
}

/// A string that means something; the value of a key is read by it.
pub(super) trait Word: Sized {
    /// What it means; the error says what belongs there, and does not quote the text.
    fn parse(text: &str) -> Result<Self, String>;
}

/// Adds that something else was expected at `node`.
pub(super) fn expected(what: &str, node: Node<'_>, problems: &mut Vec<Problem>) {
    let text = format!("{what} belongs here, not {}", node.kind());
    problems.push(Problem::error(node.origin(), text));
}

/// A string, or a problem.
pub(super) fn text<'d>(node: Node<'d>, problems: &mut Vec<Problem>) -> Option<&'d str> {
    let text = node.text();
    if text.is_none() {
        expected("a string", node, problems);
    }
    text
}

/// A string that means something, or a problem.
pub(super) fn word<T: Word>(node: Node<'_>, problems: &mut Vec<Problem>) -> Option<T> {
    let text = text(node, problems)?;
    T::parse(text).map_err(|problem| problems.push(Problem::error(node.origin(), problem))).ok()
}

/// The items of a list, or a problem.
pub(super) fn items<'d>(node: Node<'d>, problems: &mut Vec<Problem>) -> Vec<Node<'d>> {
    match node.items() {
        Some(items) => items.collect(),
        None => {
            expected("a list", node, problems);
            Vec::new()
        }
    }
}

/// The entries of a table, or a problem.
fn table<'d>(node: Node<'d>, problems: &mut Vec<Problem>) -> Vec<(String, Node<'d>)> {
    if !node.is_table() {
        expected("a table", node, problems);
    }
    node.entries().map(|entry| (entry.key.to_owned(), entry.value)).collect()
}

impl Word for String {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

/// An empty string counts as none, as in Go.
impl<T: Word> Value for Option<T> {
    const KIND: Kind = Kind::Text;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        if node.text() == Some("") { None } else { word(node, problems) }
    }
}

impl<T: Word> Value for Vec<T> {
    const KIND: Kind = Kind::Texts;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        items(node, problems).into_iter().filter_map(|item| word(item, problems)).collect()
    }
}

impl<T: Word> Value for BTreeMap<String, T> {
    const KIND: Kind = Kind::Map;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        let entries = table(node, problems).into_iter();
        entries.filter_map(|(key, value)| Some((key, word(value, problems)?))).collect()
    }
}

/// A boolean that is not the same as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switch(pub Option<bool>);

/// An integer that is not the same as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Number(pub Option<i64>);

/// A list that may be written as one string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMany<T>(pub Vec<T>);

/// Booleans by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Switches(pub BTreeMap<String, bool>);

/// Lists by name.
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

impl Value for bool {
    const KIND: Kind = Kind::Switch;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        Switch::read(node, problems).0.unwrap_or_default()
    }
}

impl Value for Switch {
    const KIND: Kind = Kind::Switch;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        if node.switch().is_none() {
            expected("a boolean", node, problems);
        }
        Self(node.switch())
    }
}

/// 0 counts as none, as in Go.
impl Value for i64 {
    const KIND: Kind = Kind::Number;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        Number::read(node, problems).0.unwrap_or_default()
    }
}

impl Value for Number {
    const KIND: Kind = Kind::Number;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        if node.integer().is_none() {
            expected("an integer", node, problems);
        }
        Self(node.integer())
    }
}

impl<T: Word> Value for OneOrMany<T> {
    const KIND: Kind = Kind::OneOrMany;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        match node.items() {
            Some(items) => Self(items.filter_map(|item| word(item, problems)).collect()),
            None => Self(word(node, problems).into_iter().collect()),
        }
    }
}

impl Value for Switches {
    const KIND: Kind = Kind::SwitchMap;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        let entries = table(node, problems).into_iter();
        Self(entries.filter_map(|(key, value)| Some((key, Switch::read(value, problems).0?))).collect())
    }
}

impl<T: Word> Value for Lists<T> {
    const KIND: Kind = Kind::ListMap;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        let entries = table(node, problems).into_iter();
        Self(entries.map(|(key, value)| (key, Vec::read(value, problems))).collect())
    }
}

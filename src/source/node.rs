//! The YAML tree: every key and value with its place.

use super::map::Span;
use super::scalar::Scalar;

/// A value of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it is written; for an alias's content, where the anchor's is.
    pub span: Span,
    /// A tag such as `!reference`, without those of YAML itself.
    pub tag: Option<String>,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A scalar with the type that GitLab's parser gives it.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Pairs in the order in which they were first written, keys unique.
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// The value of a key of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let Value::Mapping(pairs) = &self.value else { return None };
        pairs.iter().find(|(name, _)| name.is_key(key)).map(|(_, value)| value)
    }

    /// Whether this is a key with that text, as Ruby would print it.
    pub fn is_key(&self, text: &str) -> bool {
        match &self.value {
            Value::Scalar(Scalar::String(name)) => name == text,
            Value::Scalar(scalar) => scalar.to_text() == text,
            Value::Sequence(_) | Value::Mapping(_) => text.is_empty(),
        }
    }

    /// A key as text, as Ruby would print it.
    pub fn key_text(&self) -> String {
        match &self.value {
            Value::Scalar(scalar) => scalar.to_text(),
            Value::Sequence(_) | Value::Mapping(_) => String::new(),
        }
    }

    /// Whether it is null, which GitLab takes for absent.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(Scalar::Null))
    }

    /// The text of a string; `None` for anything else.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Scalar::String(text)) => Some(text),
            _ => None,
        }
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) => scalar.kind(),
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }
}

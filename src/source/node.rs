//! The YAML tree, with the position of every key and value.

use super::map::Span;
use super::scalar::Scalar;

/// A value in the YAML tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The position of the value. For the content of an alias, that of the anchor.
    pub span: Span,
    /// A tag such as `!reference`. Tags of YAML itself, such as `!!str`, are resolved and not kept.
    pub tag: Option<String>,
    /// The content of the node.
    pub value: Value,
}

/// The content of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A scalar, with the type that GitLab's parser resolves.
    Scalar(Scalar),
    /// The items of a list.
    Sequence(Vec<Node>),
    /// Pairs with unique keys, in the order in which the keys first occur.
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// The value of a key. `None` if the key is absent, or the node is not a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let Value::Mapping(pairs) = &self.value else { return None };
        pairs.iter().find(|(name, _)| name.is_key(key)).map(|(_, value)| value)
    }

    /// Whether the node is the key `text`, compared as Ruby prints keys.
    pub fn is_key(&self, text: &str) -> bool {
        match &self.value {
            Value::Scalar(Scalar::String(name)) => name == text,
            Value::Scalar(scalar) => scalar.to_text() == text,
            Value::Sequence(_) | Value::Mapping(_) => text.is_empty(),
        }
    }

    /// The key as text, as Ruby prints it.
    pub fn key_text(&self) -> String {
        match &self.value {
            Value::Scalar(scalar) => scalar.to_text(),
            Value::Sequence(_) | Value::Mapping(_) => String::new(),
        }
    }

    /// Whether the node is null, which GitLab treats as absent.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(Scalar::Null))
    }

    /// The text of a string. `None` for any other node.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Scalar::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The kind of the node with its article, for messages: `a list`.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) => scalar.kind(),
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }
}

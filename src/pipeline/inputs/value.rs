//! Values of inputs as JSON.

use serde_json::{Number, Value as Json};

use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// Converts a node to JSON.
pub(super) fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Scalar(scalar) => match scalar {
            Scalar::Null => Json::Null,
            Scalar::Boolean(value) => Json::Bool(*value),
            Scalar::Integer(value) => Json::from(*value),
            Scalar::Float(value) => {
                Number::from_f64(*value).map_or_else(|| Json::from(scalar.to_text()), Json::Number)
            }
            Scalar::String(text) => Json::from(&**text),
        },
        Value::Sequence(items) => items.iter().map(to_json).collect(),
        Value::Mapping(pairs) => {
            Json::Object(pairs.iter().map(|(key, value)| (key.key_text(), to_json(value))).collect())
        }
    }
}

/// The text that replaces a block with this value.
pub(super) fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

//! Deep merge of mappings, for `extends` and `include`.

use std::collections::HashMap;

use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// Merges `top` onto `below`, if there is anything below.
pub(super) fn merge_onto(below: Option<Node>, top: Node) -> Node {
    match below {
        Some(below) => merge(below, top),
        None => top,
    }
}

/// Merges mappings key by key. Any other value on top replaces the one below; so do tagged values on either side,
/// because what a reference stands for is not known yet.
fn merge(below: Node, top: Node) -> Node {
    let is_tagged = below.tag.is_some() || top.tag.is_some();
    let (Value::Mapping(mut pairs), Value::Mapping(_), false) = (below.value, &top.value, is_tagged) else {
        return top;
    };
    let Node { span, tag, value: Value::Mapping(added) } = top else { return top };
    let mut positions = KeyPositions::of(&pairs, added.len());
    for (key, value) in added {
        match positions.find(&pairs, &key).and_then(|position| pairs.get_mut(position)) {
            Some(pair) => {
                let gone = Node { span: key.span, tag: None, value: Value::Scalar(Scalar::Null) };
                let below = std::mem::replace(&mut pair.1, gone);
                *pair = (key, merge(below, value));
            }
            None => {
                positions.add(&key, pairs.len());
                pairs.push((key, value));
            }
        }
    }
    Node { span, tag, value: Value::Mapping(pairs) }
}

/// Up to this number of pairs, a linear search is faster than building a map.
const LINEAR_SEARCH_MAX: usize = 16;

/// Finds the positions of keys by their text; of two keys with the same text, the first counts. The map keeps merging
/// of files with many thousands of jobs linear.
enum KeyPositions {
    Linear,
    Map(HashMap<String, usize>),
}

impl KeyPositions {
    fn of(pairs: &[(Node, Node)], added: usize) -> Self {
        if pairs.len().saturating_add(added) <= LINEAR_SEARCH_MAX {
            return Self::Linear;
        }
        let mut positions = HashMap::with_capacity(pairs.len());
        for (position, (key, _)) in pairs.iter().enumerate() {
            positions.entry(key.key_text()).or_insert(position);
        }
        Self::Map(positions)
    }

    fn find(&self, pairs: &[(Node, Node)], key: &Node) -> Option<usize> {
        match (self, key.as_str()) {
            (Self::Linear, Some(text)) => pairs.iter().position(|(known, _)| known.is_key(text)),
            (Self::Linear, None) => pairs.iter().position(|(known, _)| known.is_key(&key.key_text())),
            (Self::Map(positions), _) => positions.get(&key.key_text()).copied(),
        }
    }

    fn add(&mut self, key: &Node, position: usize) {
        if let Self::Map(positions) = self {
            positions.entry(key.key_text()).or_insert(position);
        }
    }
}

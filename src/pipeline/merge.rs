//! Deep merge, as for `extends` and `include`.

use std::collections::HashMap;

use crate::source::node::{Node, Value};
use crate::source::scalar::Scalar;

/// `top` on what is below it, if anything is.
pub(super) fn merge_onto(below: Option<Node>, top: Node) -> Node {
    match below {
        Some(below) => merge(below, top),
        None => top,
    }
}

/// Mappings are merged, key by key; anything else on top replaces what is below. So does a tagged value, or one on it:
/// what a reference stands for is not known yet.
fn merge(below: Node, top: Node) -> Node {
    let is_tagged = below.tag.is_some() || top.tag.is_some();
    let (Value::Mapping(mut pairs), Value::Mapping(_), false) = (below.value, &top.value, is_tagged) else {
        return top;
    };
    let Node { span, tag, value: Value::Mapping(added) } = top else { return top };
    // A file may have as many jobs as fit in. Of two keys with one text the first counts.
    let mut places = HashMap::new();
    for (place, (key, _)) in pairs.iter().enumerate() {
        places.entry(key.key_text()).or_insert(place);
    }
    for (key, value) in added {
        let place = *places.entry(key.key_text()).or_insert(pairs.len());
        match pairs.get_mut(place) {
            Some(pair) => {
                let gone = Node { span: key.span, tag: None, value: Value::Scalar(Scalar::Null) };
                let below = std::mem::replace(&mut pair.1, gone);
                *pair = (key, merge(below, value));
            }
            None => pairs.push((key, value)),
        }
    }
    Node { span, tag, value: Value::Mapping(pairs) }
}

//! Deep merge, as for `extends` and `include`.

use crate::source::node::{Node, Value};

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
    for (key, value) in added {
        let text = key.key_text();
        match pairs.iter().position(|(known, _)| known.key_text() == text) {
            Some(index) => {
                let (_, below) = pairs.remove(index);
                pairs.insert(index, (key, merge(below, value)));
            }
            None => pairs.push((key, value)),
        }
    }
    Node { span, tag, value: Value::Mapping(pairs) }
}

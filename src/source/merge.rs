//! Mappings: duplicate keys and `<<`, by Psych's rules. Pure.
//!
//! Pairs take effect in the order in which they are written, merges among them: a `<<` after a key overrides it. In a
//! list of merged mappings the earlier ones win.

use super::diagnostic::{Code, Diagnostic, Diagnostics};
use super::node::{Node, Value};

/// One entry of a mapping as written.
pub(super) enum Entry {
    /// `key: value`.
    Pair(Node, Node),
    /// `<<: value`.
    Merge(Node),
}

/// Puts the entries of a mapping together.
pub(super) fn mapping(entries: Vec<Entry>, diagnostics: &mut Diagnostics) -> Vec<(Node, Node)> {
    let mut pairs: Vec<(Node, Node, Origin)> = Vec::new();
    for entry in entries {
        match entry {
            Entry::Pair(key, value) => {
                if let Some((first, _, Origin::Written)) = find(&pairs, &key) {
                    let warning = Diagnostic::warning(
                        Code::DuplicateKey,
                        format!("key `{}` is written twice; the last one counts", key.key_text()),
                    );
                    diagnostics.push(
                        warning.label(key.span, "this one counts").label(first.span, "this one does not"),
                    );
                }
                set(&mut pairs, key, value, Origin::Written);
            }
            Entry::Merge(node) => merge(&mut pairs, node, diagnostics),
        }
    }
    pairs.into_iter().map(|(key, value, _)| (key, value)).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Written,
    Merged,
}

fn merge(pairs: &mut Vec<(Node, Node, Origin)>, node: Node, diagnostics: &mut Diagnostics) {
    let span = node.span;
    match node.value {
        Value::Mapping(merged) => {
            for (key, value) in merged {
                set(pairs, key, value, Origin::Merged);
            }
        }
        // Applied from the last to the first, so that the first wins.
        Value::Sequence(list) => list.into_iter().rev().for_each(|item| match item.value {
            Value::Mapping(_) => merge(pairs, item, diagnostics),
            _ => diagnostics.push(not_mergeable(&item)),
        }),
        Value::Scalar(_) => {
            let node = Node { span, tag: None, value: node.value };
            diagnostics.push(not_mergeable(&node));
        }
    }
}

fn not_mergeable(node: &Node) -> Diagnostic {
    Diagnostic::error(Code::Syntax, format!("`<<` merges mappings, and this is {}", node.kind()))
        .label(node.span, "not a mapping")
}

fn find<'a>(pairs: &'a [(Node, Node, Origin)], key: &Node) -> Option<&'a (Node, Node, Origin)> {
    pairs.iter().find(|(known, ..)| known.value == key.value)
}

fn set(pairs: &mut Vec<(Node, Node, Origin)>, key: Node, value: Node, origin: Origin) {
    match pairs.iter_mut().find(|(known, ..)| known.value == key.value) {
        Some(pair) => *pair = (key, value, origin),
        None => pairs.push((key, value, origin)),
    }
}

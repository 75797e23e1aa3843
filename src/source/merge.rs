//! Mappings: duplicate keys and `<<`, by Psych's rules. Pure.
//!
//! Pairs take effect in the order in which they are written, merges among them: a `<<` after a key overrides it. In a
//! list of merged mappings the earlier ones win.

use std::collections::HashMap;

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
    let mut pairs = Pairs::default();
    for entry in entries {
        match entry {
            Entry::Pair(key, value) => {
                if let Some((first, _, Origin::Written)) = pairs.find(&key) {
                    let warning = Diagnostic::warning(
                        Code::DuplicateKey,
                        format!("key `{}` is written twice; the last one counts", key.key_text()),
                    );
                    diagnostics.push(
                        warning.label(key.span, "this one counts").label(first.span, "this one does not"),
                    );
                }
                pairs.set(key, value, Origin::Written);
            }
            Entry::Merge(node) => merge(&mut pairs, node, diagnostics),
        }
    }
    pairs.list.into_iter().map(|(key, value, _)| (key, value)).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Written,
    Merged,
}

/// The pairs so far, in the order in which their keys were first written.
#[derive(Default)]
struct Pairs {
    list: Vec<(Node, Node, Origin)>,
    /// Where keys of a text are, of whatever type: a file may have as many jobs as fit in.
    places: HashMap<String, Vec<usize>>,
}

impl Pairs {
    fn place(&self, key: &Node) -> Option<usize> {
        let places = self.places.get(&key.key_text())?;
        let is_key =
            |place: &usize| self.list.get(*place).is_some_and(|(known, ..)| known.value == key.value);
        places.iter().copied().find(is_key)
    }

    fn find(&self, key: &Node) -> Option<&(Node, Node, Origin)> {
        self.list.get(self.place(key)?)
    }

    fn set(&mut self, key: Node, value: Node, origin: Origin) {
        let known = self.place(&key);
        match known.and_then(|place| self.list.get_mut(place)) {
            Some(pair) => *pair = (key, value, origin),
            None => {
                self.places.entry(key.key_text()).or_default().push(self.list.len());
                self.list.push((key, value, origin));
            }
        }
    }
}

fn merge(pairs: &mut Pairs, node: Node, diagnostics: &mut Diagnostics) {
    let span = node.span;
    match node.value {
        Value::Mapping(merged) => {
            for (key, value) in merged {
                pairs.set(key, value, Origin::Merged);
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

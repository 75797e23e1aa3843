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
                    let warning =
                        warning.label(key.span, "this one counts").label(first.span, "this one does not");
                    diagnostics.push(warning.help("take one of them out, or put what they say together"));
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
    /// Where keys of a text are, of whatever type: a file may have as many of them as fit in. Empty while there are few.
    places: HashMap<String, Vec<usize>>,
}

/// So many pairs are looked through one by one.
const FEW: usize = 16;

impl Pairs {
    fn place(&self, key: &Node) -> Option<usize> {
        let is_key = |(known, ..): &(Node, Node, Origin)| known.value == key.value;
        if self.list.len() <= FEW {
            return self.list.iter().position(is_key);
        }
        let places = self.places.get(&text(key))?;
        places.iter().copied().find(|place| self.list.get(*place).is_some_and(is_key))
    }

    fn find(&self, key: &Node) -> Option<&(Node, Node, Origin)> {
        self.list.get(self.place(key)?)
    }

    fn set(&mut self, key: Node, value: Node, origin: Origin) {
        let known = self.place(&key);
        if let Some(pair) = known.and_then(|place| self.list.get_mut(place)) {
            *pair = (key, value, origin);
            return;
        }
        self.list.push((key, value, origin));
        // The first time, all of them are new to the index.
        let start = if self.places.is_empty() { 0 } else { self.list.len().saturating_sub(1) };
        if self.list.len() > FEW {
            for (place, (key, ..)) in self.list.iter().enumerate().skip(start) {
                self.places.entry(text(key)).or_default().push(place);
            }
        }
    }
}

/// A key as text, lists and mappings with all that is in them.
fn text(key: &Node) -> String {
    match &key.value {
        Value::Scalar(scalar) => scalar.to_text(),
        Value::Sequence(items) => items.iter().map(|item| format!("[{}]", text(item))).collect(),
        Value::Mapping(pairs) => {
            pairs.iter().map(|(key, value)| format!("{{{}:{}}}", text(key), text(value))).collect()
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
        .help("`<<: *name` takes the keys of the mapping at `&name`; lists are joined by `!reference`")
}

//! Merges the entries of a mapping: duplicate keys and `<<`, by Psych's rules. Pure.
//!
//! Pairs and merges take effect in the order in which they are written: a `<<` after a key overrides the key. In a list
//! of merged mappings, an earlier one overrides a later one.

use std::collections::HashMap;

use super::diagnostic::{Code, Diagnostic, Diagnostics};
use super::node::{Node, Value};

/// An entry of a mapping, as written.
pub(super) enum MappingEntry {
    /// `key: value`.
    Pair(Node, Node),
    /// `<<: value`.
    Merge(Node),
}

/// Merges the entries of a mapping into pairs with unique keys.
pub(super) fn merged_pairs(entries: Vec<MappingEntry>, diagnostics: &mut Diagnostics) -> Vec<(Node, Node)> {
    let mut pairs = MappingPairs::default();
    for entry in entries {
        match entry {
            MappingEntry::Pair(key, value) => {
                if let Some((first, _, PairOrigin::Written)) = pairs.find(&key) {
                    let warning = Diagnostic::warning(
                        Code::DuplicateKey,
                        format!("key `{}` is written twice; the last one counts", key.key_text()),
                    );
                    let warning =
                        warning.label(key.span, "this one is used").label(first.span, "this one is ignored");
                    diagnostics.push(warning.help("remove one of them, or merge their values"));
                }
                pairs.set(key, value, PairOrigin::Written);
            }
            MappingEntry::Merge(node) => merge(&mut pairs, node, diagnostics),
        }
    }
    pairs.list.into_iter().map(|(key, value, _)| (key, value)).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PairOrigin {
    Written,
    Merged,
}

/// The pairs so far, in the order in which their keys first occur.
#[derive(Default)]
struct MappingPairs {
    list: Vec<(Node, Node, PairOrigin)>,
    /// The indices of the keys with a text, whatever their types. Empty for up to [`UNINDEXED_PAIRS_MAX`] pairs.
    indices: HashMap<String, Vec<usize>>,
}

/// The most pairs that are searched one by one; a longer mapping is indexed, because a file may have 100,000 keys.
const UNINDEXED_PAIRS_MAX: usize = 16;

impl MappingPairs {
    fn index_of(&self, key: &Node) -> Option<usize> {
        let is_key = |(known, ..): &(Node, Node, PairOrigin)| known.value == key.value;
        if self.list.len() <= UNINDEXED_PAIRS_MAX {
            return self.list.iter().position(is_key);
        }
        let indices = self.indices.get(&text(key))?;
        indices.iter().copied().find(|index| self.list.get(*index).is_some_and(is_key))
    }

    fn find(&self, key: &Node) -> Option<&(Node, Node, PairOrigin)> {
        self.list.get(self.index_of(key)?)
    }

    fn set(&mut self, key: Node, value: Node, origin: PairOrigin) {
        let known = self.index_of(&key);
        if let Some(pair) = known.and_then(|index| self.list.get_mut(index)) {
            *pair = (key, value, origin);
            return;
        }
        self.list.push((key, value, origin));
        // The first time, the index has none of the pairs.
        let start = if self.indices.is_empty() { 0 } else { self.list.len().saturating_sub(1) };
        if self.list.len() > UNINDEXED_PAIRS_MAX {
            for (index, (key, ..)) in self.list.iter().enumerate().skip(start) {
                self.indices.entry(text(key)).or_default().push(index);
            }
        }
    }
}

/// A key as text, including the contents of lists and mappings.
fn text(key: &Node) -> String {
    match &key.value {
        Value::Scalar(scalar) => scalar.to_text(),
        Value::Sequence(items) => items.iter().map(|item| format!("[{}]", text(item))).collect(),
        Value::Mapping(pairs) => {
            pairs.iter().map(|(key, value)| format!("{{{}:{}}}", text(key), text(value))).collect()
        }
    }
}

fn merge(pairs: &mut MappingPairs, node: Node, diagnostics: &mut Diagnostics) {
    let span = node.span;
    match node.value {
        Value::Mapping(merged) => {
            for (key, value) in merged {
                pairs.set(key, value, PairOrigin::Merged);
            }
        }
        // The last mapping is applied first, so that the first one wins.
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

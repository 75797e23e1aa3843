//! `extends`: merges the parents in their order, then the entry itself on top.

use std::rc::Rc;

use super::{ComposeError, Composer, ExtendedEntry};
use crate::pipeline::decode::{invalid_value, one_or_more, present, problem};
use crate::pipeline::deep_merge::merge_onto;
use crate::source::node::{Node, Value};

/// The most levels of `extends`. GitLab refuses an `extends` that more than ten others led to.
const LEVELS_MAX: usize = 11;

const EXTENDS: &str = "extends";

impl Composer<'_> {
    /// Merges the entry `name` with everything that it extends. `None` means that it extends nothing.
    pub(super) fn extend_uncached(
        &mut self,
        name: &str,
        node: &Node,
    ) -> Result<Option<Rc<Node>>, ComposeError> {
        if let Some(known) = self.extended.get(name) {
            return Ok(Some(Rc::clone(&known.node)));
        }
        let Some(written) = present(node, EXTENDS) else { return Ok(None) };
        let extended = self.merge_parents(name, node, written, &mut vec![name.to_owned()])?;
        Ok(Some(extended.node))
    }

    /// Merges the entry `name` with everything that it extends, and keeps the result. `below` lists the entries whose
    /// `extends` led here; an entry among them closes a circle.
    pub(super) fn extend(
        &mut self,
        name: &str,
        node: &Node,
        below: &mut Vec<String>,
    ) -> Result<ExtendedEntry, ComposeError> {
        if let Some(known) = self.extended.get(name) {
            return Ok(known.clone());
        }
        let extended = match present(node, EXTENDS) {
            None => ExtendedEntry { node: Rc::new(self.copy(node)?), levels: 0 },
            Some(written) => {
                below.push(name.to_owned());
                let extended = self.merge_parents(name, node, written, below)?;
                below.pop();
                extended
            }
        };
        self.extended.insert(name.to_owned(), extended.clone());
        Ok(extended)
    }

    fn merge_parents(
        &mut self,
        name: &str,
        node: &Node,
        written: &Node,
        below: &mut Vec<String>,
    ) -> Result<ExtendedEntry, ComposeError> {
        let (mut merged, mut levels): (Option<Node>, usize) = (None, 1);
        for parent in one_or_more(written) {
            let Some(parent_name) = parent.as_str() else {
                let message = format!("jobs:{name}:extends config should be an array of strings or a string");
                return Err(Box::new(problem(parent, message).help("write names: `[.one, .two]`")));
            };
            if below.iter().any(|name| name == parent_name) {
                // GitLab's message names the entry that the circle returns to.
                let message = format!("{parent_name}: circular dependency detected in `extends`");
                let problem = invalid_value(parent, message, "this closes the circle");
                return Err(Box::new(problem.help("remove one of the `extends` of this circle")));
            }
            let Some(entry) = self.entries.get(parent_name).copied() else {
                return Err(self.unknown_parent(name, parent, parent_name));
            };
            if !matches!(entry.value, Value::Mapping(_)) {
                let message = format!("{name}: invalid base hashes in `extends` ({parent_name})");
                let problem = invalid_value(parent, message, &format!("this is {}", entry.kind()));
                return Err(Box::new(problem.help("only a mapping can be extended")));
            }
            let extended = match below.len() <= LEVELS_MAX {
                true => Some(self.extend(parent_name, entry, below)?),
                false => None,
            };
            let Some(extended) = extended.filter(|extended| extended.levels < LEVELS_MAX) else {
                let job = below.first().map_or(name, |job| job);
                let message = format!("{job}: nesting too deep in `extends`");
                let problem = invalid_value(parent, message, "one level too many");
                let help = format!("the limit is {LEVELS_MAX} levels: merge some of them");
                return Err(Box::new(problem.help(help)));
            };
            levels = levels.max(extended.levels + 1);
            let parent = self.copy(&extended.node)?;
            merged = Some(merge_onto(merged, parent));
        }
        let own = self.copy(node)?;
        let whole = merge_onto(merged, own);
        Ok(ExtendedEntry { node: Rc::new(without_extends(whole)), levels })
    }

    fn unknown_parent(&self, name: &str, node: &Node, parent: &str) -> ComposeError {
        let message = format!("{name}: unknown keys in `extends` ({parent})");
        let problem = invalid_value(node, message, "nothing has this name");
        Box::new(self.advise_unknown_entry(problem, parent))
    }
}

fn without_extends(mut node: Node) -> Node {
    if let Value::Mapping(pairs) = &mut node.value {
        pairs.retain(|(key, _)| !key.is_key(EXTENDS));
    }
    node
}

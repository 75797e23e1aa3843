//! Composes the entries of a file: first it merges `extends`, then it replaces `!reference`, as GitLab does.
//!
//! Invariant: a composed entry contains neither keyword, stays within the limits of size and depth, and every part of
//! it keeps the position where it is written.

mod extends;
mod reference;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::convert::identity;
use std::rc::Rc;

use crate::pipeline::decode::suggest;
use crate::pipeline::include;
use crate::source::diagnostic::{Code, Diagnostic};
use crate::source::node::{Node, Value};

/// The most that composing a file may copy, in nodes and in pieces of 64 bytes of text: templates that extend
/// templates multiply quickly. Real files stay below a hundredth of this.
const COPIES_MAX: usize = 2_000_000;

/// What each instance of a parallel job costs beside its content: this bounds a file to some 50,000 instances.
const INSTANCE_NODES: usize = 40;

/// How deep a value may be nested after its references are replaced: twice the limit of the YAML reader. GitLab
/// allows ten levels for a script.
const DEPTH_MAX: usize = 200;

/// The bytes of text that cost as much as one node.
const TEXT_BYTES: usize = 64;

/// The YAML tag of a reference.
const REFERENCE: &str = "!reference";

type ComposeError = Box<Diagnostic>;

/// An entry, merged with everything that it extends.
#[derive(Clone)]
struct ExtendedEntry {
    node: Rc<Node>,
    /// The longest chain of `extends` that begins here: 0 if it extends nothing.
    levels: usize,
}

/// Composes the entries of one file and charges every copy to a common budget.
pub struct Composer<'t> {
    entries: HashMap<String, &'t Node>,
    /// The includes that could not be read; an unknown entry may come from one of them.
    missing_includes: &'t [String],
    extended: HashMap<String, ExtendedEntry>,
    copies_left: usize,
    /// The depth of the value that is being resolved.
    depth: usize,
}

impl<'t> Composer<'t> {
    /// `pairs` are the pairs of the top level.
    pub fn new(pairs: &'t [(Node, Node)], missing_includes: &'t [String]) -> Self {
        let entries = pairs.iter().map(|(key, value)| (key.key_text(), value)).collect();
        Self { entries, missing_includes, extended: HashMap::new(), copies_left: COPIES_MAX, depth: 0 }
    }

    /// Composes a job, hidden or not. The result is not cached, since other jobs extend only a few of the jobs in a
    /// file.
    pub fn compose_job(&mut self, name: &str, node: &Node) -> Result<Node, ComposeError> {
        self.depth = 0;
        let Some(extended) = self.extend_uncached(name, node)? else {
            return self.resolve(node, &mut Vec::new());
        };
        match Rc::try_unwrap(extended) {
            Ok(node) if !has_reference(&node) => Ok(node),
            Ok(node) => self.resolve(&node, &mut Vec::new()),
            Err(shared) => self.resolve(&shared, &mut Vec::new()),
        }
    }

    /// Replaces the references in a keyword of the top level. These keywords cannot extend anything.
    pub fn compose_global(&mut self, node: &Node) -> Result<Node, ComposeError> {
        self.depth = 0;
        self.resolve(node, &mut Vec::new())
    }

    /// Charges the budget for `times` copies of a job.
    pub fn charge_copies(&mut self, node: &Node, times: usize) -> Result<(), ComposeError> {
        (0..times).try_for_each(|_| {
            self.charge(INSTANCE_NODES, node)?;
            self.charge_tree(node)
        })
    }

    fn charge_tree(&mut self, node: &Node) -> Result<(), ComposeError> {
        self.charge_node(node)?;
        match &node.value {
            Value::Scalar(_) => Ok(()),
            Value::Sequence(items) => items.iter().try_for_each(|item| self.charge_tree(item)),
            Value::Mapping(pairs) => pairs.iter().try_for_each(|(_, value)| self.charge_tree(value)),
        }
    }

    /// Adds advice for an entry that does not exist: a similar name, or an include that may define it.
    fn advise_unknown_entry(&self, problem: Diagnostic, missing: &str) -> Diagnostic {
        let known = self.entries.keys().map(String::as_str);
        let mut problem = include::mention_missing_includes(
            suggest(problem, missing, known, identity),
            self.missing_includes,
        );
        problem.help.get_or_insert_with(|| "none of the files has an entry of this name".to_owned());
        problem
    }

    /// Charges the budget for a copy of the node without its children.
    fn charge_node(&mut self, node: &Node) -> Result<(), ComposeError> {
        let text = node.as_str().map_or(0, |text| text.len() / TEXT_BYTES);
        self.charge(1 + text, node)
    }

    fn charge(&mut self, nodes: usize, node: &Node) -> Result<(), ComposeError> {
        self.copies_left = self.copies_left.checked_sub(nodes).ok_or_else(|| {
            let message = "`extends`, `!reference` and `parallel` make the file too large";
            let problem = Diagnostic::error(Code::Limit, message).label(node.span, "when this is copied");
            Box::new(problem.help(format!("the limit is {COPIES_MAX} values in all")))
        })?;
        Ok(())
    }

    /// Copies a node with its children and charges the budget for it.
    fn copy(&mut self, node: &Node) -> Result<Node, ComposeError> {
        self.rebuild(node, &mut Self::copy)
    }

    /// Copies a node, charges the budget for it, and makes each of its children with `child`.
    fn rebuild(
        &mut self,
        node: &Node,
        child: &mut dyn FnMut(&mut Self, &Node) -> Result<Node, ComposeError>,
    ) -> Result<Node, ComposeError> {
        self.charge_node(node)?;
        let value = match &node.value {
            Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
            Value::Sequence(items) => {
                Value::Sequence(items.iter().map(|item| child(self, item)).collect::<Result<_, _>>()?)
            }
            Value::Mapping(pairs) => {
                let pair = |(key, value): &(Node, Node)| Ok((key.clone(), child(self, value)?));
                Value::Mapping(pairs.iter().map(pair).collect::<Result<_, ComposeError>>()?)
            }
        };
        Ok(Node { span: node.span, tag: node.tag.clone(), value })
    }
}

/// Whether the node contains a `!reference`.
fn has_reference(node: &Node) -> bool {
    let within = match &node.value {
        Value::Scalar(_) => false,
        Value::Sequence(items) => items.iter().any(has_reference),
        Value::Mapping(pairs) => pairs.iter().any(|(_, value)| has_reference(value)),
    };
    within || node.tag.as_deref() == Some(REFERENCE)
}

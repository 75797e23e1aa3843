//! Entries of the file put together from others: `extends` first, then `!reference`, as in GitLab.
//!
//! Invariant: what comes out has neither, is as large as its limit at most, and every part of it still has the place
//! where it is written.

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

/// The most that may be copied while a file is put together, in nodes and in pieces of text of 64 bytes: templates of
/// templates multiply quickly. Real files stay below a hundredth of it.
const COPIES_MAX: usize = 2_000_000;

/// What an instance of a parallel job counts for, beside what is in it: some 50,000 of them may there be.
const INSTANCE_NODES: usize = 40;

/// How deep a value may be nested once its references are resolved: twice what a file may be. A script may be ten.
const DEPTH_MAX: usize = 200;

/// Bytes of text that count as much as a node.
const TEXT_BYTES: usize = 64;

/// The tag of a reference.
const REFERENCE: &str = "!reference";

type ComposeError = Box<Diagnostic>;

/// An entry with what it extends.
#[derive(Clone)]
struct ExtendedEntry {
    node: Rc<Node>,
    /// 1 for an entry that extends nothing.
    levels: usize,
}

/// Puts the entries of one file together.
pub struct Composer<'t> {
    entries: HashMap<String, &'t Node>,
    /// Includes that are not among the entries.
    missing_includes: &'t [String],
    extended: HashMap<String, ExtendedEntry>,
    copies_left: usize,
    /// How deep the value is that is being resolved.
    depth: usize,
}

impl<'t> Composer<'t> {
    /// Of the pairs of the top level.
    pub fn new(pairs: &'t [(Node, Node)], missing_includes: &'t [String]) -> Self {
        let entries = pairs.iter().map(|(key, value)| (key.key_text(), value)).collect();
        Self { entries, missing_includes, extended: HashMap::new(), copies_left: COPIES_MAX, depth: 0 }
    }

    /// A job, hidden or not. What it comes to is not kept: of the many jobs of a file few are extended by others.
    pub fn job(&mut self, name: &str, node: &Node) -> Result<Node, ComposeError> {
        self.depth = 0;
        let Some(extended) = self.extended_now(name, node)? else {
            return self.resolve(node, &mut Vec::new());
        };
        match Rc::try_unwrap(extended) {
            Ok(node) if !has_reference(&node) => Ok(node),
            Ok(node) => self.resolve(&node, &mut Vec::new()),
            Err(shared) => self.resolve(&shared, &mut Vec::new()),
        }
    }

    /// A keyword of the top level, which extends nothing.
    pub fn global(&mut self, node: &Node) -> Result<Node, ComposeError> {
        self.depth = 0;
        self.resolve(node, &mut Vec::new())
    }

    /// So many copies of a job are made of it.
    pub fn repeat(&mut self, node: &Node, times: usize) -> Result<(), ComposeError> {
        (0..times).try_for_each(|_| {
            self.spend(INSTANCE_NODES, node)?;
            self.pay_all(node)
        })
    }

    fn pay_all(&mut self, node: &Node) -> Result<(), ComposeError> {
        self.pay(node)?;
        match &node.value {
            Value::Scalar(_) => Ok(()),
            Value::Sequence(items) => items.iter().try_for_each(|item| self.pay_all(item)),
            Value::Mapping(pairs) => pairs.iter().try_for_each(|(_, value)| self.pay_all(value)),
        }
    }

    /// What to do about an entry that is not there.
    fn advise(&self, problem: Diagnostic, missing: &str) -> Diagnostic {
        let known = self.entries.keys().map(String::as_str);
        let mut problem = include::advise(suggest(problem, missing, known, identity), self.missing_includes);
        problem.help.get_or_insert_with(|| "none of the files has an entry of this name".to_owned());
        problem
    }

    /// A node is copied: its children are not counted.
    fn pay(&mut self, node: &Node) -> Result<(), ComposeError> {
        let text = node.as_str().map_or(0, |text| text.len() / TEXT_BYTES);
        self.spend(1 + text, node)
    }

    fn spend(&mut self, nodes: usize, node: &Node) -> Result<(), ComposeError> {
        self.copies_left = self.copies_left.checked_sub(nodes).ok_or_else(|| {
            let message = "`extends`, `!reference` and `parallel` make the file too large";
            let problem = Diagnostic::error(Code::Limit, message).label(node.span, "at the copy of this");
            Box::new(problem.help(format!("the limit is {COPIES_MAX} values in all")))
        })?;
        Ok(())
    }

    /// A copy of a node with its children, paid for.
    fn copy(&mut self, node: &Node) -> Result<Node, ComposeError> {
        self.rebuild(node, &mut Self::copy)
    }

    /// A copy of a node, paid for, whose children are what `child` makes of them.
    fn rebuild(
        &mut self,
        node: &Node,
        child: &mut dyn FnMut(&mut Self, &Node) -> Result<Node, ComposeError>,
    ) -> Result<Node, ComposeError> {
        self.pay(node)?;
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

/// Whether anything in it stands for something else.
fn has_reference(node: &Node) -> bool {
    let within = match &node.value {
        Value::Scalar(_) => false,
        Value::Sequence(items) => items.iter().any(has_reference),
        Value::Mapping(pairs) => pairs.iter().any(|(_, value)| has_reference(value)),
    };
    within || node.tag.as_deref() == Some(REFERENCE)
}

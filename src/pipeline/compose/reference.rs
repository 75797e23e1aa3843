//! `!reference [.entry, key, …]`: replaces a reference by a value of another entry, after that entry is extended.

use super::{ComposeError, Composer, DEPTH_MAX, REFERENCE};
use crate::pipeline::decode::{invalid_value, problem, suggest};
use crate::pipeline::keywords::is_global;
use crate::source::diagnostic::{Code, Diagnostic};
use crate::source::node::{Node, Value};

/// The longest chain of references that lead to references; GitLab's limit.
const REFERENCES_MAX: usize = 10;

impl Composer<'_> {
    /// Copies a node with every reference in it replaced. `chain` lists the references that led here, to detect
    /// circles.
    pub(super) fn resolve(
        &mut self,
        node: &Node,
        chain: &mut Vec<Vec<String>>,
    ) -> Result<Node, ComposeError> {
        if node.tag.as_deref() == Some(REFERENCE) {
            return self.follow(node, chain);
        }
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message = format!("{REFERENCE} nests values more than {DEPTH_MAX} levels deep");
            let problem = Diagnostic::error(Code::Limit, message).label(node.span, "at this level");
            return Err(Box::new(problem.help("refer to a smaller value, or from fewer levels down")));
        }
        let resolved = self.rebuild(node, &mut |composer, child| composer.resolve(child, chain))?;
        self.depth -= 1;
        Ok(resolved)
    }

    fn follow(&mut self, node: &Node, chain: &mut Vec<Vec<String>>) -> Result<Node, ComposeError> {
        let path = decode_path(node)?;
        let failed = |text: &str| {
            Box::new(invalid_value(node, format!("{REFERENCE} {path:?} {text}"), "this reference"))
        };
        if chain.contains(&path) {
            let problem = failed("is part of a circular chain");
            return Err(Box::new(problem.help("remove one of the references of this chain")));
        }
        if chain.len() >= REFERENCES_MAX {
            let problem = failed(&format!("is more than {REFERENCES_MAX} references deep"));
            return Err(Box::new(
                problem.help("refer directly to the value that the last of them refers to"),
            ));
        }
        if let Some(resolved) = self.find_value(&path, chain)? {
            return Ok(resolved);
        }
        let problem = failed("could not be found");
        let (Some(first), Some(last)) = (path.first(), path.last()) else { return Err(problem) };
        let Some(Value::Mapping(pairs)) = self.entries.get(first).map(|entry| &entry.value) else {
            return Err(Box::new(self.advise_unknown_entry(*problem, first)));
        };
        let keys: Vec<String> = pairs.iter().map(|(key, _)| key.key_text()).collect();
        if path.len() == 2 && keys.contains(last) {
            return Err(Box::new(problem.help("the value there is null")));
        }
        Err(Box::new(suggest(*problem, last, keys.iter().map(String::as_str), |problem| {
            problem.help(format!("the path leads from `{first}` through its keys"))
        })))
    }

    /// Finds the value at the end of a path and resolves it. References along the path are followed.
    fn find_value(
        &mut self,
        path: &[String],
        chain: &mut Vec<Vec<String>>,
    ) -> Result<Option<Node>, ComposeError> {
        let Some((first, rest)) = path.split_first() else { return Ok(None) };
        let Some(entry) = self.entries.get(first).copied() else { return Ok(None) };
        chain.push(path.to_vec());
        let (extended, mut followed);
        let mut node = entry;
        if !is_global(first) {
            extended = self.extend(first, entry, &mut Vec::new())?.node;
            node = &extended;
        }
        for key in rest {
            if node.tag.as_deref() == Some(REFERENCE) {
                followed = self.follow(node, chain)?;
                node = &followed;
            }
            match node.get(key) {
                Some(inner) => node = inner,
                None => return Ok(None),
            }
        }
        let resolved = if node.is_null() { None } else { Some(self.resolve(node, chain)?) };
        chain.pop();
        Ok(resolved)
    }
}

fn decode_path(node: &Node) -> Result<Vec<String>, ComposeError> {
    let names = match &node.value {
        Value::Sequence(items) if !items.is_empty() => {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    };
    names.ok_or_else(|| {
        let problem = problem(node, format!("{REFERENCE} should be an array of strings"));
        Box::new(problem.help("write it as `!reference [.entry, key]`"))
    })
}

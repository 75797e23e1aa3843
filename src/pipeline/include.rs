//! `include`: other files of the project, merged below the one that names them.
//!
//! Files elsewhere need a network: they are named in a warning, and the rest of the pipeline stays usable.

use super::decode::{present, problem};
use super::document;
use super::merge::merge_onto;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::SourceMap;
use crate::source::node::{Node, Value};

/// The most files included, those that come again counted again; GitLab's limit. It also ends circles.
const INCLUDES_MAX: usize = 150;

const INCLUDE: &str = "include";

/// Kinds of includes that are not files of the project.
const ELSEWHERE: [&str; 5] = ["remote", "project", "template", "component", "artifact"];

/// The project's files, by paths from its root.
pub trait ProjectFiles {
    /// The text of a file; `None` where there is none.
    fn read(&mut self, path: &str) -> Option<String>;
    /// The files that a pattern with `*` (one level) and `**` (any) stands for, sorted.
    fn matching(&mut self, pattern: &str) -> Vec<String>;
}

/// A project without any.
#[derive(Debug, Clone, Copy)]
pub struct NoFiles;

impl ProjectFiles for NoFiles {
    fn read(&mut self, _: &str) -> Option<String> {
        None
    }

    fn matching(&mut self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Puts included files together.
pub(super) struct Includer<'a> {
    pub(super) map: &'a mut SourceMap,
    pub(super) files: &'a mut dyn ProjectFiles,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// How many files have been included.
    pub(super) count: usize,
    /// Includes that need a network.
    pub(super) left_out: Vec<String>,
}

impl Includer<'_> {
    /// `root` with all that it includes below it. `None` with an error among the diagnostics.
    pub(super) fn expand(&mut self, mut root: Node) -> Option<Node> {
        let Some(written) = take(&mut root) else { return Some(root) };
        let entries = match written.value {
            Value::Sequence(entries) => entries,
            Value::Scalar(ref scalar) if *scalar == crate::source::scalar::Scalar::Null => Vec::new(),
            _ => vec![written],
        };
        let mut below: Option<Node> = None;
        for entry in &entries {
            for path in self.paths(entry)? {
                let included = self.file(&path, entry)?;
                below = Some(merge_onto(below, included));
            }
        }
        Some(merge_onto(below, root))
    }

    /// The project's files that an entry stands for.
    fn paths(&mut self, entry: &Node) -> Option<Vec<String>> {
        let local = match &entry.value {
            Value::Mapping(_) => match present(entry, "local") {
                Some(local) => local,
                None => return self.elsewhere(entry),
            },
            _ => entry,
        };
        let Some(path) = local.as_str() else {
            self.diagnostics
                .push(problem(local, "include config should be a string, a hash or an array of them"));
            return None;
        };
        if path.starts_with("http://") || path.starts_with("https://") {
            self.warn(entry, &format!("remote: {path}"));
            return Some(Vec::new());
        }
        for keyword in ["rules", "inputs"] {
            if let Some(node) = present(entry, keyword) {
                self.diagnostics
                    .push(super::keywords::not_supported(&format!("include:{keyword}"), node.span));
            }
        }
        let path = path.trim_start_matches('/');
        Some(if path.contains('*') { self.files.matching(path) } else { vec![path.to_owned()] })
    }

    fn elsewhere(&mut self, entry: &Node) -> Option<Vec<String>> {
        for kind in ELSEWHERE {
            if let Some(node) = present(entry, kind) {
                let name = node.as_str().unwrap_or_default();
                self.warn(entry, &format!("{kind}: {name}"));
                return Some(Vec::new());
            }
        }
        let message = "include config should name one of: `local`, `file`, `remote`, `template`, `component`";
        self.diagnostics.push(problem(entry, message));
        None
    }

    fn warn(&mut self, entry: &Node, what: &str) {
        let message = format!("`{what}` needs a network and is not included");
        let warning = Diagnostic::warning(Code::Unsupported, message).label(entry.span, "left out");
        self.diagnostics.push(warning.help("jobs that build on it cannot be run"));
        self.left_out.push(what.to_owned());
    }

    /// The text of one more file. The messages are GitLab's.
    fn text(&mut self, path: &str) -> Result<String, String> {
        self.count += 1;
        if self.count > INCLUDES_MAX {
            return Err(format!("Maximum of {INCLUDES_MAX} nested includes are allowed!"));
        }
        if !path.ends_with(".yml") && !path.ends_with(".yaml") {
            return Err(format!("Included file `{path}` does not have YAML extension!"));
        }
        let text = self.files.read(path).ok_or_else(|| format!("Local file `{path}` does not exist!"))?;
        if text.trim().is_empty() { Err(format!("Local file `{path}` is empty!")) } else { Ok(text) }
    }

    /// One file with all that it includes itself.
    fn file(&mut self, path: &str, entry: &Node) -> Option<Node> {
        let text = match self.text(path) {
            Ok(text) => text,
            Err(message) => {
                let problem = Diagnostic::error(Code::InvalidConfig, message);
                self.diagnostics.push(problem.label(entry.span, "included here"));
                return None;
            }
        };
        let file = self.map.add(path, text);
        let document = document(self.map, file, self.diagnostics)?;
        if !matches!(document.value, Value::Mapping(_)) {
            self.diagnostics
                .push(problem(&document, format!("Included file `{path}` is no mapping of jobs")));
            return None;
        }
        self.expand(document)
    }
}

/// Says where something that is missing may come from.
pub(super) fn advise(problem: Diagnostic, left_out: &[String]) -> Diagnostic {
    match left_out.is_empty() {
        true => problem,
        false => problem.help(format!("it may come from `{}`, which is not included", left_out.join("`, `"))),
    }
}

/// Takes `include` out of the top level.
fn take(root: &mut Node) -> Option<Node> {
    let Value::Mapping(pairs) = &mut root.value else { return None };
    let index = pairs.iter().position(|(key, _)| key.key_text() == INCLUDE)?;
    Some(pairs.remove(index).1)
}

#[cfg(test)]
#[path = "include/tests.rs"]
mod tests;

//! The files that `include` reads: those of the project, and copies of files from elsewhere.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::cli::host::text_file::read_text_file;
use crate::cli::project::working_tree::WorkingTree;
use crate::pipeline::glob::matches;
use crate::pipeline::include::LoadContext;
use crate::pipeline::inputs::InputArgument;
use crate::pipeline::rule_context::{RuleFiles, RuleVariables};
use crate::vars::expand::expand_known;

/// The project's files, uncommitted ones included, and the copies in `--include-dir`.
pub(super) struct IncludeFiles<'a> {
    /// The folder that `include: local` is relative to.
    pub root: PathBuf,
    pub tree: &'a WorkingTree,
    /// The variables that GitLab knows before it reads the file.
    pub variables: HashMap<String, String>,
    /// `--include-dir`
    pub include_dir: Option<String>,
    /// `--input`
    pub inputs: Vec<InputArgument>,
}

impl RuleFiles for IncludeFiles<'_> {
    fn changed_files(&self, compare_to: Option<&str>) -> Option<Rc<[String]>> {
        self.tree.changed_files(compare_to)
    }

    fn all_files(&self) -> Rc<[String]> {
        self.tree.all_files()
    }
}

impl RuleVariables for IncludeFiles<'_> {
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    fn expand(&self, text: &str) -> String {
        expand_known(text, |name| self.variable(name))
    }
}

impl LoadContext for IncludeFiles<'_> {
    fn read_file(&self, path: &str) -> Option<String> {
        read_below(&self.root, path)
    }

    fn matching_files(&self, pattern: &str) -> Vec<String> {
        let mut found: Vec<String> =
            self.tree.all_files().iter().filter(|path| matches(pattern, path)).cloned().collect();
        found.sort();
        found
    }

    fn include_dir(&self) -> Option<&str> {
        self.include_dir.as_deref()
    }

    fn read_vendored(&self, path: &str) -> Option<String> {
        read_below(Path::new(self.include_dir.as_ref()?), path)
    }

    fn inputs(&self) -> &[InputArgument] {
        &self.inputs
    }
}

/// Reads a file below `root`. A path that leaves the folder with `..`, or is absolute, is refused.
fn read_below(root: &Path, path: &str) -> Option<String> {
    let path = Path::new(path);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if is_inside { read_text_file(&root.join(path)).ok() } else { None }
}

//! The project's files and what else `include` asks for.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::cli::host::text_file;
use crate::cli::project::local_tree::LocalTree;
use crate::pipeline::glob::matches;
use crate::pipeline::include::LoadContext;
use crate::pipeline::inputs::InputArgument;
use crate::pipeline::rule_context::{RuleFiles, RuleVariables};
use crate::vars::expand::expand_known;
use crate::workspace::list::Listing;

/// Files below a folder, uncommitted ones included, and copies of others.
pub struct LocalFiles<'a> {
    /// The project's root.
    pub root: PathBuf,
    /// The project's files as rules see them.
    pub tree: &'a LocalTree,
    /// Variables that there are before the file is read.
    pub variables: HashMap<String, String>,
    /// `--include-dir`.
    pub include_dir: Option<String>,
    /// `--input`.
    pub inputs: Vec<InputArgument>,
}

impl RuleFiles for LocalFiles<'_> {
    fn changed_files(&self, compare_to: Option<&str>) -> Option<Rc<[String]>> {
        self.tree.changed_files(compare_to)
    }

    fn all_files(&self) -> Rc<[String]> {
        self.tree.all_files()
    }
}

impl RuleVariables for LocalFiles<'_> {
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    fn expand(&self, text: &str) -> String {
        expand_known(text, |name| self.variable(name))
    }
}

impl LoadContext for LocalFiles<'_> {
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

/// A file below a folder, and nowhere else.
fn read_below(root: &Path, path: &str) -> Option<String> {
    let path = Path::new(path);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if is_inside { text_file::read(&root.join(path)).ok() } else { None }
}

/// The paths of the project's files, without its repository; none where they cannot be listed. Git lists files that are
/// gone, and not committed as gone, too: they are no files of the project.
pub fn paths(root: &Path) -> Vec<String> {
    let listing = Listing::without_repository(root).into_iter().flatten().flatten();
    let there = listing.filter(|path| root.join(path).symlink_metadata().is_ok());
    there.map(|path| path.to_string_lossy().into_owned()).collect()
}

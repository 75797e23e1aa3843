//! The files that `include` reads: those of the project, and copies of files from elsewhere.

use std::collections::HashMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::cli::host::text_file::read_text;
use crate::cli::project::open_beneath::{PROJECT, open_in};
use crate::cli::project::working_tree::WorkingTree;
use crate::linux::root_folder::RootFolder;
use crate::pipeline::glob::matches;
use crate::pipeline::include::{LoadContext, UnreadableFile};
use crate::pipeline::inputs::InputArgument;
use crate::pipeline::rule_context::{RuleFiles, RuleVariables};
use crate::vars::expand::expand_known;

/// The project's files, uncommitted ones included, and the copies in `--include-dir`.
pub(super) struct IncludeFiles<'a> {
    /// The root of the project, whose links do not lead to `include_dir`.
    pub project: &'a Path,
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
    fn read_file(&self, path: &str) -> Result<String, UnreadableFile> {
        read_below(RootFolder::open(&self.root), path, PROJECT)
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

    fn read_vendored(&self, path: &str) -> Result<String, UnreadableFile> {
        let folder = self.include_dir.as_ref().ok_or(UnreadableFile::Missing)?;
        let opened = RootFolder::open_own(Path::new(folder), self.project);
        read_below(opened, path, &format!("`{folder}`"))
    }

    fn inputs(&self) -> &[InputArgument] {
        &self.inputs
    }
}

/// Reads a file below `root`, which messages call `place`. As in GitLab, there is no file whose path has `..` in it.
fn read_below(root: io::Result<RootFolder>, path: &str, place: &str) -> Result<String, UnreadableFile> {
    let path = Path::new(path);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !is_inside {
        return Err(UnreadableFile::Missing);
    }
    let file = open_in(root, path, place)?;
    read_text(file).map_err(|error| UnreadableFile::Refused(error.to_string()))
}

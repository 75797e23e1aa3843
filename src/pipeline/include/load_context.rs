//! What the loader asks the project for: files, variables and inputs.

use std::rc::Rc;

use crate::pipeline::inputs::InputArgument;
use crate::pipeline::rule_context::{RuleFiles, RuleVariables};

/// What the loader needs to know beside the text of the main file. The variables are those that exist before there
/// are jobs.
pub trait LoadContext: RuleFiles + RuleVariables {
    /// The text of a file of the project. `path` begins at the root of the project.
    fn read_file(&self, path: &str) -> Result<String, UnreadableFile>;
    /// The files of the project that a pattern with `*` or `**` matches, sorted.
    fn matching_files(&self, pattern: &str) -> Vec<String>;
    /// The folder of vendored copies, if the user named one.
    fn include_dir(&self) -> Option<&str>;
    /// The text of a vendored copy. `path` begins at the folder of copies.
    fn read_vendored(&self, path: &str) -> Result<String, UnreadableFile>;
    /// The arguments for the `spec:inputs` of the main file.
    fn inputs(&self) -> &[InputArgument];
}

/// Why the text of a file is unavailable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnreadableFile {
    Missing,
    /// The file is there, and is not or cannot be read, for this reason.
    Refused(String),
}

/// A context without a project: the main file is all there is.
#[derive(Debug, Clone, Copy)]
pub struct NoFiles;

impl RuleFiles for NoFiles {
    fn changed_files(&self, _: Option<&str>) -> Option<Rc<[String]>> {
        None
    }

    fn all_files(&self) -> Rc<[String]> {
        Rc::from([])
    }
}

impl RuleVariables for NoFiles {
    fn variable(&self, _: &str) -> Option<&str> {
        None
    }

    fn expand(&self, text: &str) -> String {
        text.to_owned()
    }
}

impl LoadContext for NoFiles {
    fn read_file(&self, _: &str) -> Result<String, UnreadableFile> {
        Err(UnreadableFile::Missing)
    }

    fn matching_files(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn include_dir(&self) -> Option<&str> {
        None
    }

    fn read_vendored(&self, _: &str) -> Result<String, UnreadableFile> {
        Err(UnreadableFile::Missing)
    }

    fn inputs(&self) -> &[InputArgument] {
        &[]
    }
}

//! A pipeline file, loaded with everything that its jobs are planned with.

use crate::cli::options::ProjectOptions;
use crate::cli::project::committed_tree::CommittedTree;
use crate::cli::project::include_files::IncludeFiles;
use crate::cli::project::location::PipelineLocation;
use crate::cli::project::working_tree::WorkingTree;
use crate::pipeline::include::LoadContext;
use crate::pipeline::{self, Pipeline};
use crate::plan::facts::Facts;
use crate::plan::selection::variables_for_includes;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::{FileId, SourceMap};

/// A loaded pipeline file.
pub struct PipelineFile {
    /// The jobs and variables. Unusable if the diagnostics have errors.
    pub pipeline: Option<Pipeline>,
    /// The diagnostics about the file as a whole; each job has its own besides.
    pub diagnostics: Diagnostics,
    pub facts: Facts,
    pub tree: WorkingTree,
    /// The texts of the file and of the files that it includes.
    pub map: SourceMap,
    /// The files of HEAD, if the project is read from them.
    pub committed: Option<CommittedTree>,
}

impl PipelineFile {
    /// Loads the file at `location` and the files that it includes.
    ///
    /// # Errors
    /// The file cannot be read, or the project's variables are invalid: one message for each problem.
    pub fn load(options: &ProjectOptions, location: PipelineLocation) -> Result<Self, Vec<String>> {
        let read = read_with(options, location, pipeline::load)?;
        let ReadFile { result: (pipeline, diagnostics), facts, tree, map, committed } = read;
        Ok(Self { pipeline, diagnostics, facts, tree, map, committed })
    }
}

/// What `read` has made of a pipeline file.
pub(super) struct ReadFile<T> {
    pub(super) result: T,
    pub(super) facts: Facts,
    pub(super) tree: WorkingTree,
    pub(super) map: SourceMap,
    /// The files of HEAD, if the project is read from them.
    pub(super) committed: Option<CommittedTree>,
}

/// Reads the file at `location` with everything that `read` may ask for.
///
/// # Errors
/// The file cannot be read, or the project's variables are invalid: one message for each problem.
pub(super) fn read_with<T>(
    options: &ProjectOptions,
    mut location: PipelineLocation,
    read: impl FnOnce(&mut SourceMap, FileId, &dyn LoadContext) -> T,
) -> Result<ReadFile<T>, Vec<String>> {
    let mut map = SourceMap::new();
    let text = location.read_text().map_err(|problem| vec![problem])?;
    let file = map.add(location.file.display().to_string(), text);
    let committed = location.committed.take();
    let sources = committed.as_ref().map(CommittedTree::sources);
    let facts = Facts { committed: sources, ..location.facts(options)? };
    let root = facts.sources_root().to_owned();
    let tree = WorkingTree::new(root.clone(), &facts);
    let files = IncludeFiles {
        project: facts.root(),
        root,
        tree: &tree,
        variables: variables_for_includes(&facts),
        include_dir: options.include_dir.clone(),
        inputs: options.inputs.clone(),
    };
    let result = read(&mut map, file, &files);
    Ok(ReadFile { result, facts, tree, map, committed })
}

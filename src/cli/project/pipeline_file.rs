//! A pipeline file, loaded with everything that its jobs are planned with.

use crate::cli::options::ProjectOptions;
use crate::cli::project::include_files::IncludeFiles;
use crate::cli::project::location::PipelineLocation;
use crate::cli::project::working_tree::WorkingTree;
use crate::pipeline::{self, Pipeline};
use crate::plan::facts::Facts;
use crate::plan::selection::variables_for_includes;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::SourceMap;

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
}

impl PipelineFile {
    /// Loads the file at `location` and the files that it includes.
    ///
    /// # Errors
    /// The file cannot be read, or the project's variables are invalid: one message for each problem.
    pub fn load(options: &ProjectOptions, location: PipelineLocation) -> Result<Self, Vec<String>> {
        let mut map = SourceMap::new();
        let text = location.read_text().map_err(|problem| vec![problem])?;
        let file = map.add(location.file.display().to_string(), text);
        let facts = location.facts(options)?;
        let root = facts.root().to_owned();
        let tree = WorkingTree::new(root.clone(), &facts);
        let files = IncludeFiles {
            root,
            tree: &tree,
            variables: variables_for_includes(&facts),
            include_dir: options.include_dir.clone(),
            inputs: options.inputs.clone(),
        };
        let (pipeline, diagnostics) = pipeline::load(&mut map, file, &files);
        Ok(Self { pipeline, diagnostics, facts, tree, map })
    }
}

//! A pipeline file, read, with everything that jobs of it are planned with. Nothing is said yet of what was found.

use crate::cli::options::ProjectOptions;
use crate::cli::project::local_files::LocalFiles;
use crate::cli::project::local_tree::LocalTree;
use crate::cli::project::location::Place;
use crate::pipeline::{self, Pipeline};
use crate::plan::facts::Facts;
use crate::plan::selection::variables_for_includes;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::SourceMap;

/// What was read.
pub struct Reading {
    /// The file's jobs and variables; with errors among what was found it is not to be used.
    pub pipeline: Option<Pipeline>,
    /// What was found in the file as a whole.
    pub found: Diagnostics,
    /// What jobs are planned with.
    pub facts: Facts,
    /// The project's files.
    pub tree: LocalTree,
    /// The files that were read.
    pub map: SourceMap,
}

impl Reading {
    /// Reads the file of that place.
    ///
    /// # Errors
    /// What is wrong with the surroundings of the file, or with its being a file, a line each.
    pub fn of(options: &ProjectOptions, place: Place) -> Result<Self, Vec<String>> {
        let mut map = SourceMap::new();
        let text = place.text().map_err(|problem| vec![problem])?;
        let file = map.add(place.file.display().to_string(), text);
        let facts = place.facts(options)?;
        let root = facts.root().to_owned();
        let tree = LocalTree::new(root.clone(), facts.git.as_ref());
        let around = LocalFiles {
            root,
            tree: &tree,
            variables: variables_for_includes(&facts),
            include_dir: options.include_dir.clone(),
            inputs: options.inputs.clone(),
        };
        let (pipeline, found) = pipeline::load(&mut map, file, &around);
        Ok(Self { pipeline, found, facts, tree, map })
    }
}

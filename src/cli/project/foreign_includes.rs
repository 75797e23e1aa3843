//! The files from elsewhere that the project's pipeline includes.

use crate::cli::options::ProjectOptions;
use crate::cli::project::location::PipelineLocation;
use crate::cli::project::pipeline_file::read_with;
use crate::pipeline::{self, include::ForeignInclude};
use crate::plan::facts::Facts;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::SourceMap;

/// The files from elsewhere, as far as the copies that exist tell.
pub struct ForeignIncludes {
    pub includes: Vec<ForeignInclude>,
    /// The diagnostics about the file and the files that it includes, without those of jobs.
    pub diagnostics: Diagnostics,
    pub facts: Facts,
    pub map: SourceMap,
}

impl ForeignIncludes {
    /// Reads the file at `location` and the files that it includes.
    ///
    /// # Errors
    /// The file cannot be read, or the project's variables are invalid: one message for each problem.
    pub fn find(options: &ProjectOptions, location: PipelineLocation) -> Result<Self, Vec<String>> {
        let read = read_with(options, location, pipeline::foreign_includes)?;
        let (includes, diagnostics) = read.result;
        Ok(Self { includes, diagnostics, facts: read.facts, map: read.map })
    }
}

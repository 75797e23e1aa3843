//! The options of `show`.

use crate::cli::arguments::ShowArgs;
use crate::cli::options::output::Format;
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::usage_error::UsageError;

pub struct ShowOptions {
    /// `None` makes the command list the jobs.
    pub job: Option<String>,
    pub part: ShownPart,
    pub project: ProjectOptions,
    pub format: Format,
}

/// Which part of a job `show` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownPart {
    /// The job's full configuration.
    Configuration,
    /// The full configuration, with the file and line of each value.
    Origins,
    /// The text that the container's shell reads.
    Script,
    /// The requests that create the containers.
    Container,
    /// The files that the job receives, stores and keeps.
    Files,
}

impl ShowOptions {
    /// Resolves the arguments of `show`.
    pub fn resolve(args: ShowArgs) -> Result<Self, UsageError> {
        let parts = [
            (args.origins, ShownPart::Origins),
            (args.script, ShownPart::Script),
            (args.container, ShownPart::Container),
            (args.files, ShownPart::Files),
        ];
        let part = parts.into_iter().find(|(is_asked, _)| *is_asked);
        let part = part.map_or(ShownPart::Configuration, |(_, part)| part);
        let format = Format::chosen_by_json_flag(args.json);
        Ok(Self { job: args.job, part, project: ProjectOptions::resolve(args.project)?, format })
    }
}

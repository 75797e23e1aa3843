//! The options of `list`.

use crate::cli::arguments::ListArgs;
use crate::cli::options::output::{Format, stdout_style};
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::usage_error::UsageError;
use crate::report::style::Style;

pub struct ListOptions {
    pub scope: ListScope,
    pub project: ProjectOptions,
    pub format: Format,
    /// The style of the list on standard output.
    pub style: Style,
}

/// Which jobs `list` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListScope {
    /// The jobs that the rules put into the pipeline.
    Pipeline,
    /// All jobs of the file (`--all`).
    All,
}

impl ListOptions {
    /// Resolves the arguments of `list`.
    pub fn resolve(args: ListArgs) -> Result<Self, UsageError> {
        let scope = if args.all { ListScope::All } else { ListScope::Pipeline };
        let format = Format::chosen_by_json_flag(args.json);
        let style = stdout_style(args.project.color);
        Ok(Self { scope, style, project: ProjectOptions::resolve(args.project)?, format })
    }
}

//! The options of `lint`.

use std::path::PathBuf;

use crate::cli::arguments::LintArgs;
use crate::cli::options::output::{Format, stdout_style};
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::usage_error::UsageError;
use crate::report::style::Style;

pub struct LintOptions {
    /// Empty for the project's own pipeline file.
    pub files: Vec<PathBuf>,
    pub project: ProjectOptions,
    pub format: Format,
    pub style: Style,
}

impl LintOptions {
    /// Resolves the arguments of `lint`.
    pub fn resolve(args: LintArgs) -> Result<Self, UsageError> {
        let format = Format::chosen_by_json_flag(args.json);
        let style = stdout_style(args.project.color);
        let project = ProjectOptions::resolve(args.project)?;
        Ok(Self { files: args.files, project, format, style })
    }
}

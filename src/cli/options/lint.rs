//! The options of `lint`.

use std::path::PathBuf;

use crate::cli::arguments::{LintArgs, LintFormatArgument};
use crate::cli::options::output::stdout_style;
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::usage_error::UsageError;
use crate::report::style::Style;

pub struct LintOptions {
    /// Empty for the project's own pipeline file.
    pub files: Vec<PathBuf>,
    pub project: ProjectOptions,
    pub format: LintFormat,
}

/// The format of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LintFormat {
    Text(Style),
    Json,
    CodeQuality,
    Sarif,
}

impl LintOptions {
    /// Resolves the arguments of `lint`.
    pub fn resolve(args: LintArgs) -> Result<Self, UsageError> {
        let format = match args.format {
            _ if args.json => LintFormat::Json,
            LintFormatArgument::Text => LintFormat::Text(stdout_style(args.project.color)),
            LintFormatArgument::Json => LintFormat::Json,
            LintFormatArgument::CodeQuality => LintFormat::CodeQuality,
            LintFormatArgument::Sarif => LintFormat::Sarif,
        };
        let project = ProjectOptions::resolve(args.project)?;
        Ok(Self { files: args.files, project, format })
    }
}

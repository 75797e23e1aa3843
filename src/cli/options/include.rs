//! The options of `include fetch`.

use std::env;
use std::path::PathBuf;

use crate::cli::arguments::{FetchIncludesArgs, IncludeArgs, IncludeCommand};
use crate::cli::options::output::Format;
use crate::cli::options::project::ProjectOptions;
use crate::cli::options::usage_error::UsageError;
use crate::include_copies::server::GitServer;

pub struct FetchIncludesOptions {
    pub mode: FetchMode,
    pub format: Format,
    /// `--server`
    pub server: Option<GitServer>,
    /// `--include-dir`, which may not exist yet.
    pub folder: String,
    /// The system's folder for temporary files.
    pub temporary: PathBuf,
    pub project: ProjectOptions,
}

/// What is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchMode {
    /// Files that are missing.
    Missing,
    /// Files that are missing, and newer commits (`--update`).
    Update,
    /// Nothing (`--check`).
    Check,
}

impl FetchIncludesOptions {
    /// Resolves the arguments of `include`.
    pub fn resolve(args: IncludeArgs) -> Result<Self, UsageError> {
        let IncludeCommand::Fetch(FetchIncludesArgs { update, check, json, server, mut project }) =
            args.command;
        let mode = match (update, check) {
            (_, true) => FetchMode::Check,
            (true, false) => FetchMode::Update,
            (false, false) => FetchMode::Missing,
        };
        let parse = |text: String| GitServer::parse(&text).ok_or(UsageError::Server(text));
        let server = server.map(parse).transpose()?;
        let folder = project.include_dir.take().ok_or(UsageError::NoIncludeDir)?;
        let mut project = ProjectOptions::resolve(project)?;
        project.include_dir = Some(folder.clone());
        let format = Format::chosen_by_json_flag(json);
        Ok(Self { mode, format, server, folder, temporary: env::temp_dir(), project })
    }
}

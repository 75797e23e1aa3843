//! The options of `register`.

use std::env;
use std::path::PathBuf;

use crate::cli::arguments::RegisterArgs;
use crate::cli::host::runner_file;
use crate::cli::host::text_file::read_text_file;
use crate::cli::options::configured_runner::file_of_environment;
use crate::cli::options::usage_error::UsageError;
use crate::linux::process::effective_user_id;
use crate::runner_config::registration::Registration;

pub struct RegisterOptions {
    /// The configuration file that gets the runner.
    pub config: PathBuf,
    /// Whether `exec` finds that file without `--config`.
    pub is_default: bool,
    /// The text of `--template-config`.
    pub template: Option<String>,
    pub registration: Registration,
    pub token_kind: TokenKind,
    /// Flags that were given and whose values only a GitLab server keeps.
    pub without_effect: Vec<&'static str>,
}

/// The kind of token that is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A runner's own token (`--token`).
    Runner,
    /// A registration token, which GitLab Runner exchanges for a runner's own (`--registration-token`).
    Registration,
}

impl RegisterOptions {
    /// Resolves the arguments of `register`.
    pub fn resolve(args: RegisterArgs) -> Result<Self, UsageError> {
        let is_default = args.config.is_none();
        let by_default = || runner_file::default_path(is_root(), env::home_dir());
        let config = args.config.or_else(file_of_environment).unwrap_or_else(by_default);
        let template = args.template_config.map(|path| {
            let unreadable = |error| UsageError::Unreadable { path: path.display().to_string(), error };
            read_text_file(&path).map_err(unreadable)
        });
        let typed = args.keys.typed().map_err(UsageError::ConfigFlag)?;
        let token_kind = if args.token.is_some() { TokenKind::Runner } else { TokenKind::Registration };
        let registration = Registration {
            name: args.name,
            url: args.url,
            token: args.token.or(args.registration_token),
            executor: args.executor,
            typed,
        };
        let without_effect = args.keys.of_server;
        let template = template.transpose()?;
        Ok(Self { config, is_default, template, registration, token_kind, without_effect })
    }
}

fn is_root() -> bool {
    effective_user_id() == Some(0)
}

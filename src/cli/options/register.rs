//! From what was typed for `register`, and the environment, to what it means.

use std::env;
use std::path::PathBuf;

use crate::cli::arguments::commands::RegisterArgs;
use crate::cli::command::register::TokenKind;
use crate::cli::host::runner_file;
use crate::cli::host::text_file;
use crate::cli::options::UsageError;
use crate::linux::process::effective_user_id;
use crate::runner_config::registration::Registration;

/// `register`, decided.
pub struct RegisterOptions {
    /// The file to add to.
    pub config: PathBuf,
    /// Whether `exec` finds that file by itself.
    pub is_default: bool,
    /// The template's text.
    pub template: Option<String>,
    /// What is added.
    pub registration: Registration,
    /// What kind of token it has.
    pub token_kind: TokenKind,
    /// Flags whose values only a server would keep.
    pub without_effect: Vec<&'static str>,
}

/// Decides what `register` means here.
pub fn register(args: RegisterArgs) -> Result<RegisterOptions, UsageError> {
    let named = env::var_os(runner_file::VARIABLE).filter(|path| !path.is_empty());
    let is_default = args.config.is_none();
    let by_default = || runner_file::default_path(is_root(), env::home_dir());
    let config = args.config.or(named.map(PathBuf::from)).unwrap_or_else(by_default);
    let template = args.template_config.map(|path| {
        let unreadable = |error| UsageError::Unreadable { path: path.display().to_string(), error };
        text_file::read(&path).map_err(unreadable)
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
    Ok(RegisterOptions { config, is_default, template, registration, token_kind, without_effect })
}

fn is_root() -> bool {
    effective_user_id() == Some(0)
}

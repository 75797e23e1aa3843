//! The options of commands that work with the engine.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::arguments::{ColorArgument, EngineArgs};
use crate::cli::host::docker_context;
use crate::cli::options::docker_config::docker_folder;
use crate::cli::options::output::{progress_display, stderr_style, stdout_style};
use crate::cli::options::usage_error::UsageError;
use crate::cli::runtime::block_on;
use crate::engine::CallObserver;
use crate::engine_choice::choice::{EngineChoice, EngineSettings, SocketState, choose_engine};
use crate::executor::create::script::Echo;
use crate::linux::process::effective_user_id;
use crate::report::calls;
use crate::report::live::ProgressDisplay;
use crate::report::log_writer::{LineStart, LogFormat};
use crate::report::style::Style;
use crate::report::verbosity::Verbosity;
use crate::transport::connect_error::ConnectError;
use crate::transport::connector::Connector;
use crate::transport::endpoint::Endpoint;

/// Which engine is used, and how the log shows what it does.
pub struct EngineOptions {
    /// The endpoint, and why it was chosen.
    pub choice: EngineChoice,
    /// What the log on standard output looks like.
    pub log: LogFormat,
    pub progress_display: ProgressDisplay,
    /// How the job's shell echoes its commands.
    pub echo: Echo,
    /// Whether each call of the Engine API is shown (`-vv`).
    pub shows_calls: bool,
}

impl EngineOptions {
    /// Resolves the arguments. `configured` is the `host` of the runner's configuration.
    pub(super) fn resolve(
        args: EngineArgs,
        configured: Option<String>,
        color: ColorArgument,
    ) -> Result<Self, UsageError> {
        let choice = choose_engine(&engine_settings(args.host, configured), socket_state)?;
        let style = stdout_style(color);
        let verbosity = match (args.quiet, args.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, _) => Verbosity::Verbose,
        };
        let echo = echo(verbosity, style);
        let log = LogFormat { style, verbosity, line_start: LineStart::Text };
        let (progress_display, shows_calls) = (progress_display(), args.verbose > 1);
        Ok(Self { choice, log, progress_display, echo, shows_calls })
    }

    /// Adapts the log to standard error.
    pub(super) fn log_to_standard_error(&mut self, color: ColorArgument) {
        self.log.style = stderr_style(color);
        self.echo = echo(self.log.verbosity, self.log.style);
    }

    /// Whether the user wants to know which settings were found where (`-v`).
    pub fn is_verbose(&self) -> bool {
        self.log.verbosity == Verbosity::Verbose
    }

    /// Shows calls on standard error, and waits until they are read: for commands that run no job.
    pub fn observer(&self) -> Option<CallObserver> {
        self.shows_calls.then(|| -> CallObserver { Arc::new(calls::write) })
    }
}

/// How the shell of a job echoes its commands in such a log.
fn echo(verbosity: Verbosity, style: Style) -> Echo {
    match (verbosity, style) {
        (Verbosity::Quiet, _) => Echo::Silent,
        (_, Style::Coloured) => Echo::Coloured,
        (_, Style::Plain) => Echo::Plain,
    }
}

/// Collects everything that may name an engine.
fn engine_settings(flag: Option<String>, configured: Option<String>) -> EngineSettings {
    // The path that systemd gives XDG_RUNTIME_DIR, for shells that do not set the variable.
    let usual = || Some(PathBuf::from(format!("/run/user/{}", effective_user_id()?)));
    let runtime_dir = env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    let context = docker_folder()
        .and_then(|folder| docker_context::context_in_use(&folder, env::var("DOCKER_CONTEXT").ok()));
    EngineSettings {
        flag,
        configured,
        docker_host: env::var("DOCKER_HOST").ok(),
        context,
        home: env::home_dir(),
        runtime_dir: runtime_dir.map(PathBuf::from).or_else(usual),
    }
}

/// Finds out whether an engine listens at a socket. Only a connection tells: the file of a socket outlives its server.
fn socket_state(path: &Path) -> SocketState {
    match block_on(Connector::new(Endpoint::Unix(path.to_owned())).connect()) {
        Ok(Ok(_)) => SocketState::Listening,
        Ok(Err(ConnectError::Missing { .. })) => SocketState::Missing,
        Ok(Err(ConnectError::Denied { .. })) => SocketState::Denied,
        Ok(Err(_)) | Err(_) => SocketState::NotListening,
    }
}

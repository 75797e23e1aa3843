//! From what was typed, the environment and the current directory to what it means. The only reader of `std::env`.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]

mod register;
mod values;

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::arguments::commands::{
    AuthArgs, CleanArgs, DoctorArgs, EngineArgs, ExecArgs, LintArgs, ListArgs, ProjectArgs, PullArgs,
    ShowArgs,
};
use crate::cli::command::clean::{CleanOptions, Consent, Kept, Reach};
use crate::cli::command::doctor::DoctorOptions;
use crate::cli::command::lint::LintOptions;
use crate::cli::command::show::{Part, ShowOptions};
use crate::cli::host::docker_context;
use crate::cli::host::runner_file::{self, Places, RunnerFile, RunnerFileError};
use crate::cli::host::text_file;
use crate::cli::options::values::{input, policies, timeout, variable, variable_file};
use crate::cli::project::findings::Strictness;
use crate::cli::runtime::runtime;
use crate::engine::CallObserver;
use crate::engine_choice::choice::{
    EngineChoice, EngineChoiceError, EngineSettings, SocketState, choose_engine,
};
use crate::executor::create::script::Echo;
use crate::linux::process::effective_user_id;
use crate::pipeline::inputs::InputArgument;
use crate::plan::job_plan::{EnvironmentVariable, VariableFile};
use crate::probe::mode::Mode;
use crate::registry::auth_config::AuthConfigError;
use crate::registry::pull_policy::{PullPolicies, UnknownPolicy};
use crate::registry::source::{CredentialSource, DOCKER_AUTH_CONFIG};
use crate::report::calls;
use crate::report::live::Live;
use crate::report::log::Volume;
use crate::report::style::Style;
use crate::runner_config::problem::Problem;
use crate::transport::connect_error::ConnectError;
use crate::transport::connector::Connector;
use crate::transport::endpoint::Endpoint;

pub use self::register::{RegisterOptions, register};

/// `exec`, decided.
pub struct ExecOptions {
    /// The job's name.
    pub job: Option<String>,
    /// The file and what it is read with.
    pub project: ProjectOptions,
    /// The engine and the log.
    pub engine: EngineOptions,
    /// `--probe`.
    pub probe: Mode,
}

/// `list`, decided.
pub struct ListOptions {
    /// Whether jobs are shown that are not in the pipeline.
    pub all: bool,
    /// The file and what it is read with.
    pub project: ProjectOptions,
    /// How the answer looks.
    pub format: Format,
}

/// `pull`, decided.
pub struct PullOptions {
    /// The jobs' names; none for all.
    pub jobs: Vec<String>,
    /// The file and what it is read with.
    pub project: ProjectOptions,
    /// The engine and the log.
    pub engine: EngineOptions,
}

/// `auth`, decided.
pub struct AuthOptions {
    /// The image.
    pub image: String,
    /// The job's name.
    pub job: Option<String>,
    /// The file and what it is read with.
    pub project: ProjectOptions,
    /// How the answer looks.
    pub format: Format,
}

/// How an answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For scripts.
    Json,
}

/// Everything that decides how a pipeline file is read and planned.
pub struct ProjectOptions {
    /// The pipeline file, if one was named.
    pub file: Option<PathBuf>,
    /// The current directory.
    pub directory: PathBuf,
    /// The runner's configuration, and where it is from.
    pub runner: RunnerFile,
    /// `--pull-policy`, and what the runner's configuration says.
    pub pull_policies: PullPolicies,
    /// `DOCKER_AUTH_CONFIG` of the environment, with `--auth-from-env`.
    pub environment_auth: Option<CredentialSource>,
    /// Docker's configuration file.
    pub docker_config: Option<CredentialSource>,
    /// `--variable`.
    pub variables: Vec<EnvironmentVariable>,
    /// `--variable-file`.
    pub variable_files: Vec<VariableFile>,
    /// `--include-dir`.
    pub include_dir: Option<String>,
    /// `--input`.
    pub inputs: Vec<InputArgument>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// Whether what has no effect is an error.
    pub strictness: Strictness,
    /// Colours of what goes to standard error.
    pub error_style: Style,
}

/// Where the engine is, and how its work is told.
pub struct EngineOptions {
    /// Where the engine is, and why it is that one.
    pub choice: EngineChoice,
    /// Colours of the log on standard output.
    pub log_style: Style,
    /// How much is told.
    pub volume: Volume,
    /// Whether a live line can be shown.
    pub live: Live,
    /// How commands are echoed.
    pub echo: Echo,
    /// `-v`.
    pub observer: Option<CallObserver>,
}

/// What was typed makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// `--variable` without a `=`, or without a name.
    #[error("--variable `{0}` is not KEY=VALUE")]
    Variable(String),
    /// `--variable-file` without a `=`, or with a name that no file can have.
    #[error("--variable-file `{0}` is not KEY=PATH")]
    VariableFile(String),
    /// `--input` without a `=`, or without a name.
    #[error("--input `{0}` is not KEY=VALUE")]
    Input(String),
    /// `--timeout` that is no duration.
    #[error("--timeout `{0}` is no duration; write seconds, or 90s, 15m, 1h30m")]
    Timeout(String),
    /// `--pull-policy` that is none.
    #[error("--pull-policy {0}")]
    PullPolicy(#[from] UnknownPolicy),
    /// The runner's configuration.
    #[error(transparent)]
    RunnerFile(#[from] RunnerFileError),
    /// A flag that stands for a key of it.
    #[error("{0}")]
    ConfigFlag(Problem),
    /// A file that was named cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// `--probe` that is none.
    #[error("--probe `{0}` is no way to probe; the ways are: auto, direct, inside, off")]
    Probe(String),
    /// A host that is no endpoint.
    #[error(transparent)]
    Endpoint(#[from] EngineChoiceError),
    /// The current directory is gone.
    #[error("cannot tell the current directory: {0}")]
    Directory(io::Error),
}

/// Decides what `exec` means here.
pub fn exec(args: ExecArgs) -> Result<ExecOptions, UsageError> {
    let timeout = args.timeout.map(timeout).transpose()?;
    let project = ProjectOptions { timeout, ..project(args.project)? };
    let engine = engine(args.engine, project.runner.config.docker.host.clone())?;
    let probe = Mode::parse(&args.probe).ok_or(UsageError::Probe(args.probe))?;
    Ok(ExecOptions { job: args.job, project, engine, probe })
}

/// Decides what `list` means here.
pub fn list(args: ListArgs) -> Result<ListOptions, UsageError> {
    let format = if args.json { Format::Json } else { Format::Text };
    Ok(ListOptions { all: args.all, project: project(args.project)?, format })
}

/// Decides what `lint` means here.
pub fn lint(args: LintArgs) -> Result<LintOptions, UsageError> {
    let format = if args.json { Format::Json } else { Format::Text };
    let style = style(io::stdout().is_terminal());
    Ok(LintOptions { files: args.files, project: project(args.project)?, format, style })
}

/// Decides what `show` means here.
pub fn show(args: ShowArgs) -> Result<ShowOptions, UsageError> {
    let format = if args.json { Format::Json } else { Format::Text };
    let part = match (args.origins, args.script, args.container) {
        (true, ..) => Part::Origins,
        (_, true, _) => Part::Script,
        (.., true) => Part::Container,
        (false, false, false) => Part::Job,
    };
    Ok(ShowOptions { job: args.job, part, project: project(args.project)?, format })
}

/// Decides what `pull` means here.
pub fn pull(args: PullArgs) -> Result<PullOptions, UsageError> {
    let project = project(args.project)?;
    let engine = engine(args.engine, project.runner.config.docker.host.clone())?;
    Ok(PullOptions { jobs: args.jobs, project, engine })
}

/// Decides what `auth` means here.
pub fn auth(args: AuthArgs) -> Result<AuthOptions, UsageError> {
    let format = if args.json { Format::Json } else { Format::Text };
    Ok(AuthOptions { image: args.image, job: args.job, project: project(args.project)?, format })
}

/// Decides what `doctor` means here. An engine that cannot be named is a finding, not wrong usage.
pub fn doctor(args: DoctorArgs) -> Result<DoctorOptions, UsageError> {
    let credentials = environment_auth().into_iter().chain(docker_config()).collect();
    let engine = engine(args.engine, configured_host()).map_err(|error| error.to_string());
    let format = if args.json { Format::Json } else { Format::Text };
    Ok(DoctorOptions { engine, credentials, format, style: style(io::stdout().is_terminal()) })
}

/// `host` of the runner's configuration. What else may be wrong with the file is for others to say.
fn configured_host() -> Option<String> {
    let places = Places { typed: None, variable: env::var_os(runner_file::VARIABLE), home: env::home_dir() };
    runner_file::load(places, None, &[]).ok().and_then(|file| file.config.docker.host)
}

/// Decides what `clean` means here.
pub fn clean(args: CleanArgs) -> Result<CleanOptions, UsageError> {
    let consent = match (args.force, args.dry_run) {
        (true, _) => Consent::Given,
        (false, true) => Consent::ListOnly,
        (false, false) => Consent::Asked,
    };
    Ok(CleanOptions {
        volumes: if args.volumes { Kept::Removed } else { Kept::Left },
        reach: if args.all { Reach::Unknown } else { Reach::Dead },
        consent,
        engine: engine(args.engine, configured_host())?,
    })
}

fn project(args: ProjectArgs) -> Result<ProjectOptions, UsageError> {
    let typed = args.config_flags.typed().map_err(UsageError::ConfigFlag)?;
    let places =
        Places { typed: args.config, variable: env::var_os(runner_file::VARIABLE), home: env::home_dir() };
    let runner = runner_file::load(places, args.runner.as_deref(), &typed)?;
    Ok(ProjectOptions {
        file: args.file,
        directory: env::current_dir().map_err(UsageError::Directory)?,
        pull_policies: PullPolicies { typed: policies(&args.pull_policy)?, runner: runner.pull_policies() },
        runner,
        environment_auth: if args.auth_from_env { environment_auth() } else { None },
        docker_config: docker_config(),
        variables: args.variables.into_iter().map(variable).collect::<Result<_, _>>()?,
        variable_files: args.variable_files.into_iter().map(variable_file).collect::<Result<_, _>>()?,
        include_dir: args.include_dir,
        inputs: args.inputs.into_iter().map(input).collect::<Result<_, _>>()?,
        timeout: None,
        strictness: if args.strict { Strictness::Strict } else { Strictness::Lenient },
        error_style: style(io::stderr().is_terminal()),
    })
}

/// `configured` is the `host` of the runner's configuration.
fn engine(args: EngineArgs, configured: Option<String>) -> Result<EngineOptions, UsageError> {
    let choice = choose_engine(&engine_settings(args.host, configured), socket_state)?;
    let log_style = style(io::stdout().is_terminal());
    let volume = if args.quiet { Volume::Quiet } else { Volume::Normal };
    let echo = match (volume, log_style) {
        (Volume::Quiet, _) => Echo::Silent,
        (Volume::Normal, Style::Coloured) => Echo::Coloured,
        (Volume::Normal, Style::Plain) => Echo::Plain,
    };
    Ok(EngineOptions {
        choice,
        live: if io::stderr().is_terminal() && !is_dumb() { Live::Terminal } else { Live::No },
        observer: (args.verbose > 0).then(|| -> CallObserver { std::sync::Arc::new(calls::write) }),
        log_style,
        volume,
        echo,
    })
}

fn engine_settings(flag: Option<String>, configured: Option<String>) -> EngineSettings {
    // What systemd and the specification of XDG_RUNTIME_DIR make it, for shells that do not set it.
    let usual = || Some(PathBuf::from(format!("/run/user/{}", effective_user_id()?)));
    let runtime_dir = env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    let context =
        docker_folder().and_then(|folder| docker_context::in_use(&folder, env::var("DOCKER_CONTEXT").ok()));
    EngineSettings {
        flag,
        configured,
        docker_host: env::var("DOCKER_HOST").ok(),
        context,
        home: env::home_dir(),
        runtime_dir: runtime_dir.map(PathBuf::from).or_else(usual),
    }
}

/// Connects to a socket, which is the only way to learn its state.
fn socket_state(path: &Path) -> SocketState {
    let Some(connected) = runtime(Connector::new(Endpoint::Unix(path.to_owned())).connect()) else {
        return SocketState::NotListening;
    };
    match connected {
        Ok(_) => SocketState::Listening,
        Err(ConnectError::Missing { .. }) => SocketState::Missing,
        Err(ConnectError::Denied { .. }) => SocketState::Denied,
        Err(_) => SocketState::NotListening,
    }
}

/// `$DOCKER_CONFIG` or `~/.docker`.
fn docker_folder() -> Option<PathBuf> {
    let named = env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(env::home_dir()?.join(".docker")))
}

/// Colours on a terminal, unless `NO_COLOR` is set to anything (no-color.org) or the terminal has none.
fn style(is_terminal: bool) -> Style {
    let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || is_dumb();
    if is_terminal && !unwanted { Style::Coloured } else { Style::Plain }
}

fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

fn environment_auth() -> Option<CredentialSource> {
    let text = env::var(DOCKER_AUTH_CONFIG).ok().filter(|text| !text.is_empty())?;
    Some(CredentialSource::new(format!("{DOCKER_AUTH_CONFIG} of the environment"), &text))
}

/// `$DOCKER_CONFIG/config.json`, or else `~/.docker/config.json` or its predecessor `~/.dockercfg`.
fn docker_config() -> Option<CredentialSource> {
    let mut files = vec![docker_folder()?.join("config.json")];
    if env::var_os("DOCKER_CONFIG").is_none_or(|folder| folder.is_empty()) {
        files.push(env::home_dir()?.join(".dockercfg"));
    }
    files.iter().find_map(|file| {
        let label = file.display().to_string();
        match text_file::read(file) {
            Ok(text) => Some(CredentialSource::new(label, &text)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                None
            }
            Err(error) => {
                let config = Err(AuthConfigError::Unreadable(error.to_string()));
                Some(CredentialSource { label, config })
            }
        }
    })
}

//! GitLab Runner's `config.toml`: decodes one of its `[[runners]]`, overridden by flags.
//!
//! Every key is a row of one table ([`key::ConfigKey`]). The decoder, warnings about unknown keys, the flags of `exec`
//! and `register`, and the documentation page are generated from it.
//!
//! Invariants: pure; a problem has a position and quotes no value that may be secret.

pub mod config_value;
pub mod device;
pub mod docker;
pub mod flag_value;
pub mod key;
pub mod page;
pub mod problem;
pub mod quantity;
pub mod registration;
pub mod runner;
pub mod service;
pub mod string_values;
mod toml_document;
pub mod ulimit;
pub mod volume;

pub use self::docker::Docker;
use self::flag_value::FlagValue;
use self::key::{ConfigSection, ConfigTable};
use self::problem::{ConfigPosition, ConfigProblem};
use self::runner::GLOBAL;
pub use self::runner::Runner;
pub use self::toml_document::TomlDocument;
use self::toml_document::TomlNode;
use crate::source::diagnostic::Severity;

/// The values of `executor` that are run as `docker`. The machines of the last two are not created here.
const EXECUTORS: [&str; 3] = ["docker", "docker+machine", "docker-autoscaler"];

/// All sections, in the order of the documentation page.
pub const SECTIONS: [ConfigSection; 4] =
    [Runner::SECTION, Docker::SECTION, service::Service::SECTION, GLOBAL];

/// The configuration of a runner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunnerConfig {
    /// `concurrent`: how many jobs run at the same time. `None` without a file, or if the file has none that is positive.
    pub concurrent: Option<usize>,
    /// `[[runners]]`.
    pub runner: Runner,
    /// `[runners.docker]`.
    pub docker: Docker,
}

/// A configuration, and the problems that were found when it was decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedConfig {
    /// Must not be used if there are errors.
    pub config: RunnerConfig,
    /// In the order of the file, then those of flags.
    pub problems: Vec<ConfigProblem>,
}

/// Why no section was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRunner {
    #[error("there is no [[runners]] section")]
    None,
    #[error("no [[runners]] section is named `{name}`{others}")]
    Unknown {
        name: String,
        /// The names of the sections that exist, as the end of the sentence.
        others: String,
    },
    #[error("no [[runners]] section has the executor `docker`; there is `{0}`")]
    OtherExecutors(String),
    #[error("[[runners]] `{name}` has the executor `{executor}`; only `docker` is supported")]
    OtherExecutor { name: String, executor: String },
}

/// Decodes the section with this `name`, or else the first section for Docker. The flags in `typed` override its keys.
///
/// # Errors
/// The section does not exist.
pub fn load_runner(
    document: &TomlDocument<'_>,
    name: Option<&str>,
    typed: &[FlagValue],
) -> Result<LoadedConfig, NoRunner> {
    let root = document.root();
    let runner = find_runner(root, name)?;
    let mut problems = Vec::new();
    ConfigTable::of_file(root).warn_unknown(GLOBAL, &[Runner::SECTION], &mut problems);
    let concurrent: i64 = ConfigTable::of_file(root).value("concurrent", &mut problems);
    let concurrent = usize::try_from(concurrent).ok().filter(|concurrent| *concurrent > 0);
    let config = RunnerConfig { concurrent, ..decode_sections(Some(runner), typed, &mut problems) };
    Ok(LoadedConfig { config, problems: sorted(problems) })
}

/// Decodes the flags in `typed` without a file.
pub fn load_flags(typed: &[FlagValue]) -> LoadedConfig {
    let mut problems = Vec::new();
    let config = decode_sections(None, typed, &mut problems);
    LoadedConfig { config, problems }
}

fn decode_sections(
    runner: Option<TomlNode<'_>>,
    typed: &[FlagValue],
    problems: &mut Vec<ConfigProblem>,
) -> RunnerConfig {
    let mut documents = Vec::new();
    for typed in typed {
        match typed.document() {
            Ok(document) => documents.push((typed, document)),
            Err(problem) => problems.push(problem),
        }
    }
    let of = |section: ConfigSection| -> Vec<TomlNode<'_>> {
        let documents = documents.iter().filter(|(typed, _)| section.keys.contains(&typed.key));
        documents.map(|(_, document)| document.root()).collect()
    };
    let (of_runner, of_docker) = (of(Runner::SECTION), of(Docker::SECTION));
    let runner_table = ConfigTable { file: runner, typed: &of_runner };
    let docker_table =
        ConfigTable { file: runner.and_then(|runner| runner.get("docker")), typed: &of_docker };
    let runner = Runner::decode(runner_table, problems);
    runner_table.warn_unknown(Runner::SECTION, &[Docker::SECTION, GLOBAL], problems);
    let docker = Docker::decode(docker_table, problems);
    docker_table.warn_unknown(Docker::SECTION, &[Runner::SECTION, GLOBAL], problems);
    RunnerConfig { concurrent: None, runner, docker }
}

fn find_runner<'d>(root: TomlNode<'d>, name: Option<&str>) -> Result<TomlNode<'d>, NoRunner> {
    let runners: Vec<TomlNode<'d>> =
        root.get("runners").and_then(|runners| runners.items().map(Iterator::collect)).unwrap_or_default();
    let text = |runner: TomlNode<'d>, key: &str| runner.get(key).and_then(TomlNode::text).unwrap_or_default();
    let executor =
        |runner: TomlNode<'d>| Some(text(runner, "executor")).filter(|executor| !executor.is_empty());
    let is_docker =
        |runner: TomlNode<'d>| executor(runner).is_none_or(|executor| EXECUTORS.contains(&executor));
    match name {
        None => match runners.iter().copied().find(|runner| is_docker(*runner)) {
            Some(runner) => Ok(runner),
            None if runners.is_empty() => Err(NoRunner::None),
            None => {
                let names: Vec<_> = runners.iter().filter_map(|runner| executor(*runner)).collect();
                Err(NoRunner::OtherExecutors(names.join("`, `")))
            }
        },
        Some(name) => match runners.iter().copied().find(|runner| text(*runner, "name") == name) {
            Some(runner) if is_docker(runner) => Ok(runner),
            Some(runner) => {
                let executor = executor(runner).unwrap_or_default().to_owned();
                Err(NoRunner::OtherExecutor { name: name.to_owned(), executor })
            }
            None => {
                let names: Vec<_> =
                    runners.iter().map(|runner| format!("`{}`", text(*runner, "name"))).collect();
                let others =
                    if names.is_empty() { String::new() } else { format!("; there is {}", names.join(", ")) };
                Err(NoRunner::Unknown { name: name.to_owned(), others })
            }
        },
    }
}

fn sorted(mut problems: Vec<ConfigProblem>) -> Vec<ConfigProblem> {
    problems.sort_by_key(|problem| match problem.position {
        ConfigPosition::File { line, column } => (line, column),
        ConfigPosition::Flag(_) => (usize::MAX, 0),
    });
    problems
}

impl LoadedConfig {
    /// Whether there are errors, so that the configuration must not be used.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

#[cfg(test)]
mod tests;

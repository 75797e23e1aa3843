//! GitLab Runner's `config.toml`: one `[[runners]]` of it, with what was typed over it.
//!
//! Every key is a row of one table ([`key::Key`]), from which reading, warnings about unknown keys, the flags of `exec`
//! and `register` and the documentation page are made.
//!
//! Invariants: pure; a problem has a place and quotes no value that may be secret.

pub mod device;
pub mod docker;
pub mod key;
mod node;
pub mod page;
pub mod problem;
pub mod quantity;
pub mod registration;
pub mod runner;
pub mod service;
pub mod typed;
pub mod ulimit;
pub mod value;
pub mod volume;
pub mod words;

pub use self::docker::Docker;
use self::key::{Section, Table};
pub use self::node::Document;
use self::node::Node;
use self::problem::{Origin, Problem, Severity};
use self::runner::GLOBAL;
pub use self::runner::Runner;
use self::typed::Typed;

/// Values of `executor` that this program does the work of. The machines of the last two are not made here.
const EXECUTORS: [&str; 3] = ["docker", "docker+machine", "docker-autoscaler"];

/// All sections, in the order of the page.
pub const SECTIONS: [Section; 4] = [Runner::SECTION, Docker::SECTION, service::Service::SECTION, GLOBAL];

/// A runner's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunnerConfig {
    /// `[[runners]]`.
    pub runner: Runner,
    /// `[runners.docker]`.
    pub docker: Docker,
}

/// What has been read, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The configuration; of no use where one of the problems is an error.
    pub config: RunnerConfig,
    /// In the order of the file.
    pub problems: Vec<Problem>,
}

/// There is no such section.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRunner {
    /// None at all.
    #[error("there is no [[runners]] section")]
    None,
    /// None of that name.
    #[error("no [[runners]] section is named `{name}`{others}")]
    Unknown {
        /// The name.
        name: String,
        /// Which names there are.
        others: String,
    },
    /// None for Docker.
    #[error("no [[runners]] section has the executor `docker`; there is `{0}`")]
    OtherExecutors(String),
    /// The one that was named is not for Docker.
    #[error("[[runners]] `{name}` has the executor `{executor}`; only `docker` is supported")]
    OtherExecutor {
        /// The section's name.
        name: String,
        /// Its executor.
        executor: String,
    },
}

/// Reads the section of that name, or else the first one for Docker, with what was `typed` over it.
///
/// # Errors
/// There is no such section.
pub fn read(document: &Document<'_>, name: Option<&str>, typed: &[Typed]) -> Result<Reading, NoRunner> {
    let root = document.root();
    let runner = find(root, name)?;
    let mut problems = Vec::new();
    Table::of_file(root).warn_unknown(GLOBAL, &[Runner::SECTION], &mut problems);
    let config = sections(Some(runner), typed, &mut problems);
    Ok(Reading { config, problems: sorted(problems) })
}

/// What was typed, without a file.
pub fn without_file(typed: &[Typed]) -> Reading {
    let mut problems = Vec::new();
    let config = sections(None, typed, &mut problems);
    Reading { config, problems }
}

fn sections(runner: Option<Node<'_>>, typed: &[Typed], problems: &mut Vec<Problem>) -> RunnerConfig {
    let mut documents = Vec::new();
    for typed in typed {
        match typed.document() {
            Ok(document) => documents.push((typed, document)),
            Err(problem) => problems.push(problem),
        }
    }
    let of = |section: Section| -> Vec<Node<'_>> {
        let documents = documents.iter().filter(|(typed, _)| section.keys.contains(&typed.key));
        documents.map(|(_, document)| document.root()).collect()
    };
    let (of_runner, of_docker) = (of(Runner::SECTION), of(Docker::SECTION));
    let runner_table = Table { file: runner, typed: &of_runner };
    let docker_table = Table { file: runner.and_then(|runner| runner.get("docker")), typed: &of_docker };
    let runner = Runner::read(runner_table, problems);
    runner_table.warn_unknown(Runner::SECTION, &[Docker::SECTION, GLOBAL], problems);
    let docker = Docker::read(docker_table, problems);
    docker_table.warn_unknown(Docker::SECTION, &[Runner::SECTION, GLOBAL], problems);
    RunnerConfig { runner, docker }
}

fn find<'d>(root: Node<'d>, name: Option<&str>) -> Result<Node<'d>, NoRunner> {
    let runners: Vec<Node<'d>> =
        root.get("runners").and_then(|runners| runners.items().map(Iterator::collect)).unwrap_or_default();
    let text = |runner: Node<'d>, key: &str| runner.get(key).and_then(Node::text).unwrap_or_default();
    let executor = |runner: Node<'d>| Some(text(runner, "executor")).filter(|executor| !executor.is_empty());
    let is_docker = |runner: Node<'d>| executor(runner).is_none_or(|executor| EXECUTORS.contains(&executor));
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

fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| match problem.origin {
        Origin::File { line, column } => (line, column),
        Origin::Flag(_) => (usize::MAX, 0),
    });
    problems
}

impl Reading {
    /// Whether the configuration cannot be used.
    pub fn fails(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

#[cfg(test)]
mod tests;

//! The runner's configuration file: which one is taken, and what it says.

use std::ffi::OsString;
use std::path::PathBuf;
use std::{fmt, io};

use crate::cli::host::seccomp;
use crate::cli::host::text_file;
use crate::cli::say;
use crate::engine::CallObserver;
use crate::registry::pull_policy::RunnerPolicies;
use crate::runner_config::problem::{Problem, Severity};
use crate::runner_config::typed::Typed;
use crate::runner_config::{Document, NoRunner, Reading, RunnerConfig, read, without_file};

/// GitLab Runner's file of the user, from the home directory.
const OF_USER: &str = ".gitlab-runner/config.toml";

/// GitLab Runner's file of the machine.
const OF_MACHINE: &str = "/etc/gitlab-runner/config.toml";

/// The variable that names a file.
pub const VARIABLE: &str = "RUNNER_LITE_CONFIG";

/// Where a configuration may be.
pub struct Places {
    /// `--config`.
    pub typed: Option<PathBuf>,
    /// The variable.
    pub variable: Option<OsString>,
    /// The home directory.
    pub home: Option<PathBuf>,
}

/// The configuration, and where it is from.
pub struct RunnerFile {
    /// What it says, and what was typed over it.
    pub config: RunnerConfig,
    /// The file, if there is one.
    pub source: Option<Source>,
    /// What may surprise.
    pub warnings: Vec<String>,
    /// How the file was found, a line each, for `-v`.
    pub search: Vec<String>,
}

impl RunnerFile {
    /// Says how it was found, where that is wanted.
    pub fn say_search(&self, observer: Option<&CallObserver>) {
        if observer.is_some() {
            self.search.iter().for_each(|line| say(line));
        }
    }

    /// Says what may surprise.
    pub fn say_warnings(&self) {
        self.warnings.iter().for_each(|warning| say(&format!("warning: {warning}")));
    }

    /// Its pull policies, where there is a file.
    pub fn pull_policies(&self) -> Option<RunnerPolicies> {
        let docker = &self.config.docker;
        self.source.as_ref().map(|_| RunnerPolicies {
            configured: docker.pull_policy.0.clone(),
            allowed: docker.allowed_pull_policies.clone(),
        })
    }
}

/// A file that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path.
    pub path: String,
    /// The section's name; empty where it has none.
    pub runner: String,
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.runner {
            "" => write!(out, "a runner without a name ({})", self.path),
            name => write!(out, "{name} ({})", self.path),
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum RunnerFileError {
    /// The file that was named cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// It has no such section.
    #[error("{path}: {error}")]
    NoRunner {
        /// The file.
        path: String,
        /// Which one is missing.
        error: NoRunner,
    },
    /// It, or a flag, is wrong: one problem a line.
    #[error("{0}")]
    Wrong(String),
    /// A section was named, and there is no file.
    #[error(
        "--runner `{0}` names a section of a configuration, and there is none; name its file with --config"
    )]
    NoFile(String),
}

/// A file, and whether somebody named it.
struct Candidate {
    path: PathBuf,
    is_named: bool,
}

/// The file that `register` adds to where none is named, as in GitLab Runner.
pub fn default_path(is_root: bool, home: Option<PathBuf>) -> PathBuf {
    home.filter(|_| !is_root).map_or_else(|| PathBuf::from(OF_MACHINE), |home| home.join(OF_USER))
}

/// Finds the file and reads the section `runner` of it, with what was `typed` over it.
///
/// # Errors
/// A file or section that was named is not there, or anything is wrong with the one that is taken.
pub fn load(places: Places, runner: Option<&str>, typed: &[Typed]) -> Result<RunnerFile, RunnerFileError> {
    let (mut search, mut warnings) = (Vec::new(), Vec::new());
    for Candidate { path, is_named } in candidates(places) {
        let shown = path.display().to_string();
        let text = match text_file::read(&path) {
            Ok(text) => text,
            Err(error) if is_named => return Err(RunnerFileError::Unreadable { path: shown, error }),
            Err(error) => {
                search.push(format!("configuration: not {shown}: {error}"));
                continue;
            }
        };
        match section(&shown, &text, runner, typed)? {
            Ok(reading) => {
                search.push(format!("configuration: {shown}"));
                let source =
                    Source { path: shown, runner: reading.config.runner.name.clone().unwrap_or_default() };
                return finish(reading, Some(source), warnings, search);
            }
            // A file that nobody named, such as one that GitLab Runner's package has just put there.
            Err(error) if !is_named && runner.is_none() => {
                warnings.push(format!("{shown} is left out: {error}"));
                search.push(format!("configuration: not {shown}: {error}"));
            }
            Err(error) => return Err(RunnerFileError::NoRunner { path: shown, error }),
        }
    }
    if let Some(name) = runner {
        return Err(RunnerFileError::NoFile(name.to_owned()));
    }
    search.push("configuration: none".to_owned());
    finish(without_file(typed), None, warnings, search)
}

/// The files to look for in turn. An empty path that was typed or set says that there is none.
fn candidates(places: Places) -> Vec<Candidate> {
    let named = places.typed.or_else(|| places.variable.map(PathBuf::from));
    match named {
        Some(path) if path.as_os_str().is_empty() => Vec::new(),
        Some(path) => vec![Candidate { path, is_named: true }],
        None => {
            let of_user = places.home.map(|home| home.join(OF_USER));
            let all = of_user.into_iter().chain([PathBuf::from(OF_MACHINE)]);
            all.map(|path| Candidate { path, is_named: false }).collect()
        }
    }
}

fn section(
    path: &str,
    text: &str,
    runner: Option<&str>,
    typed: &[Typed],
) -> Result<Result<Reading, NoRunner>, RunnerFileError> {
    let document = Document::parse(text).map_err(|problem| RunnerFileError::Wrong(problem.in_file(path)))?;
    Ok(read(&document, runner, typed))
}

fn finish(
    reading: Reading,
    source: Option<Source>,
    mut warnings: Vec<String>,
    search: Vec<String>,
) -> Result<RunnerFile, RunnerFileError> {
    let path = source.as_ref().map(|source| &*source.path).unwrap_or_default();
    if reading.fails() {
        return Err(RunnerFileError::Wrong(wrong(&reading.problems, path)));
    }
    let mut config = reading.config;
    seccomp::inline(&mut config.docker.security_opt).map_err(RunnerFileError::Wrong)?;
    seccomp::inline(&mut config.docker.services_security_opt).map_err(RunnerFileError::Wrong)?;
    warnings.extend(reading.problems.iter().map(|problem| problem.in_file(path)));
    Ok(RunnerFile { config, source, warnings, search })
}

/// One problem a line, errors first, as it stands behind "error: ".
fn wrong(problems: &[Problem], path: &str) -> String {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        problems.iter().partition(|problem| problem.severity == Severity::Error);
    let errors: Vec<_> = errors.iter().map(|problem| problem.in_file(path)).collect();
    let warnings = warnings.iter().map(|problem| format!("\nwarning: {}", problem.in_file(path)));
    errors.join("\nerror: ") + &warnings.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[runners]]\nname = \"here\"\nzz = 1\n[runners.docker]\nimage = \"a\"\n";

    struct Home(tempfile::TempDir);

    impl Home {
        fn new(config: Option<&str>) -> Self {
            let folder = tempfile::tempdir().unwrap();
            if let Some(text) = config {
                std::fs::create_dir(folder.path().join(".gitlab-runner")).unwrap();
                std::fs::write(folder.path().join(OF_USER), text).unwrap();
            }
            Self(folder)
        }

        fn load(
            &self,
            typed: Option<&str>,
            variable: Option<&str>,
            runner: Option<&str>,
        ) -> Result<RunnerFile, String> {
            let path = |name: &str| if name.is_empty() { PathBuf::new() } else { self.0.path().join(name) };
            let places = Places {
                typed: typed.map(path),
                variable: variable.map(|name| path(name).into_os_string()),
                home: Some(self.0.path().to_owned()),
            };
            load(places, runner, &[]).map_err(|error| error.to_string())
        }
    }

    #[test]
    fn the_file_that_is_named_first_is_taken() {
        let home = Home::new(Some(GOOD));
        let write =
            |name: &str| std::fs::write(home.0.path().join(name), GOOD.replace("here", name)).unwrap();
        ["typed", "variable"].iter().for_each(|name| write(name));
        let taken = |typed, variable| home.load(typed, variable, None).unwrap().source.unwrap().runner;
        assert_eq!(taken(Some("typed"), Some("variable")), "typed");
        assert_eq!(taken(None, Some("variable")), "variable");
        assert_eq!(taken(None, None), "here");
        assert!(home.load(Some(""), Some("variable"), None).unwrap().source.is_none());
        assert!(home.load(None, Some(""), None).unwrap().source.is_none());
    }

    #[test]
    fn a_file_that_was_named_must_be_there_and_one_that_was_not_need_not() {
        let home = Home::new(None);
        assert!(home.load(Some("x"), None, None).err().unwrap().starts_with("cannot read `"));
        assert!(home.load(Some(""), None, Some("a")).err().unwrap().contains("there is none"));
    }

    #[test]
    fn a_file_without_a_runner_is_left_out_unless_it_was_named() {
        let home = Home::new(Some("concurrent = 1\n"));
        let loaded = home.load(None, None, None).unwrap();
        assert!(loaded.source.is_none() && loaded.warnings[0].ends_with("there is no [[runners]] section"));
        assert!(
            home.load(Some(OF_USER), None, None).err().unwrap().ends_with("there is no [[runners]] section")
        );
    }

    #[test]
    fn problems_name_the_file() {
        let home = Home::new(Some(GOOD));
        let path = home.0.path().join(OF_USER).display().to_string();
        let loaded = home.load(None, None, None).unwrap();
        assert_eq!(loaded.warnings, [format!("{path}:3:1: `zz` is no key of [[runners]]")]);
        assert_eq!(loaded.search, [format!("configuration: {path}")]);
        let home = Home::new(Some(&format!("{GOOD}cpus = 1\nmemory = 2\n")));
        let path = home.0.path().join(OF_USER).display().to_string();
        let error = home.load(None, None, None).err().unwrap();
        let lines: Vec<_> = error.lines().map(|line| line.replace(&path, "P")).collect();
        assert_eq!(
            lines,
            [
                "P:6:8: a string belongs here, not an integer",
                "error: P:7:10: a string belongs here, not an integer",
                "warning: P:3:1: `zz` is no key of [[runners]]",
            ]
        );
    }
}

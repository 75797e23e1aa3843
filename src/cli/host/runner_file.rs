//! GitLab Runner's configuration file, `config.toml`: which file is taken, and what it says.

use std::path::PathBuf;
use std::{fmt, io};

use crate::cli::host::seccomp::inline_profiles;
use crate::cli::host::text_file::read_text_file;
use crate::registry::pull_policy::RunnerPolicies;
use crate::runner_config::flag_value::FlagValue;
use crate::runner_config::problem::ConfigProblem;
use crate::runner_config::{LoadedConfig, NoRunner, RunnerConfig, TomlDocument, load_flags, load_runner};
use crate::source::diagnostic::Severity;

/// The user's file, relative to the home directory.
const USER_FILE: &str = ".gitlab-runner/config.toml";

/// The machine's file.
const MACHINE_FILE: &str = "/etc/gitlab-runner/config.toml";

/// Where the file may be. An empty path means that no file is wanted.
pub struct RunnerFileLocations {
    /// `--config`
    pub file: Option<PathBuf>,
    /// `RUNNER_LITE_CONFIG`
    pub variable: Option<PathBuf>,
    /// The home directory.
    pub home: Option<PathBuf>,
}

/// The configuration of a runner.
#[derive(Clone)]
pub struct RunnerFile {
    /// The settings of the file, overridden by the flags.
    pub config: RunnerConfig,
    /// `None` if no file was found.
    pub source: Option<RunnerFileSource>,
    /// Warnings about the file that was taken and those that were not.
    pub warnings: Vec<String>,
    /// How the file was found, one line for each file that was tried.
    pub search: Vec<String>,
}

/// The file and the section that a configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerFileSource {
    pub path: String,
    /// The `name` of the section `[[runners]]`; empty if it has none.
    pub runner: String,
}

impl fmt::Display for RunnerFileSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.runner {
            "" => write!(out, "a runner without a name ({})", self.path),
            name => write!(out, "{name} ({})", self.path),
        }
    }
}

/// Why a configuration cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum RunnerFileError {
    /// The file that the user named cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Unreadable { path: String, error: io::Error },
    /// The file lacks the section.
    #[error("{path}: {error}")]
    NoRunner { path: String, error: NoRunner },
    /// The file or a flag is invalid.
    #[error("{}", errors.join("; "))]
    Invalid {
        /// Never empty.
        errors: Vec<String>,
        warnings: Vec<String>,
    },
    /// The user named a section, but no file was found.
    #[error("--runner `{0}`: there is no configuration file; name it with --config")]
    NoFile(String),
}

impl RunnerFileError {
    /// The error about one problem.
    fn invalid(problem: String) -> Self {
        Self::Invalid { errors: vec![problem], warnings: Vec::new() }
    }
}

/// A file that may be taken.
struct RunnerFileCandidate {
    path: PathBuf,
    named_by: NamedBy,
}

/// Who named a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NamedBy {
    /// The user did; the file must exist.
    User,
    /// GitLab Runner's convention does; the file may be absent.
    Convention,
}

/// The file that `register` adds to if the user names none: the same as GitLab Runner's.
pub fn default_path(is_root: bool, home: Option<PathBuf>) -> PathBuf {
    home.filter(|_| !is_root).map_or_else(|| PathBuf::from(MACHINE_FILE), |home| home.join(USER_FILE))
}

impl RunnerFile {
    /// Finds the file and loads its section `runner`, or the first section for Docker. Values that were `typed` as
    /// flags override it.
    ///
    /// # Errors
    /// A file or section that the user named is missing, or the file that was taken is invalid.
    pub fn load(
        locations: RunnerFileLocations,
        runner: Option<&str>,
        typed: &[FlagValue],
    ) -> Result<Self, RunnerFileError> {
        let (mut search, mut warnings) = (Vec::new(), Vec::new());
        for RunnerFileCandidate { path, named_by } in candidates(locations) {
            let shown = path.display().to_string();
            let text = match read_text_file(&path) {
                Ok(text) => text,
                Err(error) if named_by == NamedBy::User => {
                    return Err(RunnerFileError::Unreadable { path: shown, error });
                }
                Err(error) => {
                    search.push(format!("configuration: skipped {shown}: {error}"));
                    continue;
                }
            };
            match decode_section(&shown, &text, runner, typed)? {
                Ok(loaded) => {
                    search.push(format!("configuration: {shown}"));
                    let name = loaded.config.runner.name.clone().unwrap_or_default();
                    let source = RunnerFileSource { path: shown, runner: name };
                    return finish(loaded, Some(source), warnings, search);
                }
                // For instance the file without a runner that GitLab Runner's package installs.
                Err(error) if named_by == NamedBy::Convention && runner.is_none() => {
                    warnings.push(format!("{shown} is ignored: {error}"));
                    search.push(format!("configuration: skipped {shown}: {error}"));
                }
                Err(error) => return Err(RunnerFileError::NoRunner { path: shown, error }),
            }
        }
        if let Some(name) = runner {
            return Err(RunnerFileError::NoFile(name.to_owned()));
        }
        search.push("configuration: none".to_owned());
        finish(load_flags(typed), None, warnings, search)
    }

    /// The pull policies of the file, if a file was found.
    pub fn pull_policies(&self) -> Option<RunnerPolicies> {
        let docker = &self.config.docker;
        self.source.as_ref().map(|_| RunnerPolicies {
            configured: docker.pull_policy.0.clone(),
            allowed: docker.allowed_pull_policies.clone(),
        })
    }
}

/// The files to try, in this order.
fn candidates(locations: RunnerFileLocations) -> Vec<RunnerFileCandidate> {
    match locations.file.or(locations.variable) {
        Some(path) if path.as_os_str().is_empty() => Vec::new(),
        Some(path) => vec![RunnerFileCandidate { path, named_by: NamedBy::User }],
        None => {
            let of_user = locations.home.map(|home| home.join(USER_FILE));
            let all = of_user.into_iter().chain([PathBuf::from(MACHINE_FILE)]);
            all.map(|path| RunnerFileCandidate { path, named_by: NamedBy::Convention }).collect()
        }
    }
}

fn decode_section(
    path: &str,
    text: &str,
    runner: Option<&str>,
    typed: &[FlagValue],
) -> Result<Result<LoadedConfig, NoRunner>, RunnerFileError> {
    let document =
        TomlDocument::parse(text).map_err(|problem| RunnerFileError::invalid(problem.in_file(path)))?;
    Ok(load_runner(&document, runner, typed))
}

fn finish(
    loaded: LoadedConfig,
    source: Option<RunnerFileSource>,
    mut warnings: Vec<String>,
    search: Vec<String>,
) -> Result<RunnerFile, RunnerFileError> {
    let path = source.as_ref().map(|source| &*source.path).unwrap_or_default();
    if loaded.has_errors() {
        return Err(of_problems(&loaded.problems, path));
    }
    let mut config = loaded.config;
    inline_profiles(&mut config.docker.security_opt).map_err(RunnerFileError::invalid)?;
    inline_profiles(&mut config.docker.services_security_opt).map_err(RunnerFileError::invalid)?;
    warnings.extend(loaded.problems.iter().map(|problem| problem.in_file(path)));
    Ok(RunnerFile { config, source, warnings, search })
}

/// The error about a configuration with these problems, one of which is an error.
fn of_problems(problems: &[ConfigProblem], path: &str) -> RunnerFileError {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        problems.iter().partition(|problem| problem.severity == Severity::Error);
    let texts =
        |problems: Vec<&ConfigProblem>| problems.iter().map(|problem| problem.in_file(path)).collect();
    RunnerFileError::Invalid { errors: texts(errors), warnings: texts(warnings) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[runners]]\nname = \"here\"\nzz = 1\n[runners.docker]\nimage = \"a\"\n";

    struct HomeDirectory(tempfile::TempDir);

    impl HomeDirectory {
        fn new(config: Option<&str>) -> Self {
            let folder = tempfile::tempdir().unwrap();
            if let Some(text) = config {
                std::fs::create_dir(folder.path().join(".gitlab-runner")).unwrap();
                std::fs::write(folder.path().join(USER_FILE), text).unwrap();
            }
            Self(folder)
        }

        fn load(
            &self,
            file: Option<&str>,
            variable: Option<&str>,
            runner: Option<&str>,
        ) -> Result<RunnerFile, String> {
            self.try_load(file, variable, runner).map_err(|error| error.to_string())
        }

        fn try_load(
            &self,
            file: Option<&str>,
            variable: Option<&str>,
            runner: Option<&str>,
        ) -> Result<RunnerFile, RunnerFileError> {
            let path = |name: &str| if name.is_empty() { PathBuf::new() } else { self.0.path().join(name) };
            let locations = RunnerFileLocations {
                file: file.map(path),
                variable: variable.map(path),
                home: Some(self.0.path().to_owned()),
            };
            RunnerFile::load(locations, runner, &[])
        }
    }

    #[test]
    fn the_flag_outranks_the_variable_and_both_outrank_the_home_directory() {
        let home = HomeDirectory::new(Some(GOOD));
        let write =
            |name: &str| std::fs::write(home.0.path().join(name), GOOD.replace("here", name)).unwrap();
        ["file", "variable"].iter().for_each(|name| write(name));
        let taken = |file, variable| home.load(file, variable, None).unwrap().source.unwrap().runner;
        assert_eq!(taken(Some("file"), Some("variable")), "file");
        assert_eq!(taken(None, Some("variable")), "variable");
        assert_eq!(taken(None, None), "here");
        assert!(home.load(Some(""), Some("variable"), None).unwrap().source.is_none());
        assert!(home.load(None, Some(""), None).unwrap().source.is_none());
    }

    #[test]
    fn only_a_file_that_the_user_named_must_exist() {
        let home = HomeDirectory::new(None);
        assert!(home.load(Some("x"), None, None).err().unwrap().starts_with("cannot read `"));
        assert!(
            home.load(Some(""), None, Some("a")).err().unwrap().contains("there is no configuration file")
        );
    }

    #[test]
    fn a_file_without_a_runner_is_left_out_unless_the_user_named_it() {
        let home = HomeDirectory::new(Some("concurrent = 1\n"));
        let loaded = home.load(None, None, None).unwrap();
        assert!(loaded.source.is_none() && loaded.warnings[0].ends_with("there is no [[runners]] section"));
        assert!(
            home.load(Some(USER_FILE), None, None)
                .err()
                .unwrap()
                .ends_with("there is no [[runners]] section")
        );
    }

    #[test]
    fn problems_name_the_file() {
        let home = HomeDirectory::new(Some(GOOD));
        let path = home.0.path().join(USER_FILE).display().to_string();
        let loaded = home.load(None, None, None).unwrap();
        assert_eq!(loaded.warnings, [format!("{path}:3:1: `zz` is not a key of [[runners]]")]);
        assert_eq!(loaded.search, [format!("configuration: {path}")]);
        let home = HomeDirectory::new(Some(&format!("{GOOD}cpus = 1\nmemory = 2\n")));
        let path = home.0.path().join(USER_FILE).display().to_string();
        let Err(RunnerFileError::Invalid { errors, warnings }) = home.try_load(None, None, None) else {
            panic!("the file is invalid");
        };
        let shown = |texts: Vec<String>| -> Vec<String> {
            texts.iter().map(|text| text.replace(&path, "P")).collect()
        };
        let of_key =
            ["P:6:8: a string belongs here, not an integer", "P:7:10: a string belongs here, not an integer"];
        assert_eq!(shown(errors), of_key);
        assert_eq!(shown(warnings), ["P:3:1: `zz` is not a key of [[runners]]"]);
    }
}

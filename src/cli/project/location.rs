//! Where a pipeline file is, and what is around it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cli::options::ProjectOptions;
use crate::cli::project::env_file;
use crate::cli::say;
use crate::error_chain::chain;
use crate::git::facts::GitFacts;
use crate::git::glance::glance;
use crate::plan::facts::Facts;
use crate::source::yaml::FILE_BYTES_MAX;

/// The pipeline file's name, where none is given.
pub const FILE: &str = ".gitlab-ci.yml";

/// Where a pipeline file is, or would be.
pub struct Place {
    git: Option<GitFacts>,
    /// The file.
    pub file: PathBuf,
    /// What to do where there is none.
    advice: &'static str,
}

impl Place {
    /// Where `options` look for one.
    pub fn of(options: &ProjectOptions) -> Self {
        Self::with(options, git_facts(&options.directory))
    }

    /// The same at a glance, with few facts about the repository.
    pub fn at_a_glance(options: &ProjectOptions) -> Self {
        Self::with(options, glance(&options.directory))
    }

    fn with(options: &ProjectOptions, git: Option<GitFacts>) -> Self {
        let file = find_file(options, git.as_ref());
        let advice = if options.file.is_none() { "; name the pipeline file with --file" } else { "" };
        Self { git, file, advice }
    }

    /// What jobs are planned with here, without reading the file.
    ///
    /// # Errors
    /// What is wrong with the project's variables, a line each.
    pub fn facts(self, options: &ProjectOptions) -> Result<Facts, Vec<String>> {
        facts(options, self.git)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn text(&self) -> Result<String, String> {
        read(&self.file, self.advice)
    }
}

fn git_facts(directory: &Path) -> Option<GitFacts> {
    match crate::git::facts::facts(directory) {
        Ok(facts) => Some(facts),
        Err(error) if error.is_without_repository() => None,
        Err(error) => {
            say(&format!("warning: no facts about the repository: {}", chain(&error)));
            None
        }
    }
}

/// The file that was named, the one here, or else the one at the repository's root.
fn find_file(options: &ProjectOptions, git: Option<&GitFacts>) -> PathBuf {
    let here = PathBuf::from(FILE);
    if let Some(file) = &options.file {
        return file.clone();
    }
    match git.map(|git| git.root.join(FILE)) {
        Some(at_root) if !options.directory.join(FILE).exists() && at_root.exists() => at_root,
        _ => here,
    }
}

fn read(path: &Path, advice: &str) -> Result<String, String> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            format!("there is no `{}`{advice}", path.display())
        }
        _ => format!("cannot read `{}`: {error}", path.display()),
    };
    let mut bytes = Vec::new();
    // One byte more than the limit is enough for the reader to refuse it.
    let limit = FILE_BYTES_MAX as u64 + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    String::from_utf8(bytes).map_err(|error| {
        format!(
            "`{}` is not UTF-8 text: byte {} is not",
            path.display(),
            error.utf8_error().valid_up_to() + 1
        )
    })
}

fn facts(options: &ProjectOptions, git: Option<GitFacts>) -> Result<Facts, Vec<String>> {
    let root = git.as_ref().map_or(&options.directory, |git| &git.root);
    let project_variables = env_file::read(root)?;
    #[expect(clippy::disallowed_methods, reason = "the time at which the pipeline is created")]
    let now = Timestamp::now();
    let pipeline_id = u64::try_from(now.as_second()).unwrap_or_default();
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let file = options.file.as_deref().unwrap_or(Path::new(FILE));
    Ok(Facts {
        git,
        project_directory: options.directory.clone(),
        now,
        runner: options.runner.config.clone(),
        pull_policies: options.pull_policies.clone(),
        environment_auth: options.environment_auth.clone(),
        docker_config: options.docker_config.clone(),
        project_variables,
        variables: options.variables.clone(),
        variable_files: options.variable_files.clone(),
        config_file: file.display().to_string(),
        pipeline_id,
        executable_arch: format!("linux/{architecture}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        timeout: options.timeout,
    })
}

//! The location of a pipeline file, and the facts about its repository.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cli::options::ProjectOptions;
use crate::cli::project::committed_tree::CommittedTree;
use crate::cli::project::env_file::load_project_variables;
use crate::cli::project::open_beneath::{PROJECT, open_beneath};
use crate::cli::project::repository_facts::repository_facts;
use crate::cli::user_message::UserMessage;
use crate::git::facts::GitFacts;
use crate::git::glance::glance;
use crate::git::merge_base::merge_base;
use crate::pipeline::include::UnreadableFile;
use crate::plan::facts::Facts;
use crate::plan::identity::SlotStore;
use crate::source::yaml::FILE_BYTES_MAX;
use crate::vars::event::{MergeRequest, PipelineEvent};

/// The default name of the pipeline file.
pub const PIPELINE_FILE: &str = ".gitlab-ci.yml";

/// Names under which users look for the default file.
const SIMILAR_FILES: [&str; 4] = [".gitlab-ci.yaml", "gitlab-ci.yml", ".gitlab.ci.yml", ".gitlab-ci.yml.txt"];

/// `CI_PIPELINE_IID` of a run that is in no store, and where nothing runs.
const FIRST_IID: u64 = 1;

/// The location of a pipeline file, which need not exist.
pub struct PipelineLocation {
    git: Option<GitFacts>,
    /// The path of the file.
    pub file: PathBuf,
    origin: FileOrigin,
    /// The files of HEAD, from which the project is read.
    pub(super) committed: Option<CommittedTree>,
    /// Why the file cannot be read.
    refusal: Option<String>,
    /// Warnings about the repository.
    pub warnings: Vec<UserMessage>,
}

/// Who has decided which file is read.
enum FileOrigin {
    /// The user, with `--file`: it may lie anywhere.
    Named,
    /// The project, by its default name: it must lie in `root`, at `path`.
    Default { root: PathBuf, path: PathBuf },
}

impl PipelineLocation {
    /// Finds the pipeline file that `options` name, and asks git about the repository.
    pub fn find(options: &ProjectOptions) -> Self {
        let (git, mut warnings) = repository_facts(&options.directory);
        let tree = options.committed.as_ref().map(|folder| CommittedTree::new(git.as_ref(), folder));
        let (committed, refusal) = match tree {
            None => (None, None),
            Some(Ok((tree, messages))) => {
                warnings.extend(messages);
                (Some(tree), None)
            }
            Some(Err(refusal)) => (None, Some(refusal)),
        };
        Self { warnings, refusal, ..Self::with(options, git, committed) }
    }

    /// Finds the same file without running git. Most facts about the repository are missing then.
    pub fn find_at_a_glance(options: &ProjectOptions) -> Self {
        Self::with(options, glance(&options.directory), None)
    }

    fn with(options: &ProjectOptions, git: Option<GitFacts>, committed: Option<CommittedTree>) -> Self {
        let (file, origin) = find_file(options, git.as_ref(), committed.as_ref());
        Self { git, file, origin, committed, refusal: None, warnings: Vec::new() }
    }

    /// The root of the project: that of its repository, else the directory.
    pub fn project_root<'a>(&'a self, options: &'a ProjectOptions) -> &'a Path {
        self.git.as_ref().map_or(&options.directory, |git| &git.root)
    }

    /// Collects what jobs are planned with, without reading the pipeline file.
    ///
    /// # Errors
    /// The project's variables are invalid: one message for each problem.
    pub fn facts(self, options: &ProjectOptions) -> Result<Facts, Vec<String>> {
        collect_facts(options, self.git)
    }

    /// Reads the text of the file.
    ///
    /// # Errors
    /// The file is missing, cannot be read, or is not UTF-8.
    pub fn read_text(&self) -> Result<String, String> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let shown = self.file.display();
        let opened = match &self.origin {
            FileOrigin::Named => open_named(&self.file),
            FileOrigin::Default { root, path } => open_beneath(root, path, PROJECT),
        };
        let file = opened.map_err(|problem| match problem {
            UnreadableFile::Missing => self.missing(),
            UnreadableFile::Refused(_) if self.file.is_dir() => {
                format!(
                    "`{shown}` is a folder; name a file in it, such as `{}`",
                    self.file.join(PIPELINE_FILE).display()
                )
            }
            UnreadableFile::Refused(reason) => format!("cannot read `{shown}`: {reason}"),
        })?;
        let mut bytes = Vec::new();
        // With one byte more than the limit, the YAML loader refuses the file.
        let limit = FILE_BYTES_MAX as u64 + 1;
        file.take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| format!("cannot read `{shown}`: {error}"))?;
        String::from_utf8(bytes).map_err(|error| {
            format!("`{shown}` is not UTF-8 text: byte {} is not", error.utf8_error().valid_up_to() + 1)
        })
    }
}

impl PipelineLocation {
    /// The error for a missing file.
    fn missing(&self) -> String {
        if self.committed.is_some() {
            let shown = self.file.display();
            return format!("there is no `{shown}` in the commit; commit it, or leave out --committed");
        }
        let FileOrigin::Default { root, .. } = &self.origin else {
            return format!("there is no `{}`", self.file.display());
        };
        let similar = SIMILAR_FILES.iter().find(|name| root.join(name).is_file());
        if let Some(similar) = similar {
            return format!(
                "there is no `{PIPELINE_FILE}`, but a `{similar}`: rename it, because GitLab reads only the \
                 former, or name it with --file"
            );
        }
        let place = match self.git {
            Some(_) => format!("in the repository `{}`", root.display()),
            None => format!("in `{}`, which is not in a git repository", root.display()),
        };
        format!("there is no `{PIPELINE_FILE}` {place}; name the pipeline file with --file")
    }
}

/// Finds the file that was named, else the one in the current directory, else the one at the repository's root.
fn find_file(
    options: &ProjectOptions,
    git: Option<&GitFacts>,
    committed: Option<&CommittedTree>,
) -> (PathBuf, FileOrigin) {
    let directory = &options.directory;
    let root = git.map_or(directory, |git| &git.root);
    let sources = committed.map_or(&**root, CommittedTree::root);
    let of_sources = |path: &Path| FileOrigin::Default { root: sources.to_owned(), path: path.to_owned() };
    if let Some(file) = &options.file {
        let absolute = directory.join(file);
        let committed = committed.and_then(|_| absolute.strip_prefix(root).ok());
        return (file.clone(), committed.map_or(FileOrigin::Named, of_sources));
    }
    let Ok(folder) = directory.strip_prefix(root) else {
        let origin = FileOrigin::Default { root: directory.clone(), path: PIPELINE_FILE.into() };
        return (PIPELINE_FILE.into(), origin);
    };
    let path = folder.join(PIPELINE_FILE);
    if !sources.join(&path).exists() && sources.join(PIPELINE_FILE).exists() {
        return (root.join(PIPELINE_FILE), of_sources(Path::new(PIPELINE_FILE)));
    }
    (PIPELINE_FILE.into(), of_sources(&path))
}

/// Opens a file that the user has named.
fn open_named(path: &Path) -> Result<File, UnreadableFile> {
    if path.is_dir() {
        return Err(UnreadableFile::Refused("it is a folder".to_owned()));
    }
    // A pipe would be waited for, and has its content only once.
    if path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo()) {
        return Err(UnreadableFile::Refused("it is not a regular file".to_owned()));
    }
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => UnreadableFile::Missing,
        _ => UnreadableFile::Refused(error.to_string()),
    })
}

/// What the repository is like for the event of `--as`, and the merge request of which that may be one.
fn for_event(
    event: Option<&PipelineEvent>,
    git: Option<GitFacts>,
) -> Result<(Option<GitFacts>, Option<MergeRequest>), Vec<String>> {
    let Some(event) = event else { return Ok((git, None)) };
    let Some(git) = git else {
        return Err(vec!["--as needs a git repository with a commit".to_owned()]);
    };
    let request = match event {
        PipelineEvent::MergeRequest { target } => {
            let target =
                target.clone().or_else(|| git.default_branch.clone()).unwrap_or_else(|| "main".to_owned());
            // Without it, only CI_MERGE_REQUEST_DIFF_BASE_SHA is absent; `changes` says why it cannot compare.
            let diff_base = merge_base(&git.root, &target).ok().flatten();
            Some(MergeRequest { target, diff_base })
        }
        _ => None,
    };
    Ok((Some(event.seen_in(git)), request))
}

fn collect_facts(options: &ProjectOptions, git: Option<GitFacts>) -> Result<Facts, Vec<String>> {
    let (git, merge_request) = for_event(options.event.as_ref(), git)?;
    let root = git.as_ref().map_or(&options.directory, |git| &git.root);
    let project_variables = load_project_variables(root)?;
    #[expect(clippy::disallowed_methods, reason = "the time at which the pipeline is created")]
    let now = Timestamp::now();
    let pipeline_id = u64::try_from(now.as_second()).unwrap_or_default();
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let file = options.file.as_deref().unwrap_or(Path::new(PIPELINE_FILE));
    Ok(Facts {
        git,
        project_directory: options.directory.clone(),
        committed: None,
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
        pipeline_iid: FIRST_IID,
        event: options.event.clone(),
        merge_request,
        slots: SlotStore::Unopened,
        executable_arch: format!("linux/{architecture}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        timeout: options.timeout,
    })
}

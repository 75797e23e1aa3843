//! The `CI_*` variables that GitLab's server and runner define for every job.
//!
//! Invariant: a variable for which the facts have no value is absent, not made up. The exceptions are ids
//! and addresses that scripts take for granted.

use std::time::Duration;

use jiff::Timestamp;

use super::event::MergeRequest;
use super::expand::Definition;
use super::merge_request::merge_request;
use super::project::Project;
use super::slug::slug;
use crate::git::facts::{Commit, GitFacts};
use crate::pipeline::job::Job;
use crate::pipeline::parallel::Instance;

/// The release of GitLab whose behaviour this program follows.
const GITLAB_VERSION: [&str; 4] = ["19.4.0", "19", "4", "0"];

/// The longest `CI_COMMIT_MESSAGE` in bytes; GitLab's limit.
const MESSAGE_BYTES_MAX: usize = 100_000;

/// The characters from which on a title belongs to the description; GitLab's limit.
const TITLE_CHARACTERS: usize = 100;

/// The length of `CI_COMMIT_SHORT_SHA`; git's own abbreviations vary.
const SHORT_SHA_CHARACTERS: usize = 8;

/// The ref's name if neither a branch nor a tag is checked out; git's own word.
const DETACHED: &str = "HEAD";

/// Variables that GitLab defines only for an existing job, or only on the runner. Rules cannot use them,
/// nor any variable whose name starts with `CI_JOB_`.
const UNKNOWN_TO_RULES: [&str; 6] = [
    "CI_PIPELINE_ID",
    "CI_PIPELINE_URL",
    "CI_PIPELINE_IID",
    "CI_REGISTRY_USER",
    "CI_REGISTRY_PASSWORD",
    "CI_REPOSITORY_URL",
];

/// The facts behind the predefined variables that all jobs of a pipeline share.
#[derive(Debug, Clone, Copy)]
pub struct PipelineFacts<'a> {
    pub project: &'a Project,
    /// `None` without a repository.
    pub git: Option<&'a GitFacts>,
    /// The pipeline file, relative to the project.
    pub config_file: &'a str,
    /// `CI_PIPELINE_ID`.
    pub pipeline_id: u64,
    /// `CI_PIPELINE_IID`.
    pub pipeline_iid: u64,
    /// When the run starts.
    pub now: Timestamp,
    /// The runner's name in its configuration.
    pub runner: Option<&'a str>,
    /// `CI_PIPELINE_SOURCE`.
    pub source: &'a str,
    /// In the pipeline of a merge request.
    pub merge_request: Option<&'a MergeRequest>,
}

/// The facts behind the predefined variables of one job.
#[derive(Debug, Clone, Copy)]
pub struct JobFacts<'a> {
    pub name: &'a str,
    /// The name without the suffix of an instance of a parallel job.
    pub group: &'a str,
    /// The number of an instance of a parallel job.
    pub instance: Option<Instance>,
    pub stage: &'a str,
}

impl<'a> JobFacts<'a> {
    /// The facts of a job in the pipeline file.
    pub fn of(job: &'a Job) -> Self {
        Self { name: &job.name.value, group: &job.group, instance: job.instance, stage: &job.stage }
    }
}

/// The facts behind the variables that the runner adds to the server's.
#[derive(Debug, Clone, Copy)]
pub struct RunnerFacts<'a> {
    /// As written, with variables not expanded.
    pub image: Option<&'a str>,
    /// Such as `/builds`.
    pub builds_dir: &'a str,
    /// Such as `/builds/<group>/<project>`.
    pub project_dir: &'a str,
    /// The job's slot: a number, from 0, that no other running job has.
    pub slot: usize,
    /// The first characters of the runner's token; empty for a runner without a token.
    pub short_token: &'a str,
    /// The time limit of the job.
    pub timeout: Duration,
    /// The version of this program.
    pub version: &'a str,
    /// Such as `linux/amd64`.
    pub executable_arch: &'a str,
}

/// The server's variables for the job with the id `job_id`, from the lowest precedence: job, project,
/// pipeline, commit and runner.
pub fn predefined_of_job(pipeline: &PipelineFacts<'_>, job: &JobFacts<'_>, job_id: u64) -> Vec<Definition> {
    let mut variables = always();
    variables.extend(created_job(pipeline, job_id));
    variables.extend(described_job(job));
    variables.extend(of_pipeline(pipeline));
    variables
}

/// The server's variables before any job exists: those that `workflow:rules` and `include` can use, and the
/// rules of jobs beside [`described_job`].
pub fn predefined_before_jobs(pipeline: &PipelineFacts<'_>) -> Vec<Definition> {
    let mut variables = always();
    variables.extend(list(&[("CI_NODE_TOTAL", "1")]));
    let of_pipeline = of_pipeline(pipeline);
    variables.extend(of_pipeline.into_iter().filter(|known| !UNKNOWN_TO_RULES.contains(&&*known.key)));
    variables
}

/// The variables of a job that follow from the pipeline file. The job's rules can use them.
pub fn described_job(job: &JobFacts<'_>) -> Vec<Definition> {
    let total = job.instance.map_or(1, |instance| instance.total).to_string();
    let index = job.instance.map(|instance| Definition::new("CI_NODE_INDEX", instance.index.to_string()));
    let mut variables = list(&[
        ("CI_JOB_NAME", job.name),
        ("CI_JOB_NAME_SLUG", &slug(job.name)),
        ("CI_JOB_GROUP_NAME", job.group),
        ("CI_JOB_STAGE", job.stage),
        ("CI_NODE_TOTAL", &total),
    ]);
    variables.extend(index);
    variables
}

/// `GITLAB_USER_*` from git's configuration.
pub fn user(git: Option<&GitFacts>) -> Vec<Definition> {
    let name = git.and_then(|git| git.user_name.as_deref());
    let email = git.and_then(|git| git.user_email.as_deref());
    let login = email.and_then(|email| email.split('@').next()).or(name);
    let mut variables: Vec<Definition> = Vec::new();
    variables.extend(login.map(|_| Definition::new("GITLAB_USER_ID", "1")));
    variables.extend(email.map(|email| Definition::new("GITLAB_USER_EMAIL", email)));
    variables.extend(login.map(|login| Definition::new("GITLAB_USER_LOGIN", login)));
    variables.extend(name.map(|name| Definition::new("GITLAB_USER_NAME", name)));
    variables
}

/// The runner's variables that the server's override.
pub fn runner_head(facts: &RunnerFacts<'_>) -> Vec<Definition> {
    let slot = facts.slot.to_string();
    let mut variables: Vec<Definition> = Vec::new();
    variables.extend(facts.image.map(|image| Definition::new("CI_JOB_IMAGE", image)));
    variables.extend(list(&[
        ("CI_RUNNER_SHORT_TOKEN", facts.short_token),
        ("CI_BUILDS_DIR", facts.builds_dir),
        ("CI_PROJECT_DIR", facts.project_dir),
        ("CI_CONCURRENT_ID", &slot),
        // All jobs of a run belong to the same project.
        ("CI_CONCURRENT_PROJECT_ID", &slot),
        ("CI_SERVER", "yes"),
        ("CI_JOB_STATUS", "running"),
        ("CI_JOB_TIMEOUT", &facts.timeout.as_secs().to_string()),
    ]));
    variables
}

/// The runner's variables that override all others.
pub fn runner_tail(facts: &RunnerFacts<'_>) -> Vec<Definition> {
    list(&[
        ("CI_DISPOSABLE_ENVIRONMENT", "true"),
        ("CI_RUNNER_VERSION", facts.version),
        ("CI_RUNNER_REVISION", ""),
        ("CI_RUNNER_EXECUTABLE_ARCH", facts.executable_arch),
        ("RUNNER_TEMP_PROJECT_DIR", &format!("{}.tmp", facts.project_dir)),
    ])
}

fn list(entries: &[(&str, &str)]) -> Vec<Definition> {
    entries.iter().map(|(key, value)| Definition::new(*key, *value)).collect()
}

fn always() -> Vec<Definition> {
    list(&[("CI", "true"), ("GITLAB_CI", "true"), ("GITLAB_FEATURES", "")])
}

/// The variables of a job that GitLab has created.
fn created_job(pipeline: &PipelineFacts<'_>, job_id: u64) -> Vec<Definition> {
    let id = job_id.to_string();
    list(&[
        ("CI_JOB_ID", &id),
        ("CI_JOB_URL", &format!("{}/-/jobs/{id}", pipeline.project.url())),
        ("CI_JOB_TOKEN", ""),
        ("CI_JOB_STARTED_AT", &iso_8601(pipeline.now)),
    ])
}

/// The variables that all jobs of a pipeline share.
fn of_pipeline(facts: &PipelineFacts<'_>) -> Vec<Definition> {
    let mut variables = server(facts.project);
    variables.extend(project(facts));
    if facts.git.is_some_and(|git| git.origin.is_some()) {
        variables.extend(registry(facts.project));
    }
    variables.extend(pipeline(facts));
    if let Some(git) = facts.git {
        variables.extend(reference(git, facts));
        if let Some(commit) = &git.commit {
            variables.extend(self::commit(commit));
        }
    }
    variables.extend(list(&[
        ("CI_RUNNER_ID", "1"),
        ("CI_RUNNER_DESCRIPTION", facts.runner.unwrap_or("runner-lite")),
        ("CI_RUNNER_TAGS", r#"["docker"]"#),
    ]));
    variables
}

fn server(project: &Project) -> Vec<Definition> {
    let server = &project.server;
    let url = server.url();
    let [version, major, minor, patch] = GITLAB_VERSION;
    list(&[
        ("CI_SERVER_NAME", "GitLab"),
        ("CI_SERVER_VERSION", version),
        ("CI_SERVER_VERSION_MAJOR", major),
        ("CI_SERVER_VERSION_MINOR", minor),
        ("CI_SERVER_VERSION_PATCH", patch),
        ("CI_SERVER_REVISION", ""),
        ("CI_SERVER_URL", &url),
        ("CI_SERVER_HOST", &server.host),
        ("CI_SERVER_FQDN", &server.fqdn()),
        ("CI_SERVER_PORT", &server.port.to_string()),
        ("CI_SERVER_PROTOCOL", server.protocol),
        ("CI_SERVER_SHELL_SSH_HOST", &server.host),
        ("CI_SERVER_SHELL_SSH_PORT", "22"),
        ("CI_API_V4_URL", &format!("{url}/api/v4")),
        ("CI_API_GRAPHQL_URL", &format!("{url}/api/graphql")),
        ("CI_TEMPLATE_REGISTRY_HOST", "registry.gitlab.com"),
    ])
}

fn project(facts: &PipelineFacts<'_>) -> Vec<Definition> {
    let project = facts.project;
    let mut variables = list(&[
        ("CI_PROJECT_ID", "1"),
        ("CI_PROJECT_NAME", project.name()),
        ("CI_PROJECT_TITLE", project.name()),
        ("CI_PROJECT_DESCRIPTION", ""),
        ("CI_PROJECT_PATH", &project.path),
        ("CI_PROJECT_PATH_SLUG", &slug(&project.path)),
        ("CI_PROJECT_NAMESPACE", project.namespace()),
        ("CI_PROJECT_NAMESPACE_SLUG", &slug(project.namespace())),
        ("CI_PROJECT_NAMESPACE_ID", "1"),
        ("CI_PROJECT_ROOT_NAMESPACE", project.root_namespace()),
        ("CI_PROJECT_URL", &project.url()),
        ("CI_PROJECT_VISIBILITY", "private"),
        ("CI_PROJECT_REPOSITORY_LANGUAGES", ""),
        ("CI_PROJECT_CLASSIFICATION_LABEL", ""),
        ("CI_CONFIG_PATH", facts.config_file),
    ]);
    if let Some(branch) = facts.git.and_then(|git| git.default_branch.as_deref()) {
        variables.extend(list(&[("CI_DEFAULT_BRANCH", branch), ("CI_DEFAULT_BRANCH_SLUG", &slug(branch))]));
    }
    variables
}

/// The addresses of the project's registries, for projects that have some.
fn registry(project: &Project) -> Vec<Definition> {
    let server = &project.server;
    let registry = format!("registry.{}", server.host);
    let proxy = format!("{}:{}", server.host, server.port);
    let prefix =
        |namespace: &str| format!("{proxy}/{}/dependency_proxy/containers", namespace.to_lowercase());
    list(&[
        ("CI_REPOSITORY_URL", &format!("{}.git", project.url())),
        ("CI_REGISTRY", &registry),
        ("CI_REGISTRY_IMAGE", &format!("{registry}/{}", project.path.to_lowercase())),
        ("CI_REGISTRY_USER", "gitlab-ci-token"),
        ("CI_REGISTRY_PASSWORD", ""),
        ("CI_DEPENDENCY_PROXY_SERVER", &proxy),
        ("CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX", &prefix(project.root_namespace())),
        ("CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX", &prefix(project.namespace())),
    ])
}

fn pipeline(facts: &PipelineFacts<'_>) -> Vec<Definition> {
    let id = facts.pipeline_id.to_string();
    list(&[
        ("CI_PIPELINE_ID", &id),
        ("CI_PIPELINE_URL", &format!("{}/-/pipelines/{id}", facts.project.url())),
        ("CI_PIPELINE_IID", &facts.pipeline_iid.to_string()),
        ("CI_PIPELINE_SOURCE", facts.source),
        ("CI_PIPELINE_CREATED_AT", &iso_8601(facts.now)),
        ("CI_PIPELINE_NAME", ""),
    ])
}

/// The variables of the ref: a branch, a tag, or a detached HEAD.
fn reference(git: &GitFacts, facts: &PipelineFacts<'_>) -> Vec<Definition> {
    let tag = git.tag.as_ref().filter(|_| git.branch.is_none());
    let name = git.branch.as_deref().or(tag.map(|tag| &*tag.name)).unwrap_or(DETACHED);
    let is_default = git.branch.is_some() && git.branch == git.default_branch;
    let protected = is_default && facts.merge_request.is_none();
    let mut variables = list(&[
        ("CI_COMMIT_REF_NAME", name),
        ("CI_COMMIT_REF_SLUG", &slug(name)),
        ("CI_COMMIT_REF_PROTECTED", if protected { "true" } else { "false" }),
    ]);
    if let Some(request) = facts.merge_request {
        // Such a pipeline belongs to no branch.
        variables.extend(merge_request(request, name, facts.project, git));
        return variables;
    }
    variables.extend(git.branch.as_ref().map(|branch| Definition::new("CI_COMMIT_BRANCH", branch)));
    if let Some(tag) = tag {
        variables.extend(list(&[("CI_COMMIT_TAG", &tag.name), ("CI_COMMIT_TAG_MESSAGE", &tag.message)]));
    }
    variables
}

fn commit(commit: &Commit) -> Vec<Definition> {
    let message = cut(&commit.message);
    let title = message.split(['\r', '\n']).next().unwrap_or_default();
    let description = if title.chars().count() >= TITLE_CHARACTERS {
        message
    } else {
        let rest = message.split_once('\n').map_or("", |(_, rest)| rest);
        rest.strip_suffix('\n').unwrap_or(rest)
    };
    let before = commit.parent.clone().unwrap_or_else(|| "0".repeat(commit.sha.len()));
    let truncated = if message.len() < commit.message.len() { "true" } else { "false" };
    list(&[
        ("CI_COMMIT_SHA", &commit.sha),
        ("CI_COMMIT_SHORT_SHA", commit.sha.get(..SHORT_SHA_CHARACTERS).unwrap_or(&commit.sha)),
        ("CI_COMMIT_BEFORE_SHA", &before),
        ("CI_COMMIT_MESSAGE", message),
        ("CI_COMMIT_MESSAGE_IS_TRUNCATED", truncated),
        ("CI_COMMIT_TITLE", title),
        ("CI_COMMIT_DESCRIPTION", description),
        ("CI_COMMIT_TIMESTAMP", &commit.timestamp),
        ("CI_COMMIT_AUTHOR", &commit.author),
    ])
}

/// Cuts the message to GitLab's limit, at the end of a character.
fn cut(message: &str) -> &str {
    let mut end = message.len().min(MESSAGE_BYTES_MAX);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    &message[..end]
}

/// Formats a time as `2024-01-01T00:00:00Z`.
fn iso_8601(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests;

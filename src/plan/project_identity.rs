//! What tells apart the projects, and the runners, that share nothing: kept volumes, caches and slots.

use std::path::Path;

use crate::git::facts::GitFacts;
use crate::runner_config::RunnerConfig;
use crate::vars::project::Project;

/// The identity of the project at `root`. Clones of a project, used with one runner, have the same. It contains the
/// runner's token.
pub fn project_identity(config: &RunnerConfig, git: Option<&GitFacts>, root: &Path) -> String {
    identity(config, &project_name(git, root))
}

/// The project's address; without a remote repository, its folder.
pub(super) fn project_name(git: Option<&GitFacts>, root: &Path) -> String {
    match git.and_then(|git| git.origin.as_ref()) {
        Some(origin) => Project::new(Some(origin), root).url(),
        None => root.display().to_string(),
    }
}

/// The identity of a project with this address or folder.
pub(super) fn identity(config: &RunnerConfig, project: &str) -> String {
    let token = config.runner.token.as_ref().map(|token| token.expose()).unwrap_or_default();
    format!("{token}-runner-lite-{project}")
}

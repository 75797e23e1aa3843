//! `CI_MERGE_REQUEST_*` and what else is different in the pipeline of a merge request.
//!
//! There is no merge request: its number is 1, both branches belong to this project, and what only GitLab knows, such as
//! labels and assignees, is absent.

use super::event::MergeRequest;
use super::expand::Definition;
use super::project::Project;
use crate::git::facts::GitFacts;

/// The variables of a pipeline for a merge request of the branch `source`.
pub(super) fn merge_request(
    request: &MergeRequest,
    source: &str,
    project: &Project,
    git: &GitFacts,
) -> Vec<Definition> {
    let is_protected =
        |branch: &str| if git.default_branch.as_deref() == Some(branch) { "true" } else { "false" };
    let title = git.commit.as_ref().and_then(|commit| commit.message.lines().next()).unwrap_or_default();
    let url = project.url();
    let fixed: [(&str, &str); 23] = [
        ("CI_MERGE_REQUEST_ID", "1"),
        ("CI_MERGE_REQUEST_IID", "1"),
        ("CI_MERGE_REQUEST_REF_PATH", "refs/merge-requests/1/head"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
        ("CI_MERGE_REQUEST_PROJECT_PATH", &project.path),
        ("CI_MERGE_REQUEST_PROJECT_URL", &url),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", &request.target),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED", is_protected(&request.target)),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", ""),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "1"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", &project.path),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_URL", &url),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", source),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED", is_protected(source)),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", ""),
        ("CI_MERGE_REQUEST_TITLE", title),
        ("CI_MERGE_REQUEST_DESCRIPTION", ""),
        ("CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED", "false"),
        ("CI_MERGE_REQUEST_DRAFT", "false"),
        ("CI_MERGE_REQUEST_SQUASH_ON_MERGE", "false"),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "detached"),
        ("CI_MERGE_REQUEST_DIFF_ID", "1"),
        ("CI_OPEN_MERGE_REQUESTS", &format!("{}!1", project.path)),
    ];
    let mut variables: Vec<Definition> =
        fixed.iter().map(|(key, value)| Definition::new(*key, *value)).collect();
    let base = request.diff_base.as_ref();
    variables.extend(base.map(|sha| Definition::new("CI_MERGE_REQUEST_DIFF_BASE_SHA", sha)));
    variables
}

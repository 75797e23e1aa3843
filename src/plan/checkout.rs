//! How the repository is checked out in a job.

/// How the repository is checked out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkout {
    /// What HEAD is in the job; `None` without a commit.
    pub head: Option<DetachedHead>,
    /// The submodules whose files the job gets.
    pub submodules: Submodules,
}

/// The submodules whose files a job gets (`GIT_SUBMODULE_STRATEGY`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Submodules {
    /// `none`, GitLab Runner's default: their folders are empty.
    #[default]
    None,
    /// `normal`: those of the project, but none of theirs.
    Direct,
    /// `recursive`: all of them.
    Recursive,
}

/// HEAD of the repository in a job: as GitLab Runner leaves it, it is a commit, and no branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetachedHead {
    /// The full hash of the commit.
    pub commit: String,
    /// The branch of origin that is this commit; `None` for a tag.
    pub branch: Option<String>,
}

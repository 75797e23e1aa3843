//! How the repository is checked out in a job.

pub use crate::git::facts::RepositoryFolders;

/// How the repository is checked out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkout {
    /// What HEAD is in the job; `None` without a commit.
    pub head: Option<DetachedHead>,
    /// The submodules whose files the job gets.
    pub submodules: Submodules,
    /// Which files of the project the job gets.
    pub files: SourceFiles,
    /// Who can write the files.
    pub umask: Umask,
    /// The address of the remote `origin`, unless the repository has one.
    pub origin: Option<String>,
    /// The folders of the repository, if it is not the folder `.git`.
    pub repository: Option<RepositoryFolders>,
}

/// The umask with which the files are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Umask {
    /// 0000: all users can write them, and they belong to root.
    #[default]
    Zero,
    /// 0022, with `FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR`: their owner can write them, who is the job's user.
    Usual,
}

/// Which files of a project a job gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SourceFiles {
    /// Those of the working tree, with changes that are not committed.
    #[default]
    WithChanges,
    /// Those of the commit (`--committed`).
    Committed,
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

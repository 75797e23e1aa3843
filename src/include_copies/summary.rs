//! What `include fetch` has done or found, as data.

use crate::pipeline::include::{ForeignInclude, ForeignProject};

/// The files of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedProject {
    pub project: ForeignProject,
    pub status: CopyStatus,
    /// The ref that the version names, such as `refs/tags/1.2.3`.
    pub resolved: Option<String>,
    /// The commit of the copies.
    pub commit: Option<String>,
    /// The newest commit, if it is another one and was looked for.
    pub newest: Option<String>,
    /// The files that were written, or that are missing.
    pub files: Vec<String>,
}

/// The state of a project's copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyStatus {
    /// Files were missing and have been fetched.
    Fetched,
    /// The files of a newer commit have replaced those of the locked one.
    Updated,
    /// Nothing had to be fetched.
    Unchanged,
    /// The user has put the files there: the lock file does not know them.
    Placed,
    /// The version names another commit than the locked one.
    Newer,
    /// There are no copies.
    Missing,
}

/// A file that no repository has, and of which there is no copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfetchedFile {
    /// The include as it is written.
    pub location: String,
    /// The address from which the user can get it.
    pub url: String,
    /// The path in the folder of copies.
    pub copy: String,
}

/// What `include fetch` answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopySummary {
    pub projects: Vec<CopiedProject>,
    pub unfetched: Vec<UnfetchedFile>,
}

impl CopyStatus {
    /// The word in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Placed => "placed by you",
            Self::Newer => "newer",
            Self::Missing => "missing",
        }
    }
}

impl CopySummary {
    /// Whether there is something to fetch.
    pub fn is_outdated(&self) -> bool {
        let is_old =
            |project: &CopiedProject| matches!(project.status, CopyStatus::Newer | CopyStatus::Missing);
        self.projects.iter().any(is_old)
    }
}

impl UnfetchedFile {
    /// The file of an include that no repository has; `None` for one that is fetched.
    pub fn of(include: &ForeignInclude) -> Option<Self> {
        match include {
            ForeignInclude::File { .. } => None,
            ForeignInclude::Remote { url, copy } => {
                Some(Self { location: format!("remote: {url}"), url: url.clone(), copy: copy.clone() })
            }
            ForeignInclude::Template { name, copy } => Some(Self {
                location: format!("template: {name}"),
                url: format!("{TEMPLATES}/{name}"),
                copy: copy.clone(),
            }),
        }
    }
}

/// Where GitLab's templates are, in their newest version.
const TEMPLATES: &str = "https://gitlab.com/gitlab-org/gitlab/-/raw/master/lib/gitlab/ci/templates";

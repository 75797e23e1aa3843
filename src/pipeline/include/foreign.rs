//! The files from elsewhere that a pipeline includes, for whoever makes copies of them.

/// A project from which files are included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForeignProject {
    /// The host that a component's address begins with; `None` for `include:project`, which names none.
    pub host: Option<String>,
    /// `group/project`, as it is written.
    pub path: String,
    pub version: ForeignVersion,
}

/// The version of another project's files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ForeignVersion {
    /// HEAD of the default branch.
    DefaultBranch,
    /// `ref` of `include:project`, or what follows the `@` of a component.
    Ref(String),
}

/// A file from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ForeignInclude {
    /// A file of a project, at the first of these paths in it. There may be a copy already.
    File { project: ForeignProject, paths: Vec<String> },
    /// A file on a web server, of which there is no copy at the path `copy` in the folder of copies.
    Remote { url: String, copy: String },
    /// A template of GitLab's, of which there is no copy at the path `copy`.
    Template { name: String, copy: String },
}

impl ForeignProject {
    /// The path of the copy of its file at `path` in the folder of copies.
    pub fn copy_of(&self, path: &str) -> String {
        format!("{}/{path}", self.folder())
    }

    /// The path of its files in the folder of copies: `[host/]group/project[@ref]`.
    pub fn folder(&self) -> String {
        let host = self.host.as_ref().map(|host| format!("{host}/")).unwrap_or_default();
        match &self.version {
            ForeignVersion::DefaultBranch => format!("{host}{}", self.path),
            ForeignVersion::Ref(reference) => format!("{host}{}@{reference}", self.path),
        }
    }
}

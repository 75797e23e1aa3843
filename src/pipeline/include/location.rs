//! What an `include` names, and where a vendored copy of it would be.
//!
//! Below the folder of copies, a file of another project is at `group/project/path`, or with its `ref` at
//! `group/project@ref/path`; a remote one at `host/path`; a template at `templates/name`; a component at
//! `host/group/project@version/templates/name.yml`, or there in `name/template.yml`, as in its project.

use std::fmt;

/// What is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IncludeLocation {
    /// A file, or a pattern, of the project itself.
    Local(String),
    /// `http://` or `https://`.
    Remote(String),
    /// Files of another project.
    Project(OtherProjectFiles),
    /// One that comes with GitLab.
    Template(String),
    /// `host/group/project/name@version`.
    Component(String),
    /// One that another job makes.
    Artifact(String),
}

/// Files of another project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OtherProjectFiles {
    pub(super) path: String,
    pub(super) files: Vec<String>,
    pub(super) reference: Option<String>,
}

/// Where the files are that a file includes by `local`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LocalRoot {
    /// In the project itself.
    Project,
    /// In a project of which there are copies, in this folder.
    Vendored(String),
    /// Nowhere: the file belongs to no project.
    None,
}

/// A vendored file.
pub(super) struct VendoredFile {
    /// As messages call it.
    pub(super) name: String,
    /// Where it may be, the first one first.
    pub(super) paths: Vec<String>,
    pub(super) base: LocalRoot,
}

impl IncludeLocation {
    /// What a string stands for.
    pub(super) fn named(text: &str) -> Self {
        let is_url = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
        if is_url { Self::Remote(without_credentials(text)) } else { Self::Local(text.to_owned()) }
    }

    /// With the values of variables in place of their names; a local one may turn out to be remote.
    pub(super) fn expanded(&self, expand: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Local(text) => Self::named(&expand(text)),
            Self::Remote(text) => Self::Remote(without_credentials(&expand(text))),
            Self::Template(text) => Self::Template(expand(text)),
            Self::Component(text) => Self::Component(expand(text)),
            Self::Artifact(text) => Self::Artifact(expand(text)),
            Self::Project(project) => Self::Project(OtherProjectFiles {
                path: expand(&project.path),
                files: project.files.iter().map(|file| expand(file)).collect(),
                reference: project.reference.as_deref().map(expand),
            }),
        }
    }

    /// Where copies of its files would be; none for what cannot be copied.
    pub(super) fn copies(&self) -> Vec<VendoredFile> {
        match self {
            Self::Local(_) | Self::Artifact(_) => Vec::new(),
            Self::Remote(url) => {
                let path = url.split_once("://").map_or(&**url, |(_, rest)| rest);
                vec![VendoredFile { name: url.clone(), paths: vec![path.to_owned()], base: LocalRoot::None }]
            }
            Self::Template(name) => {
                let path = format!("templates/{name}");
                vec![VendoredFile { name: name.clone(), paths: vec![path], base: LocalRoot::None }]
            }
            Self::Project(project) => project.copies(),
            Self::Component(address) => component(address).into_iter().collect(),
        }
    }
}

impl OtherProjectFiles {
    fn copies(&self) -> Vec<VendoredFile> {
        let folder = self.path.trim_matches('/');
        let with_reference = self.reference.as_ref().map(|reference| format!("{folder}@{reference}"));
        let copy = |file: &String| {
            let file = file.trim_start_matches('/');
            let roots = with_reference.iter().map(String::as_str).chain([folder]);
            let base = with_reference.clone().unwrap_or_else(|| folder.to_owned());
            VendoredFile {
                name: format!("{folder}: {file}"),
                paths: roots.map(|root| format!("{root}/{file}")).collect(),
                base: LocalRoot::Vendored(base),
            }
        };
        self.files.iter().map(copy).collect()
    }
}

/// An address as it may be shown.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// A component's project, and its file in there.
fn component(address: &str) -> Option<VendoredFile> {
    let (path, version) = address.rsplit_once('@')?;
    let (project, name) = path.rsplit_once('/')?;
    let root = format!("{project}@{version}");
    let paths = vec![format!("{root}/templates/{name}.yml"), format!("{root}/templates/{name}/template.yml")];
    Some(VendoredFile { name: address.to_owned(), paths, base: LocalRoot::Vendored(root) })
}

impl fmt::Display for IncludeLocation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => write!(out, "local: {path}"),
            Self::Remote(url) => write!(out, "remote: {url}"),
            Self::Template(name) => write!(out, "template: {name}"),
            Self::Component(address) => write!(out, "component: {address}"),
            Self::Artifact(path) => write!(out, "artifact: {path}"),
            Self::Project(OtherProjectFiles { path, files, reference }) => {
                let reference =
                    reference.as_ref().map(|reference| format!("@{reference}")).unwrap_or_default();
                write!(out, "project: {path}{reference} ({})", files.join(", "))
            }
        }
    }
}

//! The locations that an `include` can name, and where their vendored copies are.
//!
//! Below the folder of vendored copies, a file of another project is at `group/project/path`, or with its `ref` at
//! `group/project@ref/path`; a remote file at `host/path`; a template at `templates/name`; a component at
//! `host/group/project@version/templates/name.yml`, or `name/template.yml` in the same folder, as in its project.

use std::fmt;

use super::foreign::{ForeignInclude, ForeignProject, ForeignVersion};
use crate::pipeline::inputs::ComponentContext;

/// The location that an entry names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IncludeLocation {
    /// A file of this project, or a pattern.
    Local(String),
    /// A URL with `http://` or `https://`.
    Remote(String),
    Project(OtherProjectFiles),
    /// A template that comes with GitLab.
    Template(String),
    /// `host/group/project/name@version`.
    Component(String),
    /// A file that another job creates.
    Artifact(String),
}

/// `project`, `file` and `ref` of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OtherProjectFiles {
    pub(super) path: String,
    pub(super) files: Vec<String>,
    pub(super) reference: Option<String>,
}

/// Where `include: local` of a file finds its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LocalRoot {
    /// In this project.
    Project,
    /// Among the copies of another project.
    Vendored(ForeignProject),
    /// Nowhere: the file does not belong to a project.
    None,
}

/// A file that can be read from the folder of vendored copies.
pub(super) struct VendoredFile {
    /// The name in messages.
    pub(super) name: String,
    /// The paths where the copy may be, in order of preference.
    pub(super) paths: Vec<String>,
    pub(super) base: LocalRoot,
    pub(super) component: Option<ComponentContext>,
}

impl VendoredFile {
    /// The file for whoever makes copies; `None` for a remote file or a template of which there is a copy.
    pub(super) fn foreign_include(
        &self,
        location: &IncludeLocation,
        missing: bool,
    ) -> Option<ForeignInclude> {
        match (location, &self.base) {
            (_, LocalRoot::Vendored(project)) => {
                let folder = format!("{}/", project.folder());
                let paths = self.paths.iter().filter_map(|path| path.strip_prefix(&folder));
                let paths = paths.map(str::to_owned).collect();
                Some(ForeignInclude::File { project: project.clone(), paths })
            }
            (IncludeLocation::Remote(url), _) if missing => {
                Some(ForeignInclude::Remote { url: url.clone(), copy: self.paths.first()?.clone() })
            }
            (IncludeLocation::Template(name), _) if missing => {
                Some(ForeignInclude::Template { name: name.clone(), copy: self.paths.first()?.clone() })
            }
            _ => None,
        }
    }
}

impl IncludeLocation {
    /// The location that a string names.
    pub(super) fn parse(text: &str) -> Self {
        let is_url = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
        if is_url { Self::Remote(without_credentials(text)) } else { Self::Local(text.to_owned()) }
    }

    /// Expands the variables in the location. A local path may turn out to be a URL.
    pub(super) fn expand_variables(&self, expand: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Local(text) => Self::parse(&expand(text)),
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

    /// The vendored copies of its files; empty if the location cannot be vendored.
    pub(super) fn vendored_files(&self) -> Vec<VendoredFile> {
        match self {
            Self::Local(_) | Self::Artifact(_) => Vec::new(),
            Self::Remote(url) => {
                let path = url.split_once("://").map_or(&**url, |(_, rest)| rest);
                vec![VendoredFile {
                    name: url.clone(),
                    paths: vec![path.to_owned()],
                    base: LocalRoot::None,
                    component: None,
                }]
            }
            Self::Template(name) => {
                let path = format!("templates/{name}");
                vec![VendoredFile {
                    name: name.clone(),
                    paths: vec![path],
                    base: LocalRoot::None,
                    component: None,
                }]
            }
            Self::Project(project) => project.vendored_files(),
            Self::Component(address) => vendored_component(address).into_iter().collect(),
        }
    }
}

impl OtherProjectFiles {
    fn vendored_files(&self) -> Vec<VendoredFile> {
        let folder = self.path.trim_matches('/');
        let version = self.reference.clone().map_or(ForeignVersion::DefaultBranch, ForeignVersion::Ref);
        let project = ForeignProject { host: None, path: folder.to_owned(), version };
        let with_reference = self.reference.as_ref().map(|_| project.folder());
        let copy = |file: &String| {
            let file = file.trim_start_matches('/');
            let roots = with_reference.iter().map(String::as_str).chain([folder]);
            VendoredFile {
                name: format!("{folder}: {file}"),
                paths: roots.map(|root| format!("{root}/{file}")).collect(),
                base: LocalRoot::Vendored(project.clone()),
                component: None,
            }
        };
        self.files.iter().map(copy).collect()
    }
}

/// The URL without a user and password, for messages.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// The copy of a component: the folder of its project, and the file in it.
fn vendored_component(address: &str) -> Option<VendoredFile> {
    let (path, version) = address.rsplit_once('@')?;
    let (project, name) = path.rsplit_once('/')?;
    let (host, path) = project.split_once('/').unwrap_or((project, ""));
    let project = ForeignProject {
        host: Some(host.to_owned()),
        path: path.to_owned(),
        version: ForeignVersion::Ref(version.to_owned()),
    };
    let root = project.folder();
    let paths = vec![format!("{root}/templates/{name}.yml"), format!("{root}/templates/{name}/template.yml")];
    let component = ComponentContext { name: name.to_owned(), reference: version.to_owned(), sha: None };
    let component = Some(component);
    Some(VendoredFile { name: address.to_owned(), paths, base: LocalRoot::Vendored(project), component })
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

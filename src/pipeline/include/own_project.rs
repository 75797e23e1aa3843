//! Files of this project that are included as if it were another one: `project:` with its path, and its components.

use super::load_context::{LoadContext, UnreadableFile};
use super::location::{IncludeLocation, OtherProjectFiles};
use crate::pipeline::inputs::ComponentContext;

/// The variables whose values name the commit of the working tree.
const REFERENCES: [&str; 5] =
    ["CI_COMMIT_SHA", "CI_COMMIT_SHORT_SHA", "CI_COMMIT_REF_NAME", "CI_COMMIT_BRANCH", "CI_COMMIT_TAG"];

/// An include of files of this project.
pub(super) struct OwnInclude {
    pub(super) files: Vec<OwnFile>,
    /// `ref`, or what follows the `@` of a component.
    pub(super) reference: Option<String>,
}

/// A file of this project.
pub(super) struct OwnFile {
    /// The path from the project's root; `None` if there is no such file.
    pub(super) path: Option<String>,
    /// The name in messages.
    pub(super) name: String,
    /// GitLab's message if there is no such file.
    pub(super) missing: String,
    pub(super) component: Option<ComponentContext>,
}

impl OwnInclude {
    /// The files of this project that a location names; `None` if it is about other files.
    pub(super) fn find(location: &IncludeLocation, context: &dyn LoadContext) -> Option<Self> {
        match location {
            IncludeLocation::Project(project) => Self::of_project(project, context),
            IncludeLocation::Component(address) => Self::of_component(address, context),
            _ => None,
        }
    }

    /// Whether the reference names something else than the commit of the working tree.
    pub(super) fn is_of_another_commit(&self, context: &dyn LoadContext) -> bool {
        let Some(reference) = self.reference.as_deref() else { return false };
        reference != "HEAD" && !REFERENCES.iter().any(|name| context.variable(name) == Some(reference))
    }

    fn of_project(project: &OtherProjectFiles, context: &dyn LoadContext) -> Option<Self> {
        let path = project.path.trim_matches('/');
        if context.variable("CI_PROJECT_PATH") != Some(path) {
            return None;
        }
        let file = |name: &String| {
            let name = name.trim_start_matches('/');
            OwnFile {
                path: first_of(&[name.to_owned()], context),
                name: name.to_owned(),
                missing: format!("Project `{path}` file `{name}` does not exist!"),
                component: None,
            }
        };
        let files = project.files.iter().map(file).collect();
        Some(Self { files, reference: project.reference.clone() })
    }

    fn of_component(address: &str, context: &dyn LoadContext) -> Option<Self> {
        let (path, reference) = address.rsplit_once('@')?;
        let (project, name) = path.rsplit_once('/')?;
        let own = format!("{}/{}", context.variable("CI_SERVER_FQDN")?, context.variable("CI_PROJECT_PATH")?);
        if project != own {
            return None;
        }
        let places = [format!("templates/{name}.yml"), format!("templates/{name}/template.yml")];
        let component = ComponentContext {
            name: name.to_owned(),
            reference: reference.to_owned(),
            sha: context.variable("CI_COMMIT_SHA").map(str::to_owned),
        };
        let path = first_of(&places, context);
        let file = OwnFile {
            name: path.clone().unwrap_or_else(|| address.to_owned()),
            path,
            missing: format!("Component '{address}' - content not found"),
            component: Some(component),
        };
        Some(Self { files: vec![file], reference: Some(reference.to_owned()) })
    }
}

/// The first of the paths at which the project has a file.
fn first_of(paths: &[String], context: &dyn LoadContext) -> Option<String> {
    let is_there = |path: &&String| !matches!(context.read_file(path), Err(UnreadableFile::Missing));
    paths.iter().find(is_there).cloned()
}

#[cfg(test)]
mod tests;

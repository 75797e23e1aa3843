//! Where checked files lie, and their paths in documents for other programs.

use std::path::{Path, PathBuf};

use crate::percent_encoding::encode;
use crate::source::map::FilePlace;

/// Where the files of a checked project lie on this machine. All paths are absolute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckedFolders {
    /// The pipeline file.
    pub file: PathBuf,
    /// The root of its project.
    pub root: PathBuf,
    /// The folder of `--include-dir`.
    pub copies: Option<PathBuf>,
}

/// The path of a file in a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum ArtifactPath {
    /// From the root of the project, without `./`.
    InProject(String),
    /// The absolute path of a file outside of the project.
    Elsewhere(String),
}

impl CheckedFolders {
    /// The path of a file from `root`, the root of the document's project.
    pub(super) fn path_of(&self, place: &FilePlace, root: &Path) -> ArtifactPath {
        let path = match place {
            FilePlace::Main => self.file.clone(),
            FilePlace::Project(path) => self.root.join(path),
            FilePlace::Copies(path) => self.copies.as_ref().unwrap_or(&self.root).join(path),
        };
        match path.strip_prefix(root) {
            Ok(inside) => ArtifactPath::InProject(inside.to_string_lossy().into_owned()),
            Err(_) => ArtifactPath::Elsewhere(path.to_string_lossy().into_owned()),
        }
    }
}

impl ArtifactPath {
    /// The path as text.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::InProject(path) | Self::Elsewhere(path) => path,
        }
    }
}

/// The URI of an absolute path of a file.
pub(super) fn file_uri(path: &str) -> String {
    format!("file://{}", relative_uri(path))
}

/// The URI of a path from a base.
pub(super) fn relative_uri(path: &str) -> String {
    let segment = |segment: &str| {
        let mut encoded = String::new();
        encode(&mut encoded, segment);
        encoded
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_at_the_root_of_the_project_or_is_absolute() {
        let folders = CheckedFolders {
            file: "/home/user/shop/.gitlab-ci.yml".into(),
            root: "/home/user/shop".into(),
            copies: Some("/opt/copies".into()),
        };
        let path = |place: FilePlace| folders.path_of(&place, Path::new("/home/user/shop"));
        let inside = |path: &str| ArtifactPath::InProject(path.to_owned());
        assert_eq!(path(FilePlace::Main), inside(".gitlab-ci.yml"));
        assert_eq!(path(FilePlace::Project("ci/base.yml".to_owned())), inside("ci/base.yml"));
        let copy = path(FilePlace::Copies("g/p/a.yml".to_owned()));
        assert_eq!(copy, ArtifactPath::Elsewhere("/opt/copies/g/p/a.yml".to_owned()));
    }

    #[test]
    fn uris_escape_what_is_no_part_of_a_path() {
        assert_eq!(relative_uri("ci/a b:c%.yml"), "ci/a%20b%3Ac%25.yml");
        assert_eq!(file_uri("/w/ä/"), "file:///w/%C3%A4/");
    }
}

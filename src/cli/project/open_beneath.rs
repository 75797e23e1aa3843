//! Opens files that the project names, which must lie in the project itself.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::linux::root_folder::{BeneathError, RootFolder};
use crate::pipeline::include::UnreadableFile;

/// The project in a message about a link that leads out of it.
pub(super) const PROJECT: &str = "the project";

/// Opens the regular file at `path` in the folder `root`, which messages call `place`.
///
/// A repository may have symbolic links to its own files, so these are followed. A link that leads out would bring files
/// of this machine into a job's container, or into a message.
pub(super) fn open_beneath(root: &Path, path: &Path, place: &str) -> Result<File, UnreadableFile> {
    open_in(RootFolder::open(root), path, place)
}

/// The same in a folder that was to be opened.
pub(super) fn open_in(
    root: io::Result<RootFolder>,
    path: &Path,
    place: &str,
) -> Result<File, UnreadableFile> {
    let opened = root.map_err(BeneathError::from).and_then(|root| root.open_file(path));
    opened.map_err(|error| match error {
        error if error.is_missing() => UnreadableFile::Missing,
        BeneathError::LinkOut { .. } => {
            UnreadableFile::Refused(format!("{error}, which leads out of {place}"))
        }
        error => UnreadableFile::Refused(error.to_string()),
    })
}

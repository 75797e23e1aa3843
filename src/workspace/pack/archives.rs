//! Archives of the store as further parts of the stream: caches, and artifacts of other jobs.

use std::io::Read;
use std::path::Path;

use super::{Packer, entry};
use crate::store::{ArchiveEntry, ArchiveEntryKind, StoredArchive};
use crate::workspace::WorkspaceError;

impl Packer {
    /// Packs the entries of an archive, with their own owners, modes and times. Folders that the archive does not contain
    /// are writable for all users, as GitLab Runner makes them.
    pub(super) fn archive(&mut self, archive: &StoredArchive) -> Result<(), WorkspaceError> {
        archive.for_each(|entry, content| self.archived(archive, entry, content))
    }

    fn archived(
        &mut self,
        archive: &StoredArchive,
        archived: &ArchiveEntry,
        content: &mut dyn Read,
    ) -> Result<(), WorkspaceError> {
        let project_dir = self.project_dir.clone();
        let inside = match archived.path == Path::new(".") {
            true => project_dir.clone(),
            false => project_dir.join(&archived.path),
        };
        let is_folder = archived.kind == ArchiveEntryKind::Folder;
        if !is_folder && self.has_written(&inside) {
            let (archive, path) = (archive.path().to_owned(), archived.path.clone());
            return Err(WorkspaceError::InTheWay { archive, path });
        }
        self.parents_of(&inside)?;
        let appended = archived.append_to(&mut self.tar, entry(&self.base, &project_dir), content);
        appended.map_err(|source| WorkspaceError::Pack { path: inside.clone(), source })?;
        if is_folder && let Some(written) = &mut self.written {
            written.insert(inside);
        }
        Ok(())
    }

    /// Packs those folders above `inside` that have no entry yet.
    fn parents_of(&mut self, inside: &Path) -> Result<(), WorkspaceError> {
        let above = inside.ancestors().skip(1).filter(|path| path.starts_with(&self.project_dir));
        let mut missing: Vec<&Path> = above.take_while(|path| !self.has_written(path)).collect();
        missing.reverse();
        missing.into_iter().try_for_each(|path| self.directory_alone(path))
    }

    fn has_written(&self, path: &Path) -> bool {
        self.written.as_ref().is_some_and(|written| written.contains(path))
    }
}

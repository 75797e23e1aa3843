//! Archives of the store as further parts of the stream: caches, and artifacts of other jobs.

use std::io::{self, Read, Write};
use std::path::Path;

use super::packer::{Packer, entry};
use crate::error_chain::chain;
use crate::store::{ArchiveEntry, ArchiveEntryKind, StoredArchive};
use crate::workspace::WorkspaceError;

/// An archive that is packed after the sources.
#[derive(Debug, Clone)]
pub struct GivenArchive {
    pub archive: StoredArchive,
    pub origin: ArchiveOrigin,
}

/// Where an archive comes from. That decides what follows if some of it cannot be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveOrigin {
    /// The rest of a cache is left out: GitLab Runner's job goes on without it.
    Cache,
    /// The artifacts of the job with this name are needed: nothing is delivered.
    Job(String),
}

/// A cache that could not be packed to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenCache {
    /// Which one it is of the archives, beginning with 0.
    pub index: usize,
    /// Why.
    pub error: String,
}

impl<W: Write> Packer<W> {
    /// Packs the entries of an archive, with their own owners, modes and times. Folders that the archive does not contain
    /// are writable for all users, as GitLab Runner makes them.
    pub(super) fn archive(&mut self, index: usize, given: &GivenArchive) -> Result<(), WorkspaceError> {
        let GivenArchive { archive, origin } = given;
        let packed = archive.for_each(|entry, content| self.archived(archive.path(), entry, content));
        match (packed, origin) {
            (Ok(()), _) => Ok(()),
            // The stream is at its end for all archives.
            (Err(error @ WorkspaceError::Pack { .. }), _) => Err(error),
            (Err(error), ArchiveOrigin::Cache) => {
                self.summary.broken_caches.push(BrokenCache { index, error: chain(&error) });
                Ok(())
            }
            (Err(error), ArchiveOrigin::Job(job)) => Err(error.of_artifacts(job)),
        }
    }

    fn archived(
        &mut self,
        archive: &Path,
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
            let (path, folder) = (archived.path.clone(), Path::new("/").join(inside));
            return Err(WorkspaceError::InTheWay { path, folder });
        }
        self.parents_of(&inside)?;
        let mut content = FilledContent { content, error: None };
        let mut archived = archived.clone();
        archived.uid = self.owner.unwrap_or(archived.uid);
        let appended = archived.append_to(&mut self.tar, entry(&self.base, &project_dir), &mut content);
        appended.map_err(|source| WorkspaceError::Pack { path: inside.clone(), source })?;
        if let Some(source) = content.error {
            return Err(WorkspaceError::Read { path: archive.to_owned(), source });
        }
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

/// The content of a file whose header is in the stream already: zeros stand for what cannot be read of it, so that other
/// entries can follow.
struct FilledContent<'a> {
    content: &'a mut dyn Read,
    /// Why there are zeros.
    error: Option<io::Error>,
}

impl Read for FilledContent<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.error.is_none() {
            match self.content.read(buffer) {
                // Nobody reads beyond the size in the header.
                Ok(0) => self.error = Some(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() != io::ErrorKind::Interrupted => self.error = Some(error),
                read => return read,
            }
        }
        buffer.fill(0);
        Ok(buffer.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_that_cannot_be_read_to_its_end_is_filled_with_zeros() {
        let failing = (&b"ab"[..]).chain(DeniedReader);
        for (mut content, kind) in [
            (Box::new(&b"ab"[..]) as Box<dyn Read>, io::ErrorKind::UnexpectedEof),
            (Box::new(failing), io::ErrorKind::PermissionDenied),
        ] {
            let mut filled = FilledContent { content: &mut content, error: None };
            let mut read = [7; 5];
            filled.read_exact(&mut read).unwrap();
            assert_eq!((read, filled.error.map(|error| error.kind())), (*b"ab\0\0\0", Some(kind)));
        }
    }

    struct DeniedReader;

    impl Read for DeniedReader {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
}

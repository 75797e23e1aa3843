//! Writes the entries of the archive, one after the other.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tar::{Builder, EntryType, Header};

use super::lfs_pointer::is_lfs_pointer;
use super::piece_writer::PieceWriter;
use super::working_tree::PackedTree;
use super::{FileReader, PackProgress, SkipReason, SkippedPath, Summary};
use crate::collect::request::delivered_hash;
use crate::plan::job_plan::{Checkout, SourceFiles, VariableFile};
use crate::workspace::WorkspaceError;
use crate::workspace::list::{Listing, Method};
use crate::workspace::progress::CountedFile;
use crate::workspace::project_files::{ProjectEntry, ProjectFiles};

/// GitLab Runner checks out as root with umask 0000, so that the image's user can write.
const MODE_FILE: u32 = 0o666;
const MODE_EXECUTABLE: u32 = 0o777;
pub(super) const MODE_DIRECTORY: u32 = 0o777;

/// What other users than the owner may not do with `FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR`.
const UMASK: u32 = 0o022;

/// The mode of a file that only its owner reads.
const MODE_PRIVATE: u32 = 0o600;

/// How many skipped paths are named.
const SKIPPED_MAX: usize = 10;

/// Writes the entries of an archive.
pub(super) struct Packer<W: Write> {
    pub(super) tar: Builder<W>,
    pub(super) base: PathBuf,
    pub(super) project_dir: PathBuf,
    /// The folder whose entry was written last, after those of its parents.
    last_directory: PathBuf,
    pub(super) progress: Arc<PackProgress>,
    /// The time of folders that the project does not contain, in seconds since 1970.
    pub(super) modified: u64,
    /// Who alone can write what is packed; `None` for all users.
    pub(super) owner: Option<u64>,
    /// All folders that have an entry, if archives follow.
    pub(super) written: Option<HashSet<PathBuf>>,
    pub(super) summary: Summary,
}

impl Packer<PieceWriter> {
    pub(super) fn run(
        mut self,
        write_entries: impl FnOnce(&mut Self) -> Result<(), WorkspaceError>,
    ) -> Result<Summary, WorkspaceError> {
        let result = write_entries(&mut self);
        let broken = result.as_ref().err().map(|error| io::Error::other(error.to_string()));
        // The end of the archive must not be written after an error.
        match broken {
            None => {
                let ended = self.into_parts().and_then(|(mut pieces, summary)| {
                    pieces.flush()?;
                    Ok(summary)
                });
                ended.map_err(|source| WorkspaceError::Pack { path: PathBuf::from("/"), source })
            }
            Some(error) => {
                // The engine must get a broken request, not a short archive.
                let _ = self.tar.get_ref().sender.blocking_send(Err(error));
                result.map(|()| self.summary)
            }
        }
    }
}

impl<W: Write> Packer<W> {
    /// Writes to `output` an archive whose paths are relative to `base`; the project's files are below `project_dir`.
    pub(super) fn new(output: W, base: &Path, project_dir: &Path, progress: Arc<PackProgress>) -> Self {
        Self {
            tar: Builder::new(output),
            base: base.to_owned(),
            project_dir: project_dir.to_owned(),
            last_directory: PathBuf::new(),
            progress,
            modified: 0,
            owner: None,
            written: None,
            summary: Summary::default(),
        }
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// The end cannot be written.
    pub(super) fn into_parts(self) -> io::Result<(W, Summary)> {
        Ok((self.tar.into_inner()?, self.summary))
    }

    /// Packs the folders, and the files that are variables.
    pub(super) fn folders(
        &mut self,
        files: &[VariableFile],
        reader: FileReader,
    ) -> Result<(), WorkspaceError> {
        let project_dir = self.project_dir.clone();
        let mut temporary = project_dir.clone().into_os_string();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        self.directory(&temporary)?;
        for file in files {
            self.text_file(&temporary.join(&file.key), reader, file.content.expose())?;
        }
        // The project's folder comes last, because the sources follow.
        self.directory(&project_dir)
    }

    /// Packs the files of the project at `root`.
    pub(super) fn working_tree(&mut self, root: &Path, checkout: &Checkout) -> Result<(), WorkspaceError> {
        let mut tree = PackedTree::open(root, checkout)?;
        let listing = Listing::new(root, checkout.repository.as_ref())?;
        self.summary.method = Some(match (listing.method(), checkout.files) {
            (Method::Git, SourceFiles::Committed) => Method::Commit,
            (method, _) => method,
        });
        self.listed(listing, Path::new(""), 0, &mut tree)?;
        let PackedTree { files, replaced, .. } = &mut tree;
        replaced.new_files().try_for_each(|(path, content)| self.repository_file(files, path, content))
    }

    /// Packs the listed files of the repository at `folder`, which lies below `level` others.
    fn listed(
        &mut self,
        listing: Listing,
        folder: &Path,
        level: usize,
        tree: &mut PackedTree,
    ) -> Result<(), WorkspaceError> {
        // Without git, the listing has the files of submodules already.
        let modules = match listing.method() {
            Method::Git | Method::Commit => tree.submodules(folder, level)?,
            Method::Everything => Default::default(),
        };
        for path in listing {
            let path = folder.join(path?);
            if tree.replaced.leaves_out(&path) {
                continue;
            }
            if let Some(content) = tree.replaced.content(&path) {
                self.repository_file(&mut tree.files, &path, content)?;
                self.count(&path);
                continue;
            }
            let on_host = tree.root.join(&path);
            let entry = match tree.files.entry(&path) {
                Ok(entry) => entry,
                Err(source) => return Err(WorkspaceError::Read { path: on_host, source }),
            };
            let is_submodule = matches!(entry, ProjectEntry::Directory) && modules.contains(&path);
            self.entry(entry, &mut tree.files, &path, &on_host)?;
            if is_submodule && !tree.files.contains(&path.join(".git")) {
                self.skip(&path, SkipReason::EmptySubmodule);
            } else if is_submodule {
                let listing = Listing::without_repository(&on_host)?;
                match listing.method() {
                    Method::Git | Method::Commit => {
                        self.listed(listing, &path, level.saturating_add(1), tree)?
                    }
                    // Its repository is gone, so that nothing tells its files from those that git ignores.
                    Method::Everything => self.skip(&path, SkipReason::EmptySubmodule),
                }
            }
        }
        Ok(())
    }

    /// Packs a file of the repository with this content.
    fn repository_file(
        &mut self,
        files: &mut ProjectFiles,
        path: &Path,
        content: &str,
    ) -> Result<(), WorkspaceError> {
        self.project_parent_of(path, files)?;
        self.text_file(&self.project_dir.join(path), FileReader::Unknown, content)
    }

    pub(super) fn text_file(
        &mut self,
        inside: &Path,
        reader: FileReader,
        content: &str,
    ) -> Result<(), WorkspaceError> {
        let (mode, user) = match reader {
            FileReader::Unknown => (MODE_FILE, 0),
            FileReader::User(user) => (MODE_PRIVATE, user),
        };
        let mut header = header(EntryType::Regular, mode, content.len() as u64, self.modified);
        header.set_uid(user);
        self.content(&mut header, inside, content.as_bytes())
    }

    /// Gives an entry to the owner, and takes the right to write it from all others.
    fn own(&self, header: &mut Header) {
        if let (Some(owner), Ok(mode)) = (self.owner, header.mode()) {
            header.set_uid(owner);
            header.set_mode(mode & !UMASK);
        }
    }

    /// Packs a file with this header.
    pub(super) fn content(
        &mut self,
        header: &mut Header,
        inside: &Path,
        content: impl Read,
    ) -> Result<(), WorkspaceError> {
        self.own(header);
        let result = self.tar.append_data(header, entry(&self.base, inside), content);
        result.map_err(|source| WorkspaceError::Pack { path: inside.to_owned(), source })
    }

    /// Packs a symbolic link with this header.
    pub(super) fn link(
        &mut self,
        header: &mut Header,
        inside: &Path,
        target: &Path,
    ) -> Result<(), WorkspaceError> {
        self.own(header);
        let result = self.tar.append_link(header, entry(&self.base, inside), target);
        result.map_err(|source| WorkspaceError::Pack { path: inside.to_owned(), source })
    }

    fn entry(
        &mut self,
        entry: ProjectEntry,
        files: &mut ProjectFiles,
        path: &Path,
        on_host: &Path,
    ) -> Result<(), WorkspaceError> {
        let inside = self.project_dir.join(path);
        match entry {
            ProjectEntry::Missing => return Ok(()),
            ProjectEntry::Directory => return self.project_directory(path, files),
            ProjectEntry::Special => {
                self.skip(path, SkipReason::Special);
                return Ok(());
            }
            ProjectEntry::Changed => {
                self.skip(path, SkipReason::Changed);
                return Ok(());
            }
            ProjectEntry::Link { target, modified } => {
                self.project_parent_of(path, files)?;
                let mut header = header(EntryType::Symlink, MODE_EXECUTABLE, 0, tar_time(modified));
                self.link(&mut header, &inside, &target)?;
            }
            ProjectEntry::File(file) => {
                if is_lfs_pointer(&file) {
                    self.skip(path, SkipReason::LfsPointer);
                }
                self.project_parent_of(path, files)?;
                self.file(file, on_host, &inside)?;
            }
        }
        self.count(path);
        Ok(())
    }

    fn count(&mut self, path: &Path) {
        if let Some(hashes) = &mut self.summary.name_hashes {
            hashes.push(delivered_hash(path.as_os_str().as_bytes()));
        }
        self.summary.files = self.summary.files.saturating_add(1);
        self.progress.files.store(self.summary.files, Ordering::Relaxed);
    }

    fn skip(&mut self, path: &Path, reason: SkipReason) {
        if self.summary.skipped.len() < SKIPPED_MAX {
            self.summary.skipped.push(SkippedPath { path: path.to_owned(), reason });
        }
    }

    pub(super) fn parent_of(&mut self, inside: &Path) -> Result<(), WorkspaceError> {
        inside.parent().map_or(Ok(()), |parent| self.directory(parent))
    }

    fn project_parent_of(&mut self, path: &Path, files: &mut ProjectFiles) -> Result<(), WorkspaceError> {
        path.parent().map_or(Ok(()), |parent| self.project_directory(parent, files))
    }

    /// Writes entries for a folder of the project and for its parents, with the times that they have on the host.
    fn project_directory(&mut self, path: &Path, files: &mut ProjectFiles) -> Result<(), WorkspaceError> {
        let project_dir = self.project_dir.clone();
        let inside = match path.as_os_str().is_empty() {
            true => project_dir.clone(),
            false => project_dir.join(path),
        };
        self.directories(&inside, |folder| {
            let below =
                folder.strip_prefix(&project_dir).ok().filter(|below| !below.as_os_str().is_empty())?;
            let metadata = files.metadata(below).ok().flatten()?;
            Some(tar_time(metadata.st_mtime))
        })
    }

    /// Writes entries for `path` and for its parents, unless the previous entry is below the same parents.
    pub(super) fn directory(&mut self, path: &Path) -> Result<(), WorkspaceError> {
        self.directories(path, |_| None)
    }

    /// As [`Packer::directory`]; `time_of` has the times of folders, if they are known.
    pub(super) fn directories(
        &mut self,
        path: &Path,
        mut time_of: impl FnMut(&Path) -> Option<u64>,
    ) -> Result<(), WorkspaceError> {
        let mut ancestors: Vec<&Path> =
            path.ancestors().filter(|path| !path.as_os_str().is_empty()).collect();
        ancestors.reverse();
        for directory in ancestors {
            if !self.last_directory.starts_with(directory) && directory.starts_with(&self.base) {
                self.timed_directory(directory, time_of(directory).unwrap_or(self.modified))?;
            }
        }
        self.last_directory = path.to_owned();
        Ok(())
    }

    pub(super) fn directory_alone(&mut self, path: &Path) -> Result<(), WorkspaceError> {
        self.timed_directory(path, self.modified)
    }

    fn timed_directory(&mut self, path: &Path, modified: u64) -> Result<(), WorkspaceError> {
        if let Some(written) = &mut self.written {
            written.insert(path.to_owned());
        }
        let inside = path.strip_prefix("/").unwrap_or(path);
        let mut header = header(EntryType::Directory, MODE_DIRECTORY, 0, modified);
        self.own(&mut header);
        let result = self.tar.append_data(&mut header, entry(&self.base, inside), io::empty());
        result.map_err(|source| WorkspaceError::Pack { path: path.to_owned(), source })
    }

    fn file(&mut self, file: File, on_host: &Path, inside: &Path) -> Result<(), WorkspaceError> {
        let unreadable = |source| WorkspaceError::Read { path: on_host.to_owned(), source };
        let metadata = file.metadata().map_err(unreadable)?;
        let mode = if metadata.permissions().mode() & 0o111 == 0 { MODE_FILE } else { MODE_EXECUTABLE };
        let size = metadata.len();
        let mut header = header(EntryType::Regular, mode, size, tar_time(metadata.mtime()));
        // The file may grow or shrink meanwhile; the entry must have the size in its header.
        let progress = Arc::clone(&self.progress);
        let content =
            CountedFile { file: file.take(size).chain(io::repeat(0)).take(size), progress: &progress };
        self.content(&mut header, inside, content)?;
        self.summary.bytes = self.summary.bytes.saturating_add(size);
        Ok(())
    }
}

/// The name of the entry for `path`, relative to `base`; `base` itself is `./`.
pub(super) fn entry<'a>(base: &Path, path: &'a Path) -> &'a Path {
    match path.strip_prefix(base) {
        Ok(below) if below.as_os_str().is_empty() => Path::new("./"),
        Ok(below) => below,
        Err(_) => path,
    }
}

pub(in crate::workspace) fn header(kind: EntryType, mode: u32, size: u64, modified: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size);
    header.set_mtime(modified);
    header
}

/// A time in seconds since 1970; a tar header cannot represent earlier times.
pub(super) fn tar_time(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0)
}

//! Packs the tar stream: a thread reads the files, and the request's body takes pieces from a short queue.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::{Bytes, BytesMut};
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::WorkspaceError;
use super::list::{Listing, Method};
use super::progress::CountedFile;
pub use super::progress::PackProgress;
use super::project_files::{ProjectEntry, ProjectFiles};
use crate::collect::request::delivered_hash;
use crate::plan::job_plan::{Sources, VariableFile};
use crate::secret::Secret;

pub use self::archives::{ArchiveOrigin, BrokenCache, GivenArchive};

/// The size of a piece of the request's body.
const PIECE_BYTES_MAX: usize = 128 * 1024;

/// How many pieces may wait for the engine: 1 MiB in total, whatever the size of the project.
pub(super) const PIECES_MAX: usize = 8;

/// GitLab Runner checks out as root with umask 0000, so that the image's user can write.
const MODE_FILE: u32 = 0o666;
const MODE_EXECUTABLE: u32 = 0o777;
const MODE_DIRECTORY: u32 = 0o777;

/// The mode of a file that only root reads.
const MODE_PRIVATE: u32 = 0o600;

/// The result of the packing, for the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of files and symbolic links.
    pub files: u64,
    /// The size of the files.
    pub bytes: u64,
    /// How the files were found; `None` if the job gets no sources.
    pub method: Option<Method>,
    /// The first paths that are not packed.
    pub skipped: Vec<SkippedPath>,
    /// A hash of the name of each file and link, if that was asked for ([`delivered_hash`]).
    pub name_hashes: Option<Vec<u64>>,
    pub broken_caches: Vec<BrokenCache>,
}

/// How many skipped paths are named.
const SKIPPED_MAX: usize = 10;

/// A path of the project that is not packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedPath {
    /// Relative to the project's root.
    pub path: PathBuf,
    pub reason: SkipReason,
}

/// Why a path is not packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// It is a socket, a pipe or a device.
    Special,
    /// It was removed or replaced after it had been listed.
    Changed,
}

/// A running packing. Dropping [`Packing::pieces`] ends it.
pub struct Packing {
    /// The archive, for the request's body.
    pub pieces: mpsc::Receiver<io::Result<Bytes>>,
    pub work: PackingWork,
}

/// The work of a running packing.
pub struct PackingWork {
    /// Counters for the live line.
    pub progress: Arc<PackProgress>,
    /// The packing thread, with the result.
    pub task: JoinHandle<Result<Summary, WorkspaceError>>,
}

/// The contents of the archive; its paths are relative to `base`.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// The folder that the archive is unpacked in: `/`, or one that contains the project's.
    pub base: &'a str,
    /// Volumes below `base`. Their roots are packed so that all users can write to them.
    pub volumes: &'a [String],
    /// The project's folder, which is packed with its parents below `base`.
    pub project_dir: &'a str,
    /// Files of the folder beside `project_dir` whose name ends with `.tmp`.
    pub files: &'a [VariableFile],
    /// The files of `project_dir`.
    pub sources: &'a Sources,
    /// Further files of `project_dir`: each archive replaces files of the sources and of the archives before it.
    pub archives: &'a [GivenArchive],
    /// Whether the names of the sources are asked for.
    pub names: NameHashes,
    /// The last file, if it is there to prove that all of the archive has arrived.
    pub last: Option<LastFile<'a>>,
}

/// The last file of an archive, which only root can read.
#[derive(Debug, Clone, Copy)]
pub struct LastFile<'a> {
    /// Its path in the container; its folder is one that the archive contains anyway.
    pub path: &'a str,
    /// May contain the values of secret variables.
    pub content: &'a Secret,
}

/// Whether hashes of the names of the sources are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameHashes {
    Needed,
    Unneeded,
}

/// Packs in a separate thread.
pub fn pack(contents: Contents<'_>) -> Packing {
    let Contents { base, volumes, project_dir, files, sources, archives, names, last } = contents;
    let (sender, pieces) = mpsc::channel(PIECES_MAX);
    let progress = Arc::new(PackProgress::default());
    let packer = Packer {
        tar: Builder::new(PieceWriter::new(sender)),
        base: PathBuf::from(base.trim_start_matches('/')),
        project_dir: PathBuf::from(project_dir.trim_start_matches('/')),
        directories: PathBuf::new(),
        progress: progress.clone(),
        written: (!archives.is_empty()).then(HashSet::new),
        summary: Summary { name_hashes: (names == NameHashes::Needed).then(Vec::new), ..Summary::default() },
    };
    let (sources, volumes, files) = (sources.clone(), volumes.to_vec(), files.to_vec());
    let archives = archives.to_vec();
    let last = last.map(|file| (file.path.to_owned(), file.content.clone()));
    let task = tokio::task::spawn_blocking(move || {
        packer.run(|packer| {
            volumes.iter().try_for_each(|path| packer.directory_alone(Path::new(path)))?;
            packer.pack(&sources, &files)?;
            (0..).zip(&archives).try_for_each(|(index, archive)| packer.archive(index, archive))?;
            last.map_or(Ok(()), |(path, content)| {
                let inside = Path::new(path.trim_start_matches('/'));
                packer.text_file(inside, MODE_PRIVATE, content.expose())
            })
        })
    });
    Packing { pieces, work: PackingWork { progress, task } }
}

struct Packer {
    tar: Builder<PieceWriter>,
    base: PathBuf,
    project_dir: PathBuf,
    /// The folder whose entry was written last, after those of its parents.
    directories: PathBuf,
    progress: Arc<PackProgress>,
    /// All folders that have an entry, if archives follow.
    written: Option<HashSet<PathBuf>>,
    summary: Summary,
}

impl Packer {
    fn run(
        mut self,
        write_entries: impl FnOnce(&mut Self) -> Result<(), WorkspaceError>,
    ) -> Result<Summary, WorkspaceError> {
        let result = write_entries(&mut self);
        let broken = result.as_ref().err().map(|error| io::Error::other(error.to_string()));
        let Self { tar, summary, .. } = self;
        // `into_inner` writes the end of the archive, so it must not be called after an error.
        match broken {
            None => {
                let end = tar.into_inner().and_then(|mut pieces| pieces.flush());
                end.map_err(|source| WorkspaceError::Pack { path: PathBuf::from("/"), source })?;
            }
            Some(error) => {
                // The engine must get a broken request, not a short archive.
                let _ = tar.get_ref().sender.blocking_send(Err(error));
            }
        }
        result.map(|()| summary)
    }

    fn pack(&mut self, sources: &Sources, files: &[VariableFile]) -> Result<(), WorkspaceError> {
        let project_dir = self.project_dir.clone();
        let mut temporary = project_dir.clone().into_os_string();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        self.directory(&temporary)?;
        for file in files {
            self.text_file(&temporary.join(&file.key), MODE_FILE, file.content.expose())?;
        }
        // The project's folder comes last, because the sources follow.
        self.directory(&project_dir)?;
        if let Sources::WorkingTree { root } = sources {
            let mut files = ProjectFiles::open(root)
                .map_err(|source| WorkspaceError::Read { path: root.clone(), source })?;
            let listing = Listing::new(root)?;
            self.summary.method = Some(listing.method());
            for path in listing {
                let path = path?;
                let on_host = root.join(&path);
                match files.entry(&path) {
                    Ok(entry) => self.entry(entry, &path, &on_host)?,
                    Err(source) => return Err(WorkspaceError::Read { path: on_host, source }),
                }
            }
        }
        Ok(())
    }

    fn text_file(&mut self, inside: &Path, mode: u32, content: &str) -> Result<(), WorkspaceError> {
        let mut header = header(EntryType::Regular, mode, content.len() as u64, 0);
        let result = self.tar.append_data(&mut header, entry(&self.base, inside), content.as_bytes());
        result.map_err(|source| WorkspaceError::Pack { path: inside.to_owned(), source })
    }

    fn entry(&mut self, entry: ProjectEntry, path: &Path, on_host: &Path) -> Result<(), WorkspaceError> {
        let inside = self.project_dir.join(path);
        match entry {
            ProjectEntry::Missing => return Ok(()),
            ProjectEntry::Directory => return self.directory(&inside),
            ProjectEntry::Special => {
                self.skip(path, SkipReason::Special);
                return Ok(());
            }
            ProjectEntry::Changed => {
                self.skip(path, SkipReason::Changed);
                return Ok(());
            }
            ProjectEntry::Link { target, modified } => {
                self.parent_of(&inside)?;
                self.symlink(&target, modified, on_host, &inside)?;
            }
            ProjectEntry::File(file) => {
                self.parent_of(&inside)?;
                self.file(file, on_host, &inside)?;
            }
        }
        if let Some(hashes) = &mut self.summary.name_hashes {
            hashes.push(delivered_hash(path.as_os_str().as_bytes()));
        }
        self.summary.files = self.summary.files.saturating_add(1);
        self.progress.files.store(self.summary.files, Ordering::Relaxed);
        Ok(())
    }

    fn skip(&mut self, path: &Path, reason: SkipReason) {
        if self.summary.skipped.len() < SKIPPED_MAX {
            self.summary.skipped.push(SkippedPath { path: path.to_owned(), reason });
        }
    }

    fn parent_of(&mut self, inside: &Path) -> Result<(), WorkspaceError> {
        inside.parent().map_or(Ok(()), |parent| self.directory(parent))
    }

    /// Writes entries for `path` and for its parents, unless the previous entry is below the same parents.
    fn directory(&mut self, path: &Path) -> Result<(), WorkspaceError> {
        let mut ancestors: Vec<&Path> =
            path.ancestors().filter(|path| !path.as_os_str().is_empty()).collect();
        ancestors.reverse();
        for directory in ancestors {
            if !self.directories.starts_with(directory) && directory.starts_with(&self.base) {
                self.directory_alone(directory)?;
            }
        }
        self.directories = path.to_owned();
        Ok(())
    }

    fn directory_alone(&mut self, path: &Path) -> Result<(), WorkspaceError> {
        if let Some(written) = &mut self.written {
            written.insert(path.to_owned());
        }
        let inside = path.strip_prefix("/").unwrap_or(path);
        let mut header = header(EntryType::Directory, MODE_DIRECTORY, 0, 0);
        let result = self.tar.append_data(&mut header, entry(&self.base, inside), io::empty());
        result.map_err(|source| WorkspaceError::Pack { path: path.to_owned(), source })
    }

    fn symlink(
        &mut self,
        target: &Path,
        modified: i64,
        on_host: &Path,
        inside: &Path,
    ) -> Result<(), WorkspaceError> {
        let mut header = header(EntryType::Symlink, MODE_EXECUTABLE, 0, tar_time(modified));
        let result = self.tar.append_link(&mut header, entry(&self.base, inside), target);
        result.map_err(|source| WorkspaceError::Pack { path: on_host.to_owned(), source })
    }

    fn file(&mut self, file: File, on_host: &Path, inside: &Path) -> Result<(), WorkspaceError> {
        let unreadable = |source| WorkspaceError::Read { path: on_host.to_owned(), source };
        let metadata = file.metadata().map_err(unreadable)?;
        let mode = if metadata.permissions().mode() & 0o111 == 0 { MODE_FILE } else { MODE_EXECUTABLE };
        let size = metadata.len();
        let mut header = header(EntryType::Regular, mode, size, tar_time(metadata.mtime()));
        // The file may grow or shrink meanwhile; the entry must have the size in its header.
        let content =
            CountedFile { file: file.take(size).chain(io::repeat(0)).take(size), progress: &self.progress };
        let result = self.tar.append_data(&mut header, entry(&self.base, inside), content);
        result.map_err(|source| WorkspaceError::Pack { path: on_host.to_owned(), source })?;
        self.summary.bytes = self.summary.bytes.saturating_add(size);
        Ok(())
    }
}

/// An archive of a single entry: the folder that it is unpacked in, which all users can write to afterwards.
///
/// # Errors
/// Never, as the archive is written to memory.
pub fn open_root() -> io::Result<mpsc::Receiver<io::Result<Bytes>>> {
    let mut tar = Builder::new(Vec::new());
    tar.append_data(&mut header(EntryType::Directory, MODE_DIRECTORY, 0, 0), "./", io::empty())?;
    let (sender, pieces) = mpsc::channel(1);
    let archive = tar.into_inner()?;
    sender.try_send(Ok(archive.into())).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
    Ok(pieces)
}

/// The name of the entry for `path`, relative to `base`; `base` itself is `./`.
fn entry<'a>(base: &Path, path: &'a Path) -> &'a Path {
    match path.strip_prefix(base) {
        Ok(below) if below.as_os_str().is_empty() => Path::new("./"),
        Ok(below) => below,
        Err(_) => path,
    }
}

pub(super) fn header(kind: EntryType, mode: u32, size: u64, modified: u64) -> Header {
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
fn tar_time(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0)
}

/// Collects the archive's bytes into pieces and sends them; waits while the queue is full.
pub(super) struct PieceWriter {
    sender: mpsc::Sender<io::Result<Bytes>>,
    piece: BytesMut,
}

impl PieceWriter {
    pub(super) fn new(sender: mpsc::Sender<io::Result<Bytes>>) -> Self {
        Self { sender, piece: BytesMut::with_capacity(PIECE_BYTES_MAX) }
    }
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES_MAX {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, BytesMut::with_capacity(PIECE_BYTES_MAX)).freeze();
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

mod archives;
#[cfg(test)]
mod tests;

//! Packs the tar stream: a thread reads the files, and the request's body takes pieces from a short queue.

use std::collections::HashSet;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tar::{Builder, EntryType};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::packer::{MODE_DIRECTORY, Packer, tar_time};
use super::WorkspaceError;
use super::list::Method;
pub use super::progress::PackProgress;
use crate::plan::job_plan::{Sources, Umask, VariableFile};
use crate::secret::Secret;

pub use self::archives::{ArchiveOrigin, BrokenCache, GivenArchive};
pub(super) use self::packer::header;
pub(super) use self::piece_writer::{PIECES_MAX, PieceWriter};
pub use self::snapshot::SourceSnapshot;

/// The result of the packing, for the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of files and symbolic links.
    pub files: u64,
    /// The size of the files.
    pub bytes: u64,
    /// How the files were found; `None` if the job gets no sources.
    pub method: Option<Method>,
    /// The first paths that are not packed, or not as the job needs them.
    pub skipped: Vec<SkippedPath>,
    /// A hash of the name of each file and link, if that was asked for ([`delivered_hash`](crate::collect::request::delivered_hash)).
    pub name_hashes: Option<Vec<u64>>,
    pub broken_caches: Vec<BrokenCache>,
}

/// A path of the project that is not packed, or not as the job needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedPath {
    /// Relative to the project's root.
    pub path: PathBuf,
    pub reason: SkipReason,
}

/// Why a path is not packed, or not as the job needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// It is a socket, a pipe or a device.
    Special,
    /// It was removed or replaced after it had been listed.
    Changed,
    /// The files of a submodule are wanted, which the host does not have.
    EmptySubmodule,
    /// It is packed, but stands for a file that Git LFS has not fetched.
    LfsPointer,
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
    /// Who reads `files`.
    pub reader: FileReader,
    /// The files of `project_dir`.
    pub sources: &'a Sources,
    /// What the jobs of the run get instead of the working tree as it is now.
    pub snapshot: Option<&'a Arc<SourceSnapshot>>,
    /// Further files of `project_dir`: each archive replaces files of the sources and of the archives before it.
    pub archives: &'a [GivenArchive],
    /// Whether the names of the sources are asked for.
    pub names: NameHashes,
    /// The last file, if it is there to prove that all of the archive has arrived.
    pub last: Option<LastFile<'a>>,
}

/// Who reads a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileReader {
    /// The user with this number, and nobody else.
    User(u64),
    /// A user whose number is not known: everybody may read the file.
    Unknown,
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
    let Contents { base, volumes, project_dir, reader, sources, snapshot, archives, names, .. } = contents;
    let (sender, pieces) = mpsc::channel(PIECES_MAX);
    let progress = Arc::new(PackProgress::default());
    let inside = |path: &str| PathBuf::from(path.trim_start_matches('/'));
    let pieces_of = PieceWriter::new(sender);
    let mut packer = Packer::new(pieces_of, &inside(base), &inside(project_dir), Arc::clone(&progress));
    packer.modified = modified(sources);
    let owner = owner(sources, reader);
    packer.written = (!archives.is_empty()).then(HashSet::new);
    packer.summary.name_hashes = (names == NameHashes::Needed).then(Vec::new);
    let (sources, volumes, files) = (sources.clone(), volumes.to_vec(), contents.files.to_vec());
    let (archives, snapshot) = (archives.to_vec(), snapshot.cloned());
    let last = contents.last.map(|file| (file.path.to_owned(), file.content.clone()));
    let task = tokio::task::spawn_blocking(move || {
        packer.run(|packer| {
            // Other users and jobs write to the volumes, too: only what is in the project is the job's user's.
            volumes.iter().try_for_each(|path| packer.directory_alone(Path::new(path)))?;
            packer.owner = owner;
            packer.folders(&files, reader)?;
            if let Sources::WorkingTree { root, checkout } = &sources {
                let is_unwanted = || packer.tar.get_ref().is_closed();
                let written =
                    snapshot.map_or(Ok(None), |snapshot| snapshot.written(root, checkout, &is_unwanted))?;
                match written {
                    Some(written) => packer.snapshot(&written, names)?,
                    None => packer.working_tree(root, checkout)?,
                }
            }
            (0..).zip(&archives).try_for_each(|(index, archive)| packer.archive(index, archive))?;
            last.map_or(Ok(()), |(path, content)| {
                let inside = Path::new(path.trim_start_matches('/'));
                packer.text_file(inside, FileReader::User(0), content.expose())
            })
        })
    });
    Packing { pieces, work: PackingWork { progress, task } }
}

/// The user who alone can write what is packed; `None` for all users, also if the number of the job's user is not known.
fn owner(sources: &Sources, reader: FileReader) -> Option<u64> {
    match (sources, reader) {
        (Sources::WorkingTree { checkout, .. }, FileReader::User(user)) => {
            (checkout.umask == Umask::Usual).then_some(user)
        }
        (Sources::WorkingTree { .. }, FileReader::Unknown) | (Sources::None, _) => None,
    }
}

/// The time of the project's folder; that of no sources is the beginning of 1970.
fn modified(sources: &Sources) -> u64 {
    let metadata = match sources {
        Sources::None => return 0,
        Sources::WorkingTree { root, .. } => root.metadata(),
    };
    metadata.map_or(0, |metadata| tar_time(metadata.mtime()))
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

mod archives;
mod lfs_pointer;
mod packer;
mod piece_writer;
mod repository;
mod snapshot;
#[cfg(test)]
mod tests;
mod working_tree;

//! The project's files as they were when the first job of a run needed them. The jobs of a GitLab pipeline see one commit;
//! here, the working tree may be edited while the run goes on.
//!
//! The files are kept in a file without a name, as an archive whose paths are relative to the project.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tar::{Archive, Entry, EntryType};

use super::packer::Packer;
use super::{NameHashes, PackProgress, Summary};
use crate::plan::job_plan::{Checkout, Submodules};
use crate::store::{RunFolder, StoreError};
use crate::workspace::WorkspaceError;
use crate::workspace::progress::CountedFile;

/// The largest snapshot. More would cost the disk more than one view of the sources is worth.
const SNAPSHOT_BYTES_MAX: u64 = 2 << 30;

/// How much of a snapshot is read at once.
const READ_BYTES: usize = 128 << 10;

/// The sources that all jobs of a run get. It is written for the first job that asks for it.
#[derive(Debug)]
pub struct SourceSnapshot {
    run: Arc<RunFolder>,
    bytes_max: u64,
    is_too_large: AtomicBool,
    without_submodules: Mutex<SnapshotState>,
    with_direct_submodules: Mutex<SnapshotState>,
    with_all_submodules: Mutex<SnapshotState>,
}

#[derive(Debug)]
enum SnapshotState {
    /// No job has asked for it, or it could not be written.
    Missing,
    Written(Arc<WrittenSnapshot>),
    /// The sources are too large for the disk or for [`SNAPSHOT_BYTES_MAX`], so each job gets the working tree.
    TooLarge,
}

/// A complete snapshot.
#[derive(Debug)]
pub(super) struct WrittenSnapshot {
    archive: File,
    summary: Summary,
}

impl SourceSnapshot {
    /// A snapshot that is not written yet, on the disk of the run's folder.
    pub fn new(run: Arc<RunFolder>) -> Self {
        Self {
            run,
            bytes_max: SNAPSHOT_BYTES_MAX,
            is_too_large: AtomicBool::new(false),
            without_submodules: Mutex::new(SnapshotState::Missing),
            with_direct_submodules: Mutex::new(SnapshotState::Missing),
            with_all_submodules: Mutex::new(SnapshotState::Missing),
        }
    }

    /// Whether the jobs get the working tree instead, because the sources are too large.
    pub fn is_too_large(&self) -> bool {
        // Not by the state, which is locked as long as a snapshot is being written.
        self.is_too_large.load(Ordering::Relaxed)
    }

    /// The snapshot of the project at `root`, which is written now if it is the first time, while other threads wait for
    /// it; `None` if the sources are too large for one. Nobody needs it any more once `is_unwanted` says so.
    pub(super) fn written(
        &self,
        root: &Path,
        checkout: &Checkout,
        is_unwanted: &dyn Fn() -> bool,
    ) -> Result<Option<Arc<WrittenSnapshot>>, WorkspaceError> {
        let state = match checkout.submodules {
            Submodules::None => &self.without_submodules,
            Submodules::Direct => &self.with_direct_submodules,
            Submodules::Recursive => &self.with_all_submodules,
        };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if let SnapshotState::Missing = *state {
            *state = match self.write(root, checkout, is_unwanted) {
                Ok(written) => SnapshotState::Written(Arc::new(written)),
                Err(error) if is_full(&error) => {
                    self.is_too_large.store(true, Ordering::Relaxed);
                    SnapshotState::TooLarge
                }
                Err(error) => return Err(error),
            };
        }
        Ok(match &*state {
            SnapshotState::Written(written) => Some(Arc::clone(written)),
            SnapshotState::Missing | SnapshotState::TooLarge => None,
        })
    }

    fn write(
        &self,
        root: &Path,
        checkout: &Checkout,
        is_unwanted: &dyn Fn() -> bool,
    ) -> Result<WrittenSnapshot, WorkspaceError> {
        let (file, room) = self.run.spool()?;
        let file = BufWriter::with_capacity(READ_BYTES, file);
        let spool = LimitedWriter { file, room: room.min(self.bytes_max), is_unwanted };
        let mut packer = Packer::new(spool, Path::new(""), Path::new(""), Arc::new(PackProgress::default()));
        packer.summary.name_hashes = Some(Vec::new());
        packer.working_tree(root, checkout)?;
        let unwritten = |source| WorkspaceError::Pack { path: root.to_owned(), source };
        let (spool, summary) = packer.into_parts().map_err(unwritten)?;
        let archive = spool.file.into_inner().map_err(|error| unwritten(error.into_error()))?;
        Ok(WrittenSnapshot { archive, summary })
    }
}

/// Whether the disk, or what the snapshot may take of it, is full.
fn is_full(error: &WorkspaceError) -> bool {
    let source = match error {
        WorkspaceError::Pack { source, .. } | WorkspaceError::Archive(StoreError::Io { source, .. }) => {
            source
        }
        error => return matches!(error, WorkspaceError::Archive(StoreError::DiskFull { .. })),
    };
    matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl<W: Write> Packer<W> {
    /// Packs the files of a snapshot into the project's folder.
    pub(super) fn snapshot(
        &mut self,
        snapshot: &WrittenSnapshot,
        names: NameHashes,
    ) -> Result<(), WorkspaceError> {
        let file = PositionedReader { file: &snapshot.archive, position: 0 };
        let mut archive = Archive::new(BufReader::with_capacity(READ_BYTES, file));
        let unreadable =
            |source| WorkspaceError::Read { path: PathBuf::from("the copy of the sources"), source };
        for entry in archive.entries().map_err(unreadable)? {
            self.replayed(entry.map_err(unreadable)?)?;
        }
        let Summary { files, bytes, method, skipped, .. } = snapshot.summary.clone();
        let hashes = snapshot.summary.name_hashes.clone().filter(|_| names == NameHashes::Needed);
        self.summary = Summary { files, bytes, method, skipped, name_hashes: hashes, ..Summary::default() };
        self.progress.files.store(files, Ordering::Relaxed);
        Ok(())
    }

    fn replayed(&mut self, entry: Entry<'_, impl Read>) -> Result<(), WorkspaceError> {
        let failed = |source| WorkspaceError::Pack { path: PathBuf::from("the copy of the sources"), source };
        let path = entry.path().map_err(failed)?.into_owned();
        let inside = self.project_dir.join(&path);
        let mut header = entry.header().clone();
        match header.entry_type() {
            EntryType::Directory => {
                // Its parents have entries of their own before it.
                let modified = header.mtime().map_err(failed)?;
                self.directories(&inside, |folder| (folder == inside).then_some(modified))
            }
            EntryType::Symlink => {
                let target = entry.link_name().map_err(failed)?.unwrap_or_default().into_owned();
                self.parent_of(&inside)?;
                self.link(&mut header, &inside, &target)
            }
            _ => {
                self.parent_of(&inside)?;
                let progress = Arc::clone(&self.progress);
                self.content(&mut header, &inside, CountedFile { file: entry, progress: &progress })
            }
        }
    }
}

/// A file that several threads read, each from its own place.
struct PositionedReader<'f> {
    file: &'f File,
    position: u64,
}

impl Read for PositionedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.position)?;
        self.position = self.position.saturating_add(read as u64);
        Ok(read)
    }
}

/// A file that takes no more than a number of bytes, and none that nobody wants.
struct LimitedWriter<'w> {
    file: BufWriter<File>,
    room: u64,
    is_unwanted: &'w dyn Fn() -> bool,
}

impl Write for LimitedWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.is_unwanted)() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.room = self.room.checked_sub(bytes.len() as u64).ok_or(io::ErrorKind::StorageFull)?;
        self.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::executor::run_store::now;
    use crate::plan::job_plan::Sources;
    use crate::store::{ProjectStore, RunStart, SourcesRecord, StorePlaces};
    use crate::workspace::pack::{Contents, FileReader, Packing, PackingWork, pack};

    /// A snapshot whose run lies below `folder`.
    fn snapshot(folder: &Path, bytes_max: u64) -> SourceSnapshot {
        let places = StorePlaces { state: folder.join("state"), cache: folder.join("cache") };
        let project = ProjectStore::open(&places, folder, "identity").unwrap();
        let (sources, started) = (SourcesRecord::default(), now());
        let run =
            project.begin_run(RunStart { pipeline_id: 1, iid: 1, sources, started, resumed: None }).unwrap();
        SourceSnapshot { bytes_max, ..SourceSnapshot::new(Arc::new(run)) }
    }

    /// The bytes of the archive for a job in `project_dir`.
    async fn packed(
        root: &Path,
        project_dir: &str,
        snapshot: Option<&Arc<SourceSnapshot>>,
    ) -> (Vec<u8>, Summary) {
        let sources = &Sources::WorkingTree { root: root.to_owned(), checkout: Checkout::default() };
        let (base, volumes, files, archives, names) = ("/builds", &[], &[], &[], NameHashes::Needed);
        let (last, reader) = (None, FileReader::Unknown);
        let contents =
            Contents { base, volumes, project_dir, files, reader, sources, snapshot, archives, names, last };
        let Packing { mut pieces, work: PackingWork { task, .. } } = pack(contents);
        let mut archive = Vec::new();
        while let Some(piece) = pieces.recv().await {
            archive.extend(piece.unwrap());
        }
        (archive, task.await.unwrap().unwrap())
    }

    fn project(root: &Path) {
        fs::create_dir_all(root.join("a/empty")).unwrap();
        fs::write(root.join("a/one"), "first").unwrap();
        fs::write(root.join("l".repeat(150)), vec![7; 300_000]).unwrap();
        symlink("t".repeat(150), root.join("a/link")).unwrap();
    }

    #[tokio::test]
    async fn a_job_gets_from_the_snapshot_what_it_would_get_from_the_working_tree() {
        let (store, tree) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        project(tree.path());
        let snapshot = Arc::new(snapshot(store.path(), SNAPSHOT_BYTES_MAX));
        for project_dir in ["/builds/g/p", "/builds/another/folder", "/builds"] {
            let direct = packed(tree.path(), project_dir, None).await;
            let copied = packed(tree.path(), project_dir, Some(&snapshot)).await;
            assert_eq!(direct.1, copied.1, "{project_dir}");
            assert!(direct.0 == copied.0, "{project_dir}");
        }
    }

    #[tokio::test]
    async fn what_happens_to_the_working_tree_later_does_not_matter() {
        let (store, tree) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        project(tree.path());
        let snapshot = Arc::new(snapshot(store.path(), SNAPSHOT_BYTES_MAX));
        let before = packed(tree.path(), "/builds/p", Some(&snapshot)).await;
        fs::write(tree.path().join("a/one"), "second, which is longer").unwrap();
        // Not in the root, whose time is that of the working tree.
        fs::write(tree.path().join("a/new"), "").unwrap();
        let after = packed(tree.path(), "/builds/p", Some(&snapshot)).await;
        assert!(before == after);
        assert!(packed(tree.path(), "/builds/p", None).await != after);
    }

    #[tokio::test]
    async fn sources_that_are_too_large_are_read_from_the_working_tree_by_each_job() {
        let (store, tree) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        project(tree.path());
        let snapshot = Arc::new(snapshot(store.path(), 200_000));
        assert!(!snapshot.is_too_large());
        let direct = packed(tree.path(), "/builds/p", None).await;
        assert!(packed(tree.path(), "/builds/p", Some(&snapshot)).await == direct);
        assert!(snapshot.is_too_large());
        fs::write(tree.path().join("new"), "").unwrap();
        assert!(packed(tree.path(), "/builds/p", Some(&snapshot)).await != direct);
    }
}

//! The whole way: files on a file system, the stream, and what the host's reader passes on.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::answer::{ArchiveEnd, Change, Exceeded, LargeFolder, SelectedFiles, UnreadContent};
use super::folder_tree::FolderTree;
use super::local::collect_locally;
use super::reader::{AnswerEntry, AnswerSink, read_answer};
use super::request::{ArchiveRequest, CollectRequest};
use super::tar_stream::{Attributes, EntryKind};
use super::tar_tree::tests::{PROJECT, tree as tar_tree};
use super::tree::{NodeKind, TreeNode};
use super::*;

/// An archive as the host gets it.
#[derive(Debug, Default)]
struct ReadArchive {
    selected: SelectedFiles,
    entries: Vec<(PathBuf, Attributes, Option<PathBuf>, Vec<u8>)>,
    end: ArchiveEnd,
}

impl ReadArchive {
    fn paths(&self) -> Vec<&str> {
        self.entries.iter().map(|entry| entry.0.to_str().unwrap()).collect()
    }
}

#[derive(Debug, Default)]
struct ReadArchives(Vec<ReadArchive>);

impl AnswerSink for ReadArchives {
    type Error = io::Error;

    fn selection(&mut self, _: u32, selected: SelectedFiles) -> io::Result<()> {
        self.0.push(ReadArchive { selected, ..ReadArchive::default() });
        Ok(())
    }

    fn entry(&mut self, _: u32, entry: AnswerEntry<'_>, content: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        let link = entry.link.map(Path::to_owned);
        let archive = self.0.last_mut().unwrap();
        archive.entries.push((entry.path.to_owned(), entry.attributes, link, bytes));
        Ok(())
    }

    fn end(&mut self, _: u32, end: ArchiveEnd) -> io::Result<()> {
        self.0.last_mut().unwrap().end = end;
        Ok(())
    }
}

fn archive(paths: &[&str]) -> ArchiveRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    ArchiveRequest { paths, bytes_max: 1 << 20, ..ArchiveRequest::default() }
}

fn collected<T: Tree>(tree: &mut T, archives: Vec<ArchiveRequest>) -> Vec<ReadArchive> {
    let archives: Vec<ArchiveRequest> = archives
        .into_iter()
        .enumerate()
        .map(|(id, archive)| ArchiveRequest { id: id as u32, ..archive })
        .collect();
    let ids: Vec<u32> = archives.iter().map(|archive| archive.id).collect();
    let request = CollectRequest {
        project_dir: "/builds/p".into(),
        archives,
        environment: vec![("OUT".into(), "no".into())],
        environment_file: String::new(),
        delivered: None,
    };
    let mut stream = Vec::new();
    collect(tree, &request, b"OUT=out\n", &mut stream).unwrap();
    let mut archives = ReadArchives::default();
    read_answer(&stream[..], &ids, &mut archives).unwrap();
    archives.0
}

/// A folder `out` with a file of 300,000 bytes, a hard link to it, an executable file, a link and an empty folder.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    fs::create_dir_all(out.join("empty")).unwrap();
    fs::write(out.join("large"), vec![b'x'; 300_000]).unwrap();
    fs::hard_link(out.join("large"), out.join("linked")).unwrap();
    fs::write(out.join("program"), "#!").unwrap();
    fs::set_permissions(out.join("program"), fs::Permissions::from_mode(0o4751)).unwrap();
    symlink("/etc/passwd", out.join("link")).unwrap();
    folder
}

fn in_folder(folder: &Path, archives: Vec<ArchiveRequest>) -> Vec<ReadArchive> {
    collected(&mut FolderTree::open(folder).unwrap(), archives)
}

#[test]
fn files_arrive_with_their_content_and_attributes() {
    let project = project();
    let program = fs::File::open(project.path().join("out/program")).unwrap();
    program.set_modified(std::time::UNIX_EPOCH + std::time::Duration::new(1_577_836_800, 5)).unwrap();
    let read = &in_folder(project.path(), vec![archive(&["$OUT"])])[0];
    assert_eq!(read.paths(), ["out", "out/empty", "out/large", "out/link", "out/linked", "out/program"]);
    assert_eq!((read.selected.entries, read.selected.files, read.selected.bytes), (6, 4, 600_002));
    assert_eq!((read.end.entries, read.end.files, read.end.bytes), (6, 4, 600_002));
    let [_, empty, large, link, linked, program] = &read.entries[..] else { panic!() };
    assert_eq!(empty.1.kind, EntryKind::Directory);
    assert!(large.3.len() == 300_000 && large.3 == linked.3, "a hard link is a file of its own");
    assert_eq!((link.1.kind, link.2.as_deref()), (EntryKind::Link, Some(Path::new("/etc/passwd"))));
    assert_eq!((program.1.mode, program.1.modified, &program.3[..]), (0o751, 1_577_836_800, &b"#!"[..]));
}

#[test]
fn an_unchanged_cache_sends_no_files_and_a_changed_one_all() {
    let project = project();
    let root = project.path();
    let first = in_folder(root, vec![archive(&["out"])]).remove(0);
    let known = |fingerprint: &str| ArchiveRequest {
        known_fingerprint: Some(fingerprint.to_owned()),
        ..archive(&["out"])
    };
    let fingerprint = &first.selected.fingerprint;
    // The files as they were delivered again, with whole seconds.
    for (path, attributes, ..) in first.entries.iter().rev() {
        set_modified(&root.join(path), attributes.modified);
    }
    let again = in_folder(root, vec![known(fingerprint)]).remove(0);
    assert_eq!((again.selected.unchanged, again.paths().len()), (true, 0));
    assert_eq!((&again.selected.fingerprint, again.selected.entries), (fingerprint, 6));
    // The same name, size and second.
    fs::write(root.join("out/program"), "!#").unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(first.entries[5].1.modified, 1);
    fs::File::open(root.join("out/program")).unwrap().set_modified(time).unwrap();
    let changed = in_folder(root, vec![known(fingerprint)]).remove(0);
    assert_eq!((changed.selected.unchanged, changed.paths().len()), (false, 6));
    set_modified(&root.join("out/program"), first.entries[5].1.modified);
    assert!(in_folder(root, vec![known(fingerprint)])[0].selected.unchanged);
    fs::remove_file(root.join("out/link")).unwrap();
    assert!(!in_folder(root, vec![known(fingerprint)])[0].selected.unchanged);
}

fn set_modified(path: &Path, seconds: u64) {
    let time = rustix::fs::Timespec { tv_sec: seconds as i64, tv_nsec: 0 };
    let times = rustix::fs::Timestamps { last_access: time, last_modification: time };
    rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

#[test]
fn an_archive_that_is_too_large_sends_nothing_and_names_the_largest_folders() {
    let project = project();
    fs::create_dir_all(project.path().join("out/a/b/c")).unwrap();
    for (path, size) in [("out/a/b/c/1", 10_000), ("out/a/2", 20_000), ("top", 25_000)] {
        fs::write(project.path().join(path), vec![0; size]).unwrap();
    }
    let small = |paths: &[&str], bytes_max| ArchiveRequest { bytes_max, ..archive(paths) };
    let archives = vec![small(&["out", "top"], 655_001), small(&["out/program"], 2), small(&["top"], 0)];
    let read = in_folder(project.path(), archives);
    let folder = |path: &str, bytes| LargeFolder { path: path.into(), bytes };
    let largest = vec![folder("out", 600_002), folder("out/a", 30_000), folder("top", 25_000)];
    assert_eq!(read[0].end.exceeded, Some(Exceeded { bytes: 655_002, bytes_max: 655_001, largest }));
    assert_eq!((read[0].entries.len(), read[0].selected.bytes), (0, 655_002));
    assert_eq!((read[1].paths(), &read[1].end.exceeded), (vec!["out/program"], &None));
    assert!(read[2].end.exceeded.is_some());
}

/// A tree of which files vanish, shrink and grow when they are opened.
struct ChangingTree(FolderTree);

impl Tree for ChangingTree {
    type Content = io::Chain<io::Take<fs::File>, io::Empty>;

    fn node(&mut self, path: &[u8]) -> io::Result<Option<TreeNode>> {
        self.0.node(path)
    }

    fn names(&mut self, folder: &[u8]) -> io::Result<Vec<(Vec<u8>, Option<NodeKind>)>> {
        self.0.names(folder)
    }

    fn link_target(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        self.0.link_target(path)
    }

    fn has_target(&mut self, path: &[u8]) -> bool {
        self.0.has_target(path)
    }

    fn open(&mut self, path: &[u8]) -> io::Result<Option<(Self::Content, u64)>> {
        if path.ends_with(b"linked") {
            return Ok(None);
        }
        if path.ends_with(b"program") {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let Some((file, size)) = self.0.open(path)? else { return Ok(None) };
        Ok(Some((file.take(size / 2).chain(io::empty()), size)))
    }
}

#[test]
fn files_that_change_in_the_meantime_are_told_and_the_stream_stays_whole() {
    let project = project();
    let mut tree = ChangingTree(FolderTree::open(project.path()).unwrap());
    let read = &collected(&mut tree, vec![archive(&["out/*"])])[0];
    assert_eq!(read.paths(), ["out/empty", "out/large", "out/link"]);
    let large = &read.entries[1].3;
    assert_eq!(large.len(), 300_000);
    assert!(
        large[..150_000].iter().all(|byte| *byte == b'x') && large[150_000..].iter().all(|byte| *byte == 0)
    );
    let changes: Vec<_> = read.end.changed.iter().map(|changed| (&*changed.path, &changed.change)).collect();
    let denied = Change::Unreadable("permission denied".into());
    assert_eq!(
        changes,
        [("out/large", &Change::Shrank), ("out/linked", &Change::Vanished), ("out/program", &denied)]
    );
    assert_eq!((read.selected.entries, read.end.entries), (5, 3));
}

#[test]
fn a_file_that_was_exchanged_for_a_link_or_a_pipe_is_not_opened() {
    let project = project();
    let mut tree = FolderTree::open(project.path()).unwrap();
    assert!(tree.open(b"out/link").unwrap().is_none());
    rustix::fs::mknodat(
        rustix::fs::CWD,
        project.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    for path in [&b"pipe"[..], b"out", b"nothing", b"out/program/x"] {
        assert!(tree.open(path).unwrap().is_none(), "{path:?}");
    }
    // Nor is a folder on the way.
    symlink("out", project.path().join("other")).unwrap();
    assert!(tree.open(b"other/program").unwrap().is_none());
    assert_eq!(tree.node(b"other/program").unwrap(), None);
}

/// A sink that takes the first archive and refuses the next one.
#[derive(Default)]
struct RefusingSink(u32);

impl AnswerSink for RefusingSink {
    type Error = io::Error;

    fn selection(&mut self, archive: u32, _: SelectedFiles) -> io::Result<()> {
        self.0 = archive;
        if archive == 0 { Ok(()) } else { Err(io::Error::other("the disk is full")) }
    }

    fn entry(&mut self, _: u32, _: AnswerEntry<'_>, _: &mut dyn Read) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, _: u32, _: ArchiveEnd) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_tar_file_is_collected_in_this_process_and_the_first_failure_is_told() {
    let mut tree = tar_tree(PROJECT, "/builds/g/p");
    let archives = vec![archive(&["**/*.o"]), ArchiveRequest { id: 1, ..archive(&["bin"]) }];
    let request = CollectRequest {
        project_dir: "/builds/g/p".into(),
        archives,
        environment: Vec::new(),
        environment_file: String::new(),
        delivered: None,
    };
    let mut read = ReadArchives::default();
    collect_locally(&mut tree, &request, b"", &mut read).unwrap();
    let contents: Vec<_> = read.0[0].entries.iter().map(|entry| (entry.0.as_path(), &entry.3[..])).collect();
    assert_eq!(
        contents,
        [(Path::new("bin/a.o"), &b"bin/a.o"[..]), (Path::new("bin/sub/c.o"), b"bin/sub/c.o")]
    );
    let mut refusing = RefusingSink::default();
    let error = collect_locally(&mut tree, &request, b"", &mut refusing).unwrap_err();
    assert_eq!((error.to_string().as_str(), refusing.0), ("the disk is full", 1));
}

#[test]
fn a_file_that_cannot_be_read_ends_its_archive_and_no_other_one() {
    let project = project();
    let mut broken = BrokenTree(FolderTree::open(project.path()).unwrap());
    let read = collected(&mut broken, vec![archive(&["out"]), archive(&["out/empty"])]);
    assert_eq!(read[0].paths(), ["out", "out/empty", "out/large"]);
    assert!(read[0].entries[2].3 == [0; 300_000]);
    let unreadable = UnreadContent { path: "out/large".into(), reason: "a bad sector".into() };
    assert_eq!((&read[0].end.unreadable, read[0].end.entries), (&Some(unreadable), 3));
    assert_eq!((read[1].paths(), &read[1].end.unreadable), (vec!["out/empty"], &None));
}

/// A tree whose files cannot be read.
struct BrokenTree(FolderTree);

struct BrokenContent;

impl Read for BrokenContent {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("a bad sector"))
    }
}

impl Tree for BrokenTree {
    type Content = BrokenContent;

    fn node(&mut self, path: &[u8]) -> io::Result<Option<TreeNode>> {
        self.0.node(path)
    }

    fn names(&mut self, folder: &[u8]) -> io::Result<Vec<(Vec<u8>, Option<NodeKind>)>> {
        self.0.names(folder)
    }

    fn link_target(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        self.0.link_target(path)
    }

    fn has_target(&mut self, path: &[u8]) -> bool {
        self.0.has_target(path)
    }

    fn open(&mut self, path: &[u8]) -> io::Result<Option<(BrokenContent, u64)>> {
        Ok(self.0.open(path)?.map(|(_, size)| (BrokenContent, size)))
    }
}

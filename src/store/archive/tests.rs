use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use tar::{Builder, EntryType, Header};

use super::*;
use crate::store::error::StoreError;
use crate::store::folder::StoreFolder;
use crate::store::testing::{entry, file, link};

const LIMITS: ArchiveLimits = ArchiveLimits { bytes_max: 1 << 20, keep_free: 0, name_bytes_max: 1 << 20 };

struct TestFolder {
    temporary: tempfile::TempDir,
    folder: Arc<StoreFolder>,
}

impl TestFolder {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Arc::new(StoreFolder::place(temporary.path()).unwrap());
        Self { temporary, folder }
    }

    fn writer(&self, limits: ArchiveLimits) -> ArchiveWriter {
        ArchiveWriter::create_with_index(&self.folder, "a.tar", "a.index", limits).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = self.folder.entries().unwrap().into_iter();
        entries.map(|entry| entry.name.into_string().unwrap()).collect()
    }
}

fn folder(path: &str) -> ArchiveEntry {
    entry(path, ArchiveEntryKind::Folder)
}

fn contents(archive: &StoredArchive) -> Vec<(ArchiveEntry, String)> {
    let mut found = Vec::new();
    let read = archive.for_each::<StoreError>(|entry, content| {
        let mut text = String::new();
        content.read_to_string(&mut text).unwrap();
        found.push((entry.clone(), text));
        Ok(())
    });
    read.unwrap();
    found
}

#[test]
fn names_of_any_bytes_and_length_and_times_with_nanoseconds_survive() {
    let test = TestFolder::new();
    let mut writer = test.writer(LIMITS);
    let long = "x".repeat(255);
    let deep = format!("deep/{long}/{long}/{long}");
    let names: [&[u8]; 6] =
        [b"a\nb", b"\xff\xfe", "ä \u{1b}[31m".as_bytes(), long.as_bytes(), deep.as_bytes(), b" "];
    let mut entries = vec![folder(".")];
    for name in names {
        entries.push(file(Path::new(OsStr::from_bytes(name)), 0));
        entries.push(link(Path::new("to").join(OsStr::from_bytes(name)), &deep));
    }
    entries[1].modified = FileTime { seconds: -5, nanoseconds: 999_999_999 };
    entries[2].modified = FileTime { seconds: 5, nanoseconds: 0 };
    entries.iter().for_each(|entry| writer.entry(entry, io::empty()).unwrap());
    let archive = writer.finish().unwrap();
    let found: Vec<ArchiveEntry> = contents(&archive).into_iter().map(|(entry, _)| entry).collect();
    assert_eq!(found, entries);
    let index = read_index(test.folder.open("a.index").unwrap(), "a.index".into());
    let index: Vec<ArchiveEntry> = index.map(|line| line.unwrap().entry).collect();
    assert_eq!(index, entries);
    let size = archive.size();
    assert_eq!((size.entries, size.files, size.bytes), (13, 12, 0));
}

#[test]
fn only_permission_bits_of_the_mode_are_kept() {
    let test = TestFolder::new();
    let mut writer = test.writer(LIMITS);
    writer.entry(&ArchiveEntry { mode: 0o6755, ..file("a", 0) }, io::empty()).unwrap();
    assert_eq!(contents(&writer.finish().unwrap())[0].0.mode, 0o755);
}

#[test]
fn a_hard_link_becomes_a_file_with_the_same_content() {
    let test = TestFolder::new();
    let mut writer = test.writer(LIMITS);
    let text = "content".repeat(200);
    writer.entry(&file("a", text.len()), text.as_bytes()).unwrap();
    writer.copy_of(&file("sub/b", 0), Path::new("a")).unwrap();
    writer.copy_of(&file("c", 0), Path::new("sub/b")).unwrap();
    let found = contents(&writer.finish().unwrap());
    let expect = ["a", "sub/b", "c"].map(|path| (file(path, text.len()), text.clone()));
    assert_eq!(found, expect);
    let error = test.writer(LIMITS).copy_of(&file("b", 0), Path::new("none")).unwrap_err();
    assert!(error.to_string().contains("hard link to `none`"), "{error}");
}

/// What is refused when it is written, with words of the message.
fn refused_entries() -> Vec<(Vec<ArchiveEntry>, &'static str)> {
    let nul = Path::new(OsStr::from_bytes(b"a\0b"));
    vec![
        (vec![file("../x", 0)], "leads out"),
        (vec![file("a/../../x", 0)], "leads out"),
        (vec![file("..", 0)], "leads out"),
        (vec![file("/etc/passwd", 0)], "absolute"),
        (vec![file("", 0)], "empty"),
        (vec![file("a//b", 0)], "simplest form"),
        (vec![file("./a", 0)], "simplest form"),
        (vec![file("a/", 0)], "simplest form"),
        (vec![link(".", "/etc")], "simplest form"),
        (vec![file(nul, 0)], "NUL"),
        (vec![link("a", "")], "target"),
        (vec![link("a", "b\0c")], "target"),
        (vec![file("a", 0), file("a", 0)], "twice"),
        (vec![folder("a"), link("a", "/etc")], "twice"),
        (vec![link("a", "/etc"), file("a/b/passwd", 0)], "below a file or link"),
        (vec![file("a", 0), folder("a/b")], "below a file or link"),
        (vec![file("a/b", 0), link("a", "/etc")], "other entries lie below it"),
    ]
}

#[test]
fn entries_that_could_leave_the_folder_are_refused_when_they_are_stored() {
    for (entries, words) in refused_entries() {
        let test = TestFolder::new();
        let mut writer = test.writer(LIMITS);
        let (last, first) = entries.split_last().unwrap();
        first.iter().for_each(|entry| writer.entry(entry, io::empty()).unwrap());
        let error = writer.entry(last, io::empty()).unwrap_err();
        assert!(error.to_string().contains(words), "{last:?}: {error}");
        assert!(matches!(writer.finish(), Err(StoreError::Damaged { .. })), "{last:?}");
        assert_eq!(test.names(), Vec::<String>::new());
    }
}

/// The path, the type and the target of an entry.
type ForgedEntry = (&'static [u8], EntryType, &'static [u8]);

/// A tar as somebody may have put it in place of the stored one.
fn forged(entries: &[ForgedEntry]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (path, kind, target) in entries {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path);
        header.as_mut_bytes()[157..157 + target.len()].copy_from_slice(target);
        header.set_entry_type(*kind);
        header.set_mode(0o4777);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(0);
        header.set_cksum();
        tar.append(&header, io::empty()).unwrap();
    }
    tar.into_inner().unwrap()
}

fn read(tar: &[u8]) -> Result<u64, String> {
    let read = read_entries::<()>(tar, |_, _| Ok(()));
    read.map_err(|error| match error {
        ReadEntriesError::Refused(error) => error.to_string(),
        ReadEntriesError::Read(error) => format!("read: {error}"),
        ReadEntriesError::Caller(()) => unreachable!(),
    })
}

#[test]
fn entries_that_could_leave_the_folder_are_refused_when_they_are_read() {
    use EntryType as Type;
    let cases: [(&[ForgedEntry], &str); 14] = [
        (&[(b"../x", Type::Regular, b"")], "leads out"),
        (&[(b"/etc/passwd", Type::Regular, b"")], "absolute"),
        (&[(b"a/..", Type::Directory, b"")], "leads out"),
        (&[(b"a/./b", Type::Regular, b"")], "simplest form"),
        (&[(b"", Type::Regular, b"")], "empty"),
        (&[(b"a", Type::Symlink, b"/etc"), (b"a/passwd", Type::Regular, b"")], "below a file or link"),
        (&[(b"a/", Type::Symlink, b"/etc"), (b"a/passwd", Type::Regular, b"")], "below a file or link"),
        (&[(b"a/b", Type::Regular, b""), (b"a", Type::Symlink, b"/etc")], "lie below it"),
        (&[(b"a", Type::Symlink, b"")], "target"),
        (&[(b"a", Type::Link, b"/etc/passwd")], "neither a file"),
        (&[(b"a", Type::Fifo, b"")], "neither a file"),
        (&[(b"a", Type::Char, b"")], "neither a file"),
        (&[(b"a", Type::GNUSparse, b"")], "neither a file"),
        (&[(b"a", Type::XGlobalHeader, b"")], "neither a file"),
    ];
    for (entries, words) in cases {
        let error = read(&forged(entries)).unwrap_err();
        assert!(error.contains(words), "{entries:?}: {error}");
    }
    assert_eq!(read(&forged(&[(b"a/", Type::Directory, b""), (b"a/b", Type::Regular, b"")])), Ok(2));
}

/// A tar with a file `a` that follows a PAX record.
fn after_pax_record(key: &str, value: &str) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    tar.append_pax_extensions([(key, value.as_bytes())]).unwrap();
    file("a", 0).append_to(&mut tar, Path::new(""), io::empty()).unwrap();
    tar.into_inner().unwrap()
}

#[test]
fn extended_headers_neither_change_sizes_nor_take_memory() {
    assert_eq!(read(&after_pax_record("comment", "1")), Ok(1));
    assert_eq!(read(&after_pax_record("path", "b/c")), Ok(1));
    assert!(read(&after_pax_record("path", "../x")).unwrap_err().contains("leads out"));
    for key in ["size", "uid", "gid", "GNU.sparse.major"] {
        assert!(read(&after_pax_record(key, "1")).unwrap_err().contains("extended header"), "{key}");
    }
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::GNULongName);
    header.set_size(1 << 40);
    header.set_cksum();
    assert!(read(header.as_bytes()).unwrap_err().contains("extended header"));
}

#[test]
fn an_archive_that_was_changed_is_damaged() {
    let test = TestFolder::new();
    let mut writer = test.writer(LIMITS);
    writer.entry(&file("a", 600), &[7; 600][..]).unwrap();
    writer.entry(&file("b", 600), &[8; 600][..]).unwrap();
    let size = writer.finish().unwrap().size();
    let path = test.temporary.path().join("a.tar");
    let whole = fs::read(&path).unwrap();
    let open = || StoredArchive::checked(path.clone(), test.folder.open("a.tar").unwrap(), size);
    let read = |archive: &StoredArchive| {
        archive.for_each::<StoreError>(|_, content| {
            io::copy(content, &mut io::sink()).map(drop).map_err(|source| StoreError::Io {
                operation: "copy",
                path: path.clone(),
                source,
            })
        })
    };
    assert!(read(&open().unwrap()).is_ok());
    fs::write(&path, &whole[..whole.len() - 512]).unwrap();
    assert!(open().unwrap_err().to_string().contains("damaged"));
    // Zeros, as after a power failure: the archive ends early.
    let mut zeros = whole.clone();
    zeros[whole.len() - 4096..].fill(0);
    fs::write(&path, &zeros).unwrap();
    let error = read(&open().unwrap()).unwrap_err();
    assert!(error.to_string().contains("it has 1 entries and should have 2"), "{error}");
    fs::write(&path, forged(&[(b"../x", EntryType::Regular, b"")])).unwrap();
    let size = ArchiveSize { length: fs::metadata(&path).unwrap().len(), ..size };
    let archive = StoredArchive::checked(path.clone(), test.folder.open("a.tar").unwrap(), size).unwrap();
    assert!(read(&archive).unwrap_err().to_string().contains("`../x` leads out"));
}

#[test]
fn limits_end_the_archive_with_their_figures() {
    let test = TestFolder::new();
    let mut writer = test.writer(ArchiveLimits { bytes_max: 10, keep_free: 0, name_bytes_max: 1 << 20 });
    writer.entry(&file("a", 6), &[0; 6][..]).unwrap();
    let error = writer.entry(&file("b", 5), &[0; 5][..]).unwrap_err();
    assert_eq!(error.to_string(), "the files are larger than the limit of 10 B");
    drop(writer);
    let limits = ArchiveLimits { bytes_max: u64::MAX, keep_free: u64::MAX / 2, name_bytes_max: 1 << 20 };
    let error = ArchiveWriter::create(&test.folder, "a.tar", limits).err().unwrap().to_string();
    assert!(error.starts_with("only ") && error.contains(" are free in "), "{error}");
    let limits = ArchiveLimits { bytes_max: 10, keep_free: 0, name_bytes_max: 8 };
    let mut writer = test.writer(limits);
    writer.entry(&link("a/b", "c"), io::empty()).unwrap();
    let error = writer.entry(&folder("abcde"), io::empty()).unwrap_err();
    assert_eq!(error.to_string(), "the names of the files are longer than 8 B together");
    drop(writer);
    // The second file would leave too little: its size is known before it is written.
    let limits = ArchiveLimits { bytes_max: u64::MAX, keep_free: 1, name_bytes_max: 1 << 20 };
    let mut writer = test.writer(limits);
    let error = writer.entry(&file("b", usize::MAX / 4), io::repeat(0)).unwrap_err();
    assert!(matches!(error, StoreError::DiskFull { keep_free: 1, .. }), "{error}");
    drop(writer);
    assert_eq!(test.names(), Vec::<String>::new());
}

#[test]
fn content_that_ends_early_breaks_the_archive() {
    let test = TestFolder::new();
    let mut writer = test.writer(LIMITS);
    let error = writer.entry(&file("a", 600), &[0; 599][..]).unwrap_err();
    assert!(matches!(&error, StoreError::Io { source, .. } if source.kind() == io::ErrorKind::UnexpectedEof));
    assert!(writer.finish().is_err());
}

#[test]
fn an_index_that_is_cut_or_has_no_end_is_an_error() {
    let test = TestFolder::new();
    let mut writer = test.writer(LIMITS);
    writer.entry(&file("a", 0), io::empty()).unwrap();
    writer.finish().unwrap();
    let path = test.temporary.path().join("a.index");
    let whole = fs::read(&path).unwrap();
    for content in
        [whole[..whole.len() - 1].to_vec(), vec![b' '; 100_000], b"{}\n".to_vec(), b"\xff\n".to_vec()]
    {
        fs::write(&path, content).unwrap();
        let lines: Vec<_> = read_index(test.folder.open("a.index").unwrap(), path.clone()).collect();
        assert!(lines.len() == 1 && lines[0].is_err());
    }
}

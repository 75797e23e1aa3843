//! Reads the entries of a tar with the checks of a stored archive.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use tar::{Archive, Entry, EntryType, PaxExtensions};

use super::entry::{ArchiveEntry, ArchiveEntryKind, EntryError, FileTime, MODE_MASK};
use super::paths::SeenPaths;

/// The largest extended header: a path or a link's target, both of which the kernel limits to 4 KiB.
const EXTENSION_BYTES_MAX: u64 = 64 << 10;

/// Why the reading of a tar ends early.
#[derive(Debug)]
pub enum ReadEntriesError<E> {
    /// The tar cannot be read.
    Read(io::Error),
    /// An entry is refused.
    Refused(EntryError),
    /// The caller's function failed.
    Caller(E),
}

/// What extended headers say of the entry that follows.
#[derive(Default)]
struct Extensions {
    path: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    modified: Option<FileTime>,
}

/// Calls a function for every entry of a tar, with the content of a file, and returns the number of entries. Every entry
/// is checked before.
///
/// # Errors
/// The tar cannot be read, an entry is refused, or the function fails.
pub fn read_entries<E>(
    tar: impl Read,
    mut each: impl FnMut(&ArchiveEntry, &mut dyn Read) -> Result<(), E>,
) -> Result<u64, ReadEntriesError<E>> {
    let mut archive = Archive::new(tar);
    let mut extensions = Extensions::default();
    let mut seen = SeenPaths::default();
    let mut count: u64 = 0;
    // Raw entries, because the library reads extended headers of any size into memory.
    for item in archive.entries().map_err(ReadEntriesError::Read)?.raw(true) {
        let mut item = item.map_err(ReadEntriesError::Read)?;
        if extensions.take(&mut item)? {
            continue;
        }
        let entry = entry_of(&item, std::mem::take(&mut extensions)).map_err(ReadEntriesError::Refused)?;
        seen.add(&entry).map_err(ReadEntriesError::Refused)?;
        each(&entry, &mut item).map_err(ReadEntriesError::Caller)?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

impl Extensions {
    /// Whether the item is an extended header, which is remembered then.
    fn take<E>(&mut self, item: &mut Entry<'_, impl Read>) -> Result<bool, ReadEntriesError<E>> {
        let kind = item.header().entry_type();
        if !(kind.is_gnu_longname() || kind.is_gnu_longlink() || kind.is_pax_local_extensions()) {
            return Ok(false);
        }
        let bad = || {
            let path = PathBuf::from(OsString::from_vec(item.header().path_bytes().into_owned()));
            ReadEntriesError::Refused(EntryError::BadHeader { path })
        };
        if item.size() > EXTENSION_BYTES_MAX {
            return Err(bad());
        }
        let bad = bad();
        let mut content = Vec::new();
        item.read_to_end(&mut content).map_err(ReadEntriesError::Read)?;
        if kind.is_pax_local_extensions() {
            return self.take_pax(&content).map(|()| true).ok_or(bad);
        }
        if content.last() == Some(&0) {
            content.pop();
        }
        if kind.is_gnu_longname() {
            self.path = Some(content);
        } else {
            self.target = Some(content);
        }
        Ok(true)
    }

    /// Takes over the records that matter; `None` if one is invalid or changes how the archive is read.
    fn take_pax(&mut self, content: &[u8]) -> Option<()> {
        for record in PaxExtensions::new(content) {
            let record = record.ok()?;
            match record.key_bytes() {
                b"path" => self.path = Some(record.value_bytes().to_vec()),
                b"linkpath" => self.target = Some(record.value_bytes().to_vec()),
                b"mtime" => self.modified = Some(FileTime::from_pax(record.value().ok()?)?),
                b"size" | b"uid" | b"gid" => return None,
                key if key.starts_with(b"GNU.sparse") => return None,
                _ => {}
            }
        }
        Some(())
    }
}

fn entry_of(item: &Entry<'_, impl Read>, extensions: Extensions) -> Result<ArchiveEntry, EntryError> {
    let header = item.header();
    let path = extensions.path.unwrap_or_else(|| header.path_bytes().into_owned());
    let path = without_slash(path);
    let bad = |_| EntryError::BadHeader { path: path.clone() };
    let kind = match header.entry_type() {
        EntryType::Regular => ArchiveEntryKind::File { size: item.size() },
        EntryType::Directory => ArchiveEntryKind::Folder,
        EntryType::Symlink => {
            let target = extensions.target.or_else(|| header.link_name_bytes().map(|name| name.into_owned()));
            ArchiveEntryKind::Link { target: OsString::from_vec(target.unwrap_or_default()).into() }
        }
        _ => return Err(EntryError::OtherKind { path }),
    };
    let seconds = header.mtime().map_err(bad)?;
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let modified = extensions.modified.unwrap_or(FileTime { seconds, nanoseconds: 0 });
    let mode = header.mode().map_err(bad)? & MODE_MASK;
    let (uid, gid) = (header.uid().map_err(bad)?, header.gid().map_err(bad)?);
    Ok(ArchiveEntry { path, kind, mode, uid, gid, modified })
}

/// The path without the slash that ends the name of a folder.
fn without_slash(mut path: Vec<u8>) -> PathBuf {
    if path.len() > 1 && path.last() == Some(&b'/') {
        path.pop();
    }
    OsString::from_vec(path).into()
}

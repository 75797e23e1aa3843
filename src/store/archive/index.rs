//! The list of an archive's entries, one JSON object a line, so that a single file is found without reading the archive.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::entry::{ArchiveEntry, ArchiveEntryKind, FileTime};
use crate::store::error::StoreError;
use crate::store::folder::StoreFolder;
use crate::store::json_path::JsonPath;
use crate::store::temporary::TemporaryFile;

/// The longest line of an index: a path and a link's target of 4 KiB each in base64, and more.
const LINE_BYTES_MAX: u64 = 64 << 10;

/// A line of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct IndexLine {
    path: JsonPath,
    #[serde(rename = "type")]
    kind: IndexKind,
    mode: u32,
    uid: u64,
    gid: u64,
    size: u64,
    /// Seconds and nanoseconds since 1970.
    mtime: (i64, u32),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<JsonPath>,
    /// Where the content begins in the archive.
    offset: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum IndexKind {
    File,
    Folder,
    Link,
}

/// An entry of an index: what it is, and where its content begins in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    pub entry: ArchiveEntry,
    pub offset: u64,
}

#[derive(Debug)]
pub(super) struct IndexWriter {
    file: BufWriter<File>,
    temporary: TemporaryFile,
}

impl IndexWriter {
    pub(super) fn create(folder: &Arc<StoreFolder>, name: &str) -> Result<Self, StoreError> {
        let (temporary, file) = TemporaryFile::create(folder, name)?;
        Ok(Self { file: BufWriter::new(file), temporary })
    }

    pub(super) fn add(&mut self, entry: &ArchiveEntry, offset: u64) -> Result<(), StoreError> {
        let (kind, target) = match &entry.kind {
            ArchiveEntryKind::File { .. } => (IndexKind::File, None),
            ArchiveEntryKind::Folder => (IndexKind::Folder, None),
            ArchiveEntryKind::Link { target } => (IndexKind::Link, Some(JsonPath(target.clone()))),
        };
        let ArchiveEntry { path, mode, uid, gid, modified, .. } = entry;
        let line = IndexLine {
            path: JsonPath(path.clone()),
            kind,
            mode: *mode,
            uid: *uid,
            gid: *gid,
            size: entry.size(),
            mtime: (modified.seconds, modified.nanoseconds),
            target,
            offset,
        };
        let written = serde_json::to_writer(&mut self.file, &line).map_err(std::io::Error::from);
        let written = written.and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|error| self.temporary.failed("write the file", error))
    }

    pub(super) fn finish(self) -> Result<PathBuf, StoreError> {
        let Self { mut file, temporary } = self;
        file.flush().map_err(|error| temporary.failed("write the file", error))?;
        drop(file);
        temporary.keep()
    }
}

/// Reads an index line by line.
pub(in crate::store) fn read_index(
    file: File,
    path: PathBuf,
) -> impl Iterator<Item = Result<IndexEntry, StoreError>> {
    let mut lines = BufReader::new(file);
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let entry = next_line(&mut lines).map_err(|reason| StoreError::Record { path: path.clone(), reason });
        is_over = !matches!(entry, Ok(Some(_)));
        entry.transpose()
    })
}

fn next_line(lines: &mut impl BufRead) -> Result<Option<IndexEntry>, String> {
    let mut line = Vec::new();
    lines.take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
    match line.pop() {
        None => return Ok(None),
        Some(b'\n') => {}
        Some(_) => return Err("a line is cut, or too long".to_owned()),
    }
    let line: IndexLine = serde_json::from_slice(&line).map_err(|error| error.to_string())?;
    Ok(Some(line.into()))
}

impl From<IndexLine> for IndexEntry {
    fn from(line: IndexLine) -> Self {
        let IndexLine { path, kind, mode, uid, gid, size, mtime, target, offset } = line;
        let kind = match kind {
            IndexKind::File => ArchiveEntryKind::File { size },
            IndexKind::Folder => ArchiveEntryKind::Folder,
            IndexKind::Link => {
                ArchiveEntryKind::Link { target: target.map(|path| path.0).unwrap_or_default() }
            }
        };
        let modified = FileTime { seconds: mtime.0, nanoseconds: mtime.1 };
        Self { entry: ArchiveEntry { path: path.0, kind, mode, uid, gid, modified }, offset }
    }
}

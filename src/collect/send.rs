//! Sends the selected files of an archive.

use std::collections::HashMap;
use std::io::{self, Read, Write};

use super::CollectError;
use super::answer::{ArchiveEnd, Change, ChangedFile, Exceeded, LargeFolder, SelectedFiles, UnreadContent};
use super::answer_writer::AnswerWriter;
use super::fingerprint::{found_fingerprint, stored_fingerprint};
use super::request::ArchiveRequest;
use super::select::{SelectedArchive, SelectedEntry};
use super::tar_stream::{Attributes, EntryKind};
use super::tree::Tree;

/// The size of the pieces that a file is read in: that of the output's buffer, so that a full piece is not copied.
const PIECE_BYTES: usize = 256 * 1024;

/// How many files that changed are named.
const CHANGED_MAX: usize = 10;

/// How many folders of an archive that is too large are named.
const LARGEST_MAX: usize = 5;

/// Sends the part of the answer about one archive.
pub(super) fn send<T: Tree, W: Write>(
    tree: &mut T,
    answer: &mut AnswerWriter<W>,
    request: &ArchiveRequest,
    archive: SelectedArchive,
) -> Result<(), CollectError> {
    let SelectedArchive { name, findings, entries } = archive;
    let is_file = |entry: &&SelectedEntry| entry.attributes.kind != EntryKind::Directory;
    let unchanged =
        request.known_fingerprint.as_ref().is_some_and(|known| *known == found_fingerprint(&entries));
    let selected = SelectedFiles {
        name,
        findings,
        entries: entries.len() as u64,
        files: entries.iter().filter(is_file).count() as u64,
        bytes: total(&entries),
        fingerprint: stored_fingerprint(&entries),
        unchanged,
    };
    answer.selection(request.id, &selected).map_err(CollectError::Write)?;
    let mut sender = Sender {
        tree,
        answer,
        archive: request.id,
        bytes_max: request.bytes_max,
        end: ArchiveEnd::default(),
        piece: vec![0; PIECE_BYTES],
    };
    if !unchanged {
        sender.entries(&entries)?;
    }
    let Sender { end, answer, .. } = sender;
    answer.end(request.id, &end).map_err(CollectError::Write)
}

struct Sender<'a, T, W> {
    tree: &'a mut T,
    answer: &'a mut AnswerWriter<W>,
    archive: u32,
    bytes_max: u64,
    end: ArchiveEnd,
    piece: Vec<u8>,
}

impl<T: Tree, W: Write> Sender<'_, T, W> {
    fn entries(&mut self, entries: &[SelectedEntry]) -> Result<(), CollectError> {
        let bytes = total(entries);
        if bytes > self.bytes_max {
            self.end.exceeded = Some(exceeded(bytes, self.bytes_max, entries));
            return Ok(());
        }
        for entry in entries {
            match entry.attributes.kind {
                EntryKind::File => self.file(entry)?,
                EntryKind::Directory | EntryKind::Link => self.head(entry, &entry.attributes)?,
            }
            if self.end.unreadable.is_some() {
                return Ok(());
            }
            if self.end.bytes > self.bytes_max {
                // Files have grown since they were selected.
                self.end.exceeded = Some(exceeded(self.end.bytes, self.bytes_max, entries));
                return Ok(());
            }
        }
        Ok(())
    }

    fn head(&mut self, entry: &SelectedEntry, attributes: &Attributes) -> Result<(), CollectError> {
        self.end.entries = self.end.entries.saturating_add(1);
        self.end.files = self.end.files.saturating_add(u64::from(attributes.kind != EntryKind::Directory));
        self.end.bytes = self.end.bytes.saturating_add(attributes.size);
        let written = self.answer.entry(self.archive, attributes, &entry.path, &entry.link);
        written.map_err(CollectError::Write)
    }

    fn file(&mut self, entry: &SelectedEntry) -> Result<(), CollectError> {
        let (mut content, size) = match self.tree.open(entry.source.as_ref().unwrap_or(&entry.path)) {
            Ok(Some(opened)) => opened,
            Ok(None) => {
                self.changed(entry, Change::Vanished);
                return Ok(());
            }
            Err(error) => {
                self.changed(entry, Change::Unreadable(error.to_string()));
                return Ok(());
            }
        };
        self.head(entry, &Attributes { size, ..entry.attributes })?;
        let mut left = size;
        while left > 0 {
            let length = PIECE_BYTES.min(usize::try_from(left).unwrap_or(usize::MAX));
            let piece = self.piece.get_mut(..length).unwrap_or_default();
            let read = match read(&mut content, piece) {
                Ok(0) => {
                    self.changed(entry, Change::Shrank);
                    break;
                }
                Ok(read) => read,
                Err(error) => {
                    let (path, reason) = (lossy(&entry.path), error.to_string());
                    self.end.unreadable = Some(UnreadContent { path, reason });
                    break;
                }
            };
            self.answer.content(piece.get(..read).unwrap_or_default()).map_err(CollectError::Write)?;
            left = left.saturating_sub(read as u64);
        }
        // The entry has the size in its header, so that the stream stays whole for the other archives.
        io::copy(&mut io::repeat(0).take(left), &mut ContentWriter(self.answer))
            .map_err(CollectError::Write)?;
        self.answer.content_end(size).map_err(CollectError::Write)
    }

    fn changed(&mut self, entry: &SelectedEntry, change: Change) {
        if self.end.changed.len() < CHANGED_MAX {
            self.end.changed.push(ChangedFile { path: lossy(&entry.path), change });
        } else {
            self.end.changed_more = self.end.changed_more.saturating_add(1);
        }
    }
}

/// Reads once, whatever signals arrive.
fn read(content: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match content.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Writes to the content of an entry.
struct ContentWriter<'a, W>(&'a mut AnswerWriter<W>);

impl<W: Write> Write for ContentWriter<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.content(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn total(entries: &[SelectedEntry]) -> u64 {
    entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.attributes.size))
}

/// Names the largest folders, at most two levels deep: those that say what an archive should not contain.
fn exceeded(bytes: u64, bytes_max: u64, entries: &[SelectedEntry]) -> Exceeded {
    let mut folders: HashMap<&[u8], u64> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.attributes.size > 0) {
        let path = &entry.path;
        let mut slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(index, _)| index);
        let first = slashes.next();
        let end = slashes.next().or(first).unwrap_or(path.len());
        let folder = folders.entry(path.get(..end).unwrap_or_default()).or_default();
        *folder = folder.saturating_add(entry.attributes.size);
    }
    let mut folders: Vec<(&[u8], u64)> = folders.into_iter().collect();
    folders.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let largest = folders.into_iter().take(LARGEST_MAX);
    let largest = largest.map(|(path, bytes)| LargeFolder { path: lossy(path), bytes }).collect();
    Exceeded { bytes, bytes_max, largest }
}

fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

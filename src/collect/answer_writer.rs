//! Writes the answer in the order of its layout.

use std::io::{self, Write};

use serde::Serialize;

use super::answer::{
    AnswerEnd, ArchiveEnd, END_ENTRY, SelectedFiles, archive_end_entry, files_prefix, selection_entry,
};
use super::tar_stream::{Attributes, EntryKind, EntryWriter};

/// Writes an answer.
pub(super) struct AnswerWriter<W> {
    entries: EntryWriter<W>,
    archives: u64,
    /// The name of an entry, which keeps its memory from one to the next.
    name: Vec<u8>,
}

impl<W: Write> AnswerWriter<W> {
    pub(super) fn new(out: W) -> Self {
        Self { entries: EntryWriter::new(out), archives: 0, name: Vec::new() }
    }

    /// Begins an archive.
    pub(super) fn selection(&mut self, archive: u32, selection: &SelectedFiles) -> io::Result<()> {
        self.json(&selection_entry(archive), selection)
    }

    /// Begins an entry of the archive, of whose content `attributes.size` bytes must follow.
    pub(super) fn entry(
        &mut self,
        archive: u32,
        attributes: &Attributes,
        path: &[u8],
        link: &[u8],
    ) -> io::Result<()> {
        self.name.clear();
        self.name.extend_from_slice(files_prefix(archive).as_bytes());
        self.name.extend_from_slice(path);
        self.entries.head(attributes, &self.name, link)
    }

    /// Writes a piece of an entry's content.
    pub(super) fn content(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.entries.content(bytes)
    }

    /// Ends the content of an entry of `size` bytes.
    pub(super) fn content_end(&mut self, size: u64) -> io::Result<()> {
        self.entries.padding(size)
    }

    /// Ends an archive.
    pub(super) fn end(&mut self, archive: u32, end: &ArchiveEnd) -> io::Result<()> {
        self.archives = self.archives.saturating_add(1);
        self.json(&archive_end_entry(archive), end)
    }

    /// Ends the answer.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.json(END_ENTRY, &AnswerEnd { archives: self.archives })?;
        self.entries.finish()
    }

    fn json(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_vec(value)?;
        let size = text.len() as u64;
        let attributes = Attributes { kind: EntryKind::File, mode: 0o600, uid: 0, gid: 0, modified: 0, size };
        self.entries.head(&attributes, name.as_bytes(), b"")?;
        self.entries.content(&text)?;
        self.entries.padding(size)
    }
}

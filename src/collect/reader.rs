//! Reads the answer on the host. The stream is untrusted: names, sizes and order are checked before anything is passed on.

use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::de::DeserializeOwned;
use thiserror::Error;

use super::answer::{
    AnswerEnd, ArchiveEnd, END_ENTRY, SelectedFiles, archive_end_entry, files_prefix, selection_entry,
};
use super::entry_budget::{EntryBudget, EntryLimitExceeded, EntryLimits};
use super::tar_stream::{Attributes, EntryHead, EntryKind, EntryReader, StreamError};

/// The size of a JSON entry: 10,000 findings with long paths.
const JSON_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Gets the parts of an answer in their order: for every archive its selection, its entries and its end.
pub trait AnswerSink {
    /// Why it cannot go on, which ends the reading.
    type Error: Display;

    /// An archive begins.
    fn selection(&mut self, archive: u32, selection: SelectedFiles) -> Result<(), Self::Error>;

    /// An entry of it. What is not read of `content` is skipped. An error of `content` ends the reading anyway.
    fn entry(
        &mut self,
        archive: u32,
        entry: AnswerEntry<'_>,
        content: &mut dyn Read,
    ) -> Result<(), Self::Error>;

    /// The archive is complete, unless `end.exceeded` or `end.unreadable` is set. It may be stored now: if the stream ends
    /// too early afterwards, only the archives behind it are lost.
    fn end(&mut self, archive: u32, end: ArchiveEnd) -> Result<(), Self::Error>;
}

/// A file, directory or link of an archive.
#[derive(Debug)]
pub struct AnswerEntry<'a> {
    pub attributes: Attributes,
    /// Relative to the project's folder, without `.` and `..`.
    pub path: &'a Path,
    /// The target of a link, as it is written; it may lead anywhere.
    pub link: Option<&'a Path>,
}

/// Why an answer cannot be read.
#[derive(Debug, Error)]
pub enum AnswerError<E: Display> {
    #[error("the collector's answer ends too early")]
    Incomplete,
    #[error("the collector's answer cannot be read: {0}")]
    Read(io::Error),
    #[error("the collector's answer is malformed: {0}")]
    Malformed(String),
    #[error(transparent)]
    TooMuch(#[from] EntryLimitExceeded),
    /// The sink's own error.
    #[error("{0}")]
    Sink(E),
}

impl<E: Display> From<StreamError> for AnswerError<E> {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Io(error) => error.into(),
            other => Self::Malformed(other.to_string()),
        }
    }
}

impl<E: Display> From<io::Error> for AnswerError<E> {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Incomplete } else { Self::Read(error) }
    }
}

/// Reads the answer about `archives`, the ids of the request in its order, and passes its parts on.
///
/// # Errors
/// The stream is not a complete answer about these archives, it has too many entries, or the sink cannot go on.
pub fn read_answer<S: AnswerSink>(
    stream: impl Read,
    archives: &[u32],
    sink: &mut S,
) -> Result<(), AnswerError<S::Error>> {
    read_answer_within(EntryLimits::default(), stream, archives, sink)
}

/// As [`read_answer`], with other limits.
fn read_answer_within<S: AnswerSink>(
    limits: EntryLimits,
    stream: impl Read,
    archives: &[u32],
    sink: &mut S,
) -> Result<(), AnswerError<S::Error>> {
    let mut budget = EntryBudget::new(limits);
    let mut entries = EntryReader::new(stream);
    for archive in archives {
        let head = next(&mut entries)?;
        let selection = json(&mut entries, &head, &selection_entry(*archive))?;
        sink.selection(*archive, selection).map_err(AnswerError::Sink)?;
        let (head, counted) = files(&mut entries, *archive, &mut budget, sink)?;
        let end: ArchiveEnd = json(&mut entries, &head, &archive_end_entry(*archive))?;
        if (end.entries, end.bytes) != counted {
            return Err(malformed(format!(
                "archive {archive} has {} entries with {} bytes, and its end says {} and {}",
                counted.0, counted.1, end.entries, end.bytes
            )));
        }
        sink.end(*archive, end).map_err(AnswerError::Sink)?;
    }
    let head = next(&mut entries)?;
    let end: AnswerEnd = json(&mut entries, &head, END_ENTRY)?;
    if end.archives == archives.len() as u64 {
        Ok(())
    } else {
        Err(malformed(format!("it has {} archives instead of {}", end.archives, archives.len())))
    }
}

/// The number and size of entries.
type Counts = (u64, u64);

/// Passes the entries of an archive on. The result is the head of the entry after them, and their counts.
fn files<R: Read, S: AnswerSink>(
    entries: &mut EntryReader<R>,
    archive: u32,
    budget: &mut EntryBudget,
    sink: &mut S,
) -> Result<(EntryHead, Counts), AnswerError<S::Error>> {
    let prefix = files_prefix(archive);
    let (mut number, mut bytes) = (0_u64, 0_u64);
    let mut last: Vec<u8> = Vec::new();
    loop {
        let head = next(entries)?;
        let Some(name) = head.name.strip_prefix(prefix.as_bytes()) else {
            return Ok((head, (number, bytes)));
        };
        budget.take(name, &head.link)?;
        let path = Path::new(OsStr::from_bytes(name));
        // As no name is empty, this also refuses an empty one.
        if !is_plain(name) || name <= last.as_slice() {
            return Err(malformed(format!("it has the entry `{}`", path.display())));
        }
        let link = Path::new(OsStr::from_bytes(&head.link));
        let is_link = head.attributes.kind == EntryKind::Link;
        if is_link == head.link.is_empty() || head.link.contains(&0) {
            return Err(malformed(format!("the target of the link `{}` is wrong", path.display())));
        }
        let entry = AnswerEntry { attributes: head.attributes, path, link: is_link.then_some(link) };
        let mut content = entries.content(head.attributes.size);
        let passed_on = sink.entry(archive, entry, &mut content);
        if let Some(kind) = content.failed() {
            return Err(io::Error::from(kind).into());
        }
        passed_on.map_err(AnswerError::Sink)?;
        content.skip()?;
        number = number.saturating_add(1);
        bytes = bytes.saturating_add(head.attributes.size);
        last = name.to_vec();
    }
}

fn next<R: Read, E: Display>(entries: &mut EntryReader<R>) -> Result<EntryHead, AnswerError<E>> {
    entries.head()?.ok_or(AnswerError::Incomplete)
}

/// Reads the JSON entry `name`, which `head` must begin.
fn json<R: Read, T: DeserializeOwned, E: Display>(
    entries: &mut EntryReader<R>,
    head: &EntryHead,
    name: &str,
) -> Result<T, AnswerError<E>> {
    if head.name != name.as_bytes() || head.attributes.kind != EntryKind::File {
        let found = String::from_utf8_lossy(&head.name);
        return Err(malformed(format!("it has `{found}` in place of `{name}`")));
    }
    if head.attributes.size > JSON_BYTES_MAX {
        return Err(malformed(format!("`{name}` has {} bytes", head.attributes.size)));
    }
    let mut text = Vec::new();
    let mut content = entries.content(head.attributes.size);
    content.read_to_end(&mut text)?;
    content.skip()?;
    serde_json::from_slice(&text).map_err(|error| malformed(format!("`{name}`: {error}")))
}

fn malformed<E: Display>(what: String) -> AnswerError<E> {
    AnswerError::Malformed(what)
}

/// Whether a name is a relative path in its simplest form.
fn is_plain(name: &[u8]) -> bool {
    !name.contains(&0) && name.split(|byte| *byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

#[cfg(test)]
mod tests;

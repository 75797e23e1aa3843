//! Reads the headers of a tar file that an engine has written. Its extensions are PAX (Docker, Podman) and GNU's long names.
//!
//! The `tar` crate takes a newline in a name for the end of the name, so it is not used here.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use tar::{EntryType, Header};

use super::tar_stream::{BLOCK_BYTES, is_intact};

/// The size of a header's extensions: names, and attributes of files that are not used.
const EXTENSION_BYTES_MAX: u64 = 1024 * 1024;

/// The entries of a tar file.
pub(super) struct TarIndex<'f> {
    file: &'f File,
    at: u64,
    /// Where the archive ends at the latest.
    end: u64,
}

/// An entry of a tar file.
#[derive(Debug)]
pub(super) struct TarIndexEntry {
    pub(super) header: Header,
    pub(super) path: Vec<u8>,
    /// The target of a link, or the first name of a hard link.
    pub(super) link: Vec<u8>,
    pub(super) uid: u64,
    pub(super) gid: u64,
    /// The size of the content, and where it begins.
    pub(super) size: u64,
    pub(super) offset: u64,
}

/// What an extension says about the next entry.
#[derive(Debug, Default)]
struct Extension {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    uid: Option<u64>,
    gid: Option<u64>,
    size: Option<u64>,
}

impl<'f> TarIndex<'f> {
    /// The entries of the archive in that part of the file.
    pub(super) fn of_part(file: &'f File, part: Range<u64>) -> Self {
        Self { file, at: part.start, end: part.end }
    }

    /// The next entry; `None` at the end of the archive, which must be there.
    pub(super) fn next(&mut self) -> io::Result<Option<TarIndexEntry>> {
        let mut extension = Extension::default();
        loop {
            let mut header = Header::new_old();
            let at = self.at;
            self.pass(BLOCK_BYTES as u64)?;
            self.file.read_exact_at(header.as_mut_bytes(), at)?;
            if header.as_bytes().iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            if !is_intact(&header) {
                return Err(damaged("a header is damaged"));
            }
            match header.entry_type() {
                EntryType::XHeader => extension.read(&self.extension(&header)?)?,
                EntryType::GNULongName => extension.path = Some(until_zero(self.extension(&header)?)),
                EntryType::GNULongLink => extension.link = Some(until_zero(self.extension(&header)?)),
                EntryType::XGlobalHeader => drop(self.extension(&header)?),
                _ => return self.entry(header, extension).map(Some),
            }
        }
    }

    fn entry(&mut self, header: Header, extension: Extension) -> io::Result<TarIndexEntry> {
        let size = match header.entry_type() {
            EntryType::Regular | EntryType::Continuous => {
                extension.size.map_or_else(|| header.entry_size(), Ok)?
            }
            _ => 0,
        };
        let entry = TarIndexEntry {
            path: extension.path.unwrap_or_else(|| header.path_bytes().into_owned()),
            link: extension.link.or_else(|| Some(header.link_name_bytes()?.into_owned())).unwrap_or_default(),
            uid: extension.uid.map_or_else(|| header.uid(), Ok)?,
            gid: extension.gid.map_or_else(|| header.gid(), Ok)?,
            size,
            offset: self.at,
            header,
        };
        self.pass(size)?;
        Ok(entry)
    }

    /// The content of an extension.
    fn extension(&mut self, header: &Header) -> io::Result<Vec<u8>> {
        let size = header.entry_size()?;
        if size > EXTENSION_BYTES_MAX {
            return Err(damaged("a name is too long"));
        }
        let mut content = vec![0; usize::try_from(size).unwrap_or_default()];
        self.file.read_exact_at(&mut content, self.at)?;
        self.pass(size)?;
        Ok(content)
    }

    /// Passes a header or a content, which must be in the archive.
    fn pass(&mut self, size: u64) -> io::Result<()> {
        self.at = self.at.saturating_add(size);
        if self.at > self.end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at = self.at.next_multiple_of(BLOCK_BYTES as u64);
        Ok(())
    }
}

impl Extension {
    /// Reads PAX records: `LENGTH KEY=VALUE` and a newline. A value may have newlines, too.
    fn read(&mut self, records: &[u8]) -> io::Result<()> {
        let mut rest = records;
        while !rest.is_empty() {
            let malformed = || damaged("a name is damaged");
            let blank = rest.iter().position(|byte| *byte == b' ').ok_or_else(malformed)?;
            let length =
                number(rest.get(..blank).unwrap_or_default()).and_then(|length| usize::try_from(length).ok());
            let (record, after) =
                length.and_then(|length| rest.split_at_checked(length)).ok_or_else(malformed)?;
            let record = record
                .get(blank + 1..)
                .and_then(|record| record.strip_suffix(b"\n"))
                .ok_or_else(malformed)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(malformed)?;
            let (key, value) =
                (record.get(..equals).unwrap_or_default(), record.get(equals + 1..).unwrap_or_default());
            match key {
                b"path" => self.path = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => self.size = Some(number(value).ok_or_else(malformed)?),
                b"uid" => self.uid = Some(number(value).ok_or_else(malformed)?),
                b"gid" => self.gid = Some(number(value).ok_or_else(malformed)?),
                _ => {}
            }
            rest = after;
        }
        Ok(())
    }
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn until_zero(mut text: Vec<u8>) -> Vec<u8> {
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    text.truncate(end);
    text
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

//! The tar entries of the answer, as bytes. Names are bytes, of any length up to a limit; GNU's entries for long names are the
//! only extension.
//!
//! The reader is not that of the `tar` crate, which keeps a long name of any length and follows further extensions: the
//! stream is untrusted.

use std::io::{self, Read, Write};

use tar::{EntryType, Header};
use thiserror::Error;

/// The longest name or link target: more than Linux accepts in one system call (4 KiB), as a name can be put together.
const NAME_BYTES_MAX: usize = 64 * 1024;

pub(super) const BLOCK_BYTES: usize = 512;

/// Why a stream is not an answer.
#[derive(Debug, Error)]
pub enum StreamError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("a header of the tar stream is damaged")]
    Damaged,
    #[error("the tar stream has an entry of type {0:?}, which the collector does not write")]
    Type(char),
    #[error("the tar stream has a name of {0} bytes")]
    LongName(u64),
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    File,
    Directory,
    Link,
}

/// Attributes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    pub kind: EntryKind,
    /// Permission bits, without setuid, setgid and sticky.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    /// Seconds since 1970.
    pub modified: u64,
    /// The size of a file, else 0.
    pub size: u64,
}

impl Attributes {
    /// The header of a tar entry with these attributes, without names.
    pub fn header(&self) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(match self.kind {
            EntryKind::File => EntryType::Regular,
            EntryKind::Directory => EntryType::Directory,
            EntryKind::Link => EntryType::Symlink,
        });
        header.set_mode(self.mode);
        header.set_uid(self.uid);
        header.set_gid(self.gid);
        header.set_mtime(self.modified);
        header.set_size(self.size);
        header
    }

    fn parse(header: &Header) -> Result<Self, StreamError> {
        let kind = match header.entry_type() {
            EntryType::Regular => EntryKind::File,
            EntryType::Directory => EntryKind::Directory,
            EntryType::Symlink => EntryKind::Link,
            other => return Err(StreamError::Type(other.as_byte().into())),
        };
        let field = |value: io::Result<u64>| value.map_err(|_| StreamError::Damaged);
        let size = field(header.entry_size())?;
        if kind != EntryKind::File && size != 0 {
            return Err(StreamError::Damaged);
        }
        Ok(Self {
            kind,
            mode: header.mode().map_err(|_| StreamError::Damaged)? & 0o777,
            uid: field(header.uid())?,
            gid: field(header.gid())?,
            modified: field(header.mtime())?,
            size,
        })
    }
}

/// Writes entries.
pub(super) struct EntryWriter<W> {
    out: W,
}

impl<W: Write> EntryWriter<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes an entry without its content, of which `attributes.size` bytes must follow.
    pub(super) fn head(&mut self, attributes: &Attributes, name: &[u8], link: &[u8]) -> io::Result<()> {
        let mut header = attributes.header();
        let fields = header.as_gnu_mut().ok_or(io::ErrorKind::InvalidData)?;
        let long_name = put(&mut fields.name, name);
        let long_link = put(&mut fields.linkname, link);
        if let Err(name) = long_link {
            self.long(EntryType::GNULongLink, name)?;
        }
        if let Err(name) = long_name {
            self.long(EntryType::GNULongName, name)?;
        }
        header.set_cksum();
        self.out.write_all(header.as_bytes())
    }

    /// Writes a piece of the content.
    pub(super) fn content(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Fills the last block of a content of `size` bytes.
    pub(super) fn padding(&mut self, size: u64) -> io::Result<()> {
        let zeros = [0; BLOCK_BYTES];
        self.out.write_all(zeros.get(..padding(size)).unwrap_or_default())
    }

    /// Ends the archive.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK_BYTES])?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn long(&mut self, kind: EntryType, name: &[u8]) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        // GNU tar counts the zero at the end.
        let size = name.len() as u64 + 1;
        header.set_size(size);
        header.set_cksum();
        self.out.write_all(header.as_bytes())?;
        self.out.write_all(name)?;
        self.out.write_all(&[0])?;
        self.padding(size)
    }
}

/// Puts a name into its field, or gives it back if it is too long.
fn put<'n>(field: &mut [u8], name: &'n [u8]) -> Result<(), &'n [u8]> {
    field.get_mut(..name.len()).map(|field| field.copy_from_slice(name)).ok_or(name)
}

/// The bytes between a content and the next header.
fn padding(size: u64) -> usize {
    (size.wrapping_neg() % BLOCK_BYTES as u64) as usize
}

/// An entry before its content.
#[derive(Debug)]
pub(super) struct EntryHead {
    pub(super) attributes: Attributes,
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
}

/// Reads entries.
pub(super) struct EntryReader<R> {
    input: R,
}

impl<R: Read> EntryReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input }
    }

    /// The next entry; `None` at the end of the archive. The content of the entry before must have been read.
    pub(super) fn head(&mut self) -> Result<Option<EntryHead>, StreamError> {
        let (mut long_name, mut long_link) = (None, None);
        loop {
            let mut header = Header::new_gnu();
            self.input.read_exact(header.as_mut_bytes())?;
            if header.as_bytes().iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            if !is_intact(&header) {
                return Err(StreamError::Damaged);
            }
            match header.entry_type() {
                EntryType::GNULongName if long_name.is_none() => long_name = Some(self.long(&header)?),
                EntryType::GNULongLink if long_link.is_none() => long_link = Some(self.long(&header)?),
                _ => {
                    let attributes = Attributes::parse(&header)?;
                    let fields = header.as_old();
                    let name = long_name.unwrap_or_else(|| text(&fields.name));
                    let link = long_link.unwrap_or_else(|| text(&fields.linkname));
                    return Ok(Some(EntryHead { attributes, name, link }));
                }
            }
        }
    }

    /// The content of an entry of `size` bytes. A stream that ends too early is an error of the reader.
    pub(super) fn content(&mut self, size: u64) -> Content<'_, R> {
        Content { input: &mut self.input, left: size, padding: padding(size), failed: None }
    }

    fn long(&mut self, header: &Header) -> Result<Vec<u8>, StreamError> {
        let size = header.entry_size().map_err(|_| StreamError::Damaged)?;
        if size > NAME_BYTES_MAX as u64 {
            return Err(StreamError::LongName(size));
        }
        let mut name = Vec::new();
        let mut content = self.content(size);
        content.read_to_end(&mut name)?;
        content.skip()?;
        if name.pop() != Some(0) {
            return Err(StreamError::Damaged);
        }
        Ok(name)
    }
}

/// The content of an entry.
pub(super) struct Content<'r, R> {
    input: &'r mut R,
    left: u64,
    padding: usize,
    failed: Option<io::ErrorKind>,
}

impl<R: Read> Content<'_, R> {
    /// How the stream failed, if it did: whoever reads the content may say something else.
    pub(super) fn failed(&self) -> Option<io::ErrorKind> {
        self.failed
    }

    /// Reads what has not been read, up to the next header.
    pub(super) fn skip(mut self) -> io::Result<()> {
        io::copy(&mut self, &mut io::sink())?;
        let mut padding = [0; BLOCK_BYTES];
        self.input.read_exact(padding.get_mut(..self.padding).unwrap_or_default())
    }
}

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = match self.input.read(buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            result => result,
        };
        match &read {
            Ok(read) => self.left = self.left.saturating_sub(*read as u64),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.failed = Some(error.kind()),
        }
        read
    }
}

/// Whether the sum of a header's bytes is the one in it.
pub(super) fn is_intact(header: &Header) -> bool {
    let mut copy = header.clone();
    copy.set_cksum();
    match (header.cksum(), copy.cksum()) {
        (Ok(written), Ok(sum)) => written == sum,
        _ => false,
    }
}

/// A field up to its first zero.
fn text(field: &[u8]) -> Vec<u8> {
    field.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

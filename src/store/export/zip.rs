//! Writes a zip archive, as GitLab offers artifacts for download.
//!
//! The files are stored without compression: that takes no library, and the archive of a job is read once. Sizes above
//! 4 GiB and more than 65,535 entries take the records of Zip64. Modes and links are those of Unix.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{ExtractError, Extracted};
use crate::store::archive::{ArchiveEntry, ArchiveEntryKind, FileTime, StoredArchive};

/// The value of a 32-bit field that stands in a record of Zip64.
const IN_ZIP64: u32 = u32::MAX;

/// The value of a 16-bit field that stands in a record of Zip64.
const COUNT_IN_ZIP64: u16 = u16::MAX;

/// The version of the format that knows Zip64, which is written for all entries.
const VERSION: u16 = 45;

/// Made on Unix: modes stand in the external attributes.
const MADE_BY: u16 = (3 << 8) | VERSION;

/// Names are UTF-8.
const UTF8: u16 = 1 << 11;

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END64: u32 = 0x0606_4b50;
const END64_LOCATOR: u32 = 0x0706_4b50;
const END: u32 = 0x0605_4b50;

/// Where the checksum stands in a local header.
const CHECKSUM_AT: u64 = 14;

/// One write to the disk.
const BUFFER_BYTES: usize = 256 << 10;

/// A zip archive that is being written. It must not exist before, and is removed when it is dropped incomplete.
#[derive(Debug)]
pub struct ZipFile {
    out: BufWriter<File>,
    path: PathBuf,
    /// The bytes written so far.
    position: u64,
    /// The central directory: a header for each entry.
    central: Vec<u8>,
    entries: u64,
    is_complete: bool,
}

impl ZipFile {
    /// Creates the file.
    ///
    /// # Errors
    /// The file exists or cannot be created.
    pub fn create(path: &Path) -> Result<Self, ExtractError> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path);
        let file = file.map_err(|source| ExtractError::Io {
            operation: "create the file",
            path: path.to_owned(),
            source,
        })?;
        let out = BufWriter::with_capacity(BUFFER_BYTES, file);
        let path = path.to_owned();
        Ok(Self { out, path, position: 0, central: Vec::new(), entries: 0, is_complete: false })
    }

    /// Writes the selected entries of an archive, and completes the file.
    ///
    /// # Errors
    /// The archive is refused or cannot be read, or the file cannot be written.
    pub fn export(
        mut self,
        archive: &StoredArchive,
        is_selected: impl Fn(&Path) -> bool,
    ) -> Result<Extracted, ExtractError> {
        let mut extracted = Extracted::default();
        archive.for_each(|entry, content| {
            if entry.path == Path::new(".") || !is_selected(&entry.path) {
                return Ok(());
            }
            let path = self.path.clone();
            let failed = |source| ExtractError::Io { operation: "write the file", path, source };
            self.add(entry, content).map_err(failed)?;
            extracted.count(entry, entry.size());
            Ok::<(), ExtractError>(())
        })?;
        let path = self.path.clone();
        self.finish().map_err(|source| ExtractError::Io { operation: "write the file", path, source })?;
        Ok(extracted)
    }

    fn add(&mut self, entry: &ArchiveEntry, content: &mut dyn Read) -> io::Result<()> {
        let mut name = entry.path.as_os_str().as_bytes().to_vec();
        if entry.kind == ArchiveEntryKind::Folder {
            name.push(b'/');
        }
        let (kind, target) = match &entry.kind {
            ArchiveEntryKind::File { .. } => (0o100_000, None),
            ArchiveEntryKind::Folder => (0o040_000, None),
            ArchiveEntryKind::Link { target } => (0o120_000, Some(target.as_os_str().as_bytes())),
        };
        let size = target.map_or(entry.size(), |target| target.len() as u64);
        let header = ZipHeader {
            flags: if std::str::from_utf8(&name).is_ok() { UTF8 } else { 0 },
            modified: entry.modified,
            mode: kind | (entry.mode & 0o777),
            size,
            offset: self.position,
            name,
        };
        self.put(&header.local())?;
        let mut checksum = Checksum::default();
        match target {
            Some(mut target) => self.copy(&mut target, &mut checksum)?,
            None => self.copy(content, &mut checksum)?,
        }
        let checksum = checksum.value();
        self.out.flush()?;
        self.out
            .get_ref()
            .write_all_at(&checksum.to_le_bytes(), header.offset.saturating_add(CHECKSUM_AT))?;
        self.central.extend(header.central(checksum));
        self.entries = self.entries.saturating_add(1);
        Ok(())
    }

    fn copy(&mut self, content: &mut dyn Read, checksum: &mut Checksum) -> io::Result<()> {
        let mut piece = vec![0; BUFFER_BYTES];
        loop {
            match content.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(length) => {
                    let read = piece.get(..length).unwrap_or_default();
                    checksum.add(read);
                    self.put(read)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.position = self.position.saturating_add(bytes.len() as u64);
        self.out.write_all(bytes)
    }

    /// Writes the central directory and the records behind it.
    fn finish(&mut self) -> io::Result<()> {
        let (begins, central) = (self.position, std::mem::take(&mut self.central));
        self.put(&central)?;
        let (size, end64) = (central.len() as u64, self.position);
        let count = u16::try_from(self.entries).unwrap_or(COUNT_IN_ZIP64);
        let (small_size, small_begins) = (small(size), small(begins));
        if count == COUNT_IN_ZIP64 || small_size == IN_ZIP64 || small_begins == IN_ZIP64 {
            let mut record = ZipFields::default();
            // The record's length without its first 12 bytes, and the only disk.
            record.u32(END64).u64(44).u16(MADE_BY).u16(VERSION).u32(0).u32(0);
            record.u64(self.entries).u64(self.entries).u64(size).u64(begins);
            record.u32(END64_LOCATOR).u32(0).u64(end64).u32(1);
            self.put(&record.0)?;
        }
        let mut record = ZipFields::default();
        record.u32(END).u16(0).u16(0).u16(count).u16(count).u32(small_size).u32(small_begins).u16(0);
        self.put(&record.0)?;
        self.out.flush()?;
        self.is_complete = true;
        Ok(())
    }
}

impl Drop for ZipFile {
    fn drop(&mut self) {
        if !self.is_complete {
            // The error that left it incomplete is the one to tell.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What the headers of an entry say.
struct ZipHeader {
    flags: u16,
    modified: FileTime,
    /// The kind and the permissions, as in `stat`.
    mode: u32,
    size: u64,
    /// Where the local header begins.
    offset: u64,
    name: Vec<u8>,
}

impl ZipHeader {
    /// The header before the content. The checksum is written when the content is known.
    fn local(&self) -> Vec<u8> {
        let mut extra = ZipFields::default();
        if small(self.size) == IN_ZIP64 {
            extra.u16(1).u16(16).u64(self.size).u64(self.size);
        }
        self.extended_time(&mut extra);
        let mut header = ZipFields::default();
        header.u32(LOCAL_HEADER);
        self.common(&mut header, 0, &extra);
        header.bytes(&self.name).bytes(&extra.0);
        header.0
    }

    /// The header in the central directory.
    fn central(&self, checksum: u32) -> Vec<u8> {
        let mut zip64 = ZipFields::default();
        if small(self.size) == IN_ZIP64 {
            zip64.u64(self.size).u64(self.size);
        }
        if small(self.offset) == IN_ZIP64 {
            zip64.u64(self.offset);
        }
        let mut extra = ZipFields::default();
        if !zip64.0.is_empty() {
            extra.u16(1).u16(u16::try_from(zip64.0.len()).unwrap_or_default()).bytes(&zip64.0);
        }
        self.extended_time(&mut extra);
        let mut header = ZipFields::default();
        header.u32(CENTRAL_HEADER).u16(MADE_BY);
        self.common(&mut header, checksum, &extra);
        // No comment, the first disk, no internal attributes.
        header.u16(0).u16(0).u16(0).u32(self.mode << 16).u32(small(self.offset));
        header.bytes(&self.name).bytes(&extra.0);
        header.0
    }

    /// The fields that both headers have.
    fn common(&self, header: &mut ZipFields, checksum: u32, extra: &ZipFields) {
        let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        let (date, time) = dos_time(self.modified);
        // Method 0: the content as it is.
        header.u16(VERSION).u16(self.flags).u16(0).u16(time).u16(date).u32(checksum);
        header.u32(small(self.size)).u32(small(self.size)).u16(length(&self.name)).u16(length(&extra.0));
    }

    /// The time of the last change since 1970, in seconds.
    fn extended_time(&self, extra: &mut ZipFields) {
        if let Ok(seconds) = i32::try_from(self.modified.seconds) {
            extra.u16(0x5455).u16(5).bytes(&[1]).bytes(&seconds.to_le_bytes());
        }
    }
}

/// The low 32 bits of a field, or the mark that the value stands in a record of Zip64.
fn small(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(IN_ZIP64)
}

/// Date and time as in a FAT file system, in UTC: from 1980, in steps of two seconds.
fn dos_time(modified: FileTime) -> (u16, u16) {
    const FIRST: (u16, u16) = (1 << 5 | 1, 0);
    let Ok(time) = Timestamp::from_second(modified.seconds) else { return FIRST };
    let time = TimeZone::UTC.to_datetime(time);
    let field = |value: i8| u16::try_from(value).unwrap_or_default();
    match u16::try_from(i32::from(time.year()) - 1980) {
        Ok(years) if years < 128 => (
            years << 9 | field(time.month()) << 5 | field(time.day()),
            field(time.hour()) << 11 | field(time.minute()) << 5 | (field(time.second()) / 2),
        ),
        _ => FIRST,
    }
}

/// Numbers in the order of their bytes in a zip archive.
#[derive(Default)]
struct ZipFields(Vec<u8>);

impl ZipFields {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }
}

/// CRC-32 as in zip and gzip.
struct Checksum(u32);

impl Default for Checksum {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Checksum {
    /// The remainders of all bytes.
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < table.len() {
            let (mut value, mut bit) = (index as u32, 0);
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let [low, ..] = self.0.to_le_bytes();
            self.0 = Self::TABLE[usize::from(low ^ byte)] ^ self.0 >> 8;
        }
    }

    fn value(&self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_zip() {
        let mut checksum = Checksum::default();
        checksum.add(b"1234");
        checksum.add(b"56789");
        assert_eq!(checksum.value(), 0xcbf4_3926);
    }

    #[test]
    fn a_time_before_1980_is_the_first_one() {
        let time = |seconds| dos_time(FileTime { seconds, nanoseconds: 0 });
        assert_eq!(time(0), (33, 0));
        // 2020-02-03 04:05:06
        assert_eq!(time(1_580_702_706), (40 << 9 | 2 << 5 | 3, 4 << 11 | 5 << 5 | 3));
    }
}

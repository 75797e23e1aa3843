//! One entry of an archive.

use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};
use thiserror::Error;

/// The permission bits that an archive keeps: GitLab Runner's archives lose setuid, setgid and the sticky bit, too.
pub(super) const MODE_MASK: u32 = 0o777;

/// A file, folder or symbolic link in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// The path relative to the project's folder; `.` is that folder itself.
    pub path: PathBuf,
    pub kind: ArchiveEntryKind,
    /// The permission bits.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub modified: FileTime,
}

/// What an entry is. An archive has no other kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveEntryKind {
    /// A regular file with that many bytes.
    File {
        size: u64,
    },
    Folder,
    /// A symbolic link with its target as it is written.
    Link {
        target: PathBuf,
    },
}

/// A time of a file, since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct FileTime {
    pub seconds: i64,
    /// Below 1,000,000,000; they count forward from `seconds`.
    pub nanoseconds: u32,
}

/// Why an entry is refused.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum EntryError {
    #[error("the path `{}` is absolute, empty or not in its simplest form", path.display())]
    BadPath { path: PathBuf },
    #[error("the path `{}` leads out of the folder", path.display())]
    PathOut { path: PathBuf },
    #[error("the path `{}` contains a NUL byte", path.display())]
    Nul { path: PathBuf },
    #[error("the target of the link `{}` is empty or contains a NUL byte", path.display())]
    BadTarget { path: PathBuf },
    #[error("`{}` is in it twice", path.display())]
    Twice { path: PathBuf },
    #[error("`{}` lies below a file or link of the same archive", path.display())]
    BelowAnother { path: PathBuf },
    #[error("`{}` is a file or link, and other entries lie below it", path.display())]
    AboveAnother { path: PathBuf },
    #[error("`{}` is neither a file, a folder nor a symbolic link", path.display())]
    OtherKind { path: PathBuf },
    #[error("the extended header of `{}` is invalid or too large", path.display())]
    BadHeader { path: PathBuf },
    #[error("`{}` is a hard link to `{}`, which no earlier entry of the archive is", path.display(), target.display())]
    UnknownTarget { path: PathBuf, target: PathBuf },
}

impl FileTime {
    /// The decimal number of a PAX record `mtime`.
    fn pax(self) -> String {
        if self.seconds >= 0 || self.nanoseconds == 0 {
            return format!("{}.{:09}", self.seconds, self.nanoseconds);
        }
        // -1.5 s is the second -2 and half a second more.
        let seconds = self.seconds.saturating_add(1).unsigned_abs();
        format!("-{seconds}.{:09}", 1_000_000_000_u32.saturating_sub(self.nanoseconds))
    }

    /// Reads the number of a PAX record `mtime`.
    pub(super) fn from_pax(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let seconds = whole.parse::<i64>().ok()?.checked_mul(sign)?;
        let nanoseconds: u32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        if sign > 0 || nanoseconds == 0 {
            return Some(Self { seconds, nanoseconds });
        }
        Some(Self {
            seconds: seconds.checked_sub(1)?,
            nanoseconds: 1_000_000_000_u32.checked_sub(nanoseconds)?,
        })
    }

    /// Whether a tar header represents the time without a PAX record.
    fn fits_a_header(self) -> bool {
        self.seconds >= 0 && self.nanoseconds == 0
    }
}

impl ArchiveEntry {
    /// Writes the entry to a tar stream, below `prefix`: its header, and the content of a file. Times keep their
    /// nanoseconds. The content must have the size of the entry.
    ///
    /// # Errors
    /// The stream cannot be written, or the content ends early.
    pub fn append_to<W: Write>(
        &self,
        tar: &mut Builder<W>,
        prefix: &Path,
        content: impl Read,
    ) -> io::Result<()> {
        if !self.modified.fits_a_header() {
            tar.append_pax_extensions([("mtime", self.modified.pax().as_bytes())])?;
        }
        let path = self.below(prefix);
        let mut header = Header::new_gnu();
        header.set_mode(self.mode & MODE_MASK);
        header.set_uid(self.uid);
        header.set_gid(self.gid);
        header.set_mtime(u64::try_from(self.modified.seconds).unwrap_or(0));
        match &self.kind {
            ArchiveEntryKind::File { size } => {
                header.set_entry_type(EntryType::Regular);
                header.set_size(*size);
                let mut content = content.take(*size);
                tar.append_data(&mut header, path, &mut content)?;
                if content.limit() > 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(())
            }
            ArchiveEntryKind::Folder => {
                header.set_entry_type(EntryType::Directory);
                header.set_size(0);
                tar.append_data(&mut header, path, io::empty())
            }
            ArchiveEntryKind::Link { target } => {
                header.set_entry_type(EntryType::Symlink);
                header.set_size(0);
                tar.append_link(&mut header, path, target)
            }
        }
    }

    /// The bytes of its path and of the target of a link.
    pub(super) fn name_bytes(&self) -> u64 {
        let target = match &self.kind {
            ArchiveEntryKind::Link { target } => target.as_os_str().len(),
            ArchiveEntryKind::File { .. } | ArchiveEntryKind::Folder => 0,
        };
        self.path.as_os_str().len().saturating_add(target) as u64
    }

    /// The size of a file's content; 0 for others.
    pub fn size(&self) -> u64 {
        if let ArchiveEntryKind::File { size } = self.kind { size } else { 0 }
    }

    fn below(&self, prefix: &Path) -> PathBuf {
        match (self.path.as_os_str().as_bytes(), prefix.as_os_str().as_bytes()) {
            (b".", b"") => PathBuf::from("./"),
            (b".", _) => prefix.to_owned(),
            _ => prefix.join(&self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_and_fractions_survive_their_text() {
        let time = |seconds, nanoseconds| FileTime { seconds, nanoseconds };
        for (time, text) in [
            (time(5, 1), "5.000000001"),
            (time(0, 500_000_000), "0.500000000"),
            (time(-2, 500_000_000), "-1.500000000"),
            (time(-1, 500_000_000), "-0.500000000"),
            (time(-3, 0), "-3.000000000"),
        ] {
            assert_eq!((time.pax(), FileTime::from_pax(text)), (text.to_owned(), Some(time)));
        }
        assert_eq!(FileTime::from_pax("7"), Some(time(7, 0)));
        assert_eq!(FileTime::from_pax("7.1234567899"), Some(time(7, 123_456_789)));
        for text in ["", "-", "x", "1.x", "1.2.3", "99999999999999999999", "+1", "1e3"] {
            assert_eq!(FileTime::from_pax(text), None, "{text}");
        }
    }
}

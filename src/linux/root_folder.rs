//! Opens files beneath a folder without ever leaving it, whatever symbolic links a stranger has put there.
//!
//! Every path is walked component by component with `O_NOFOLLOW`, from an open folder to the next one, so that nobody can
//! exchange a folder for a link between a check and its use. The kernel's `openat2` with `RESOLVE_BENEATH` would do the
//! same in one call, but Linux before 5.6 and the seccomp profiles of older engines refuse it, so that this walk would be
//! needed anyway, and it alone can tell which link leads out.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};
use rustix::io::retry_on_intr;
use thiserror::Error;

/// How many symbolic links a path may lead over; the kernel's own limit, which ends circles.
const LINKS_MAX: usize = 40;

/// A folder itself, without access to its contents.
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Anything itself, also a symbolic link.
const ANYTHING: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A file's contents. A pipe would block without `NONBLOCK`.
const CONTENTS: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// The path without `.` and `..`, as it is written.
fn lexical(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut whole, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(whole.pop()),
            part => whole.push(part),
        }
        whole
    })
}

/// An open folder, beneath which paths are resolved.
#[derive(Debug)]
pub struct RootFolder(OwnedFd);

/// Why a file beneath a folder cannot be opened.
#[derive(Debug, Error)]
pub enum BeneathError {
    /// A symbolic link leads out of the folder; both paths are as they are written, `link` relative to the folder.
    #[error("`{}` is a symbolic link to `{}`", link.display(), target.display())]
    LinkOut { link: PathBuf, target: PathBuf },
    /// The path itself is absolute, or climbs above the folder with `..`.
    #[error("the path is absolute or has too many `..`")]
    PathOut,
    #[error("it is not a regular file")]
    NotRegular,
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl BeneathError {
    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        use io::ErrorKind::{NotADirectory, NotFound};
        matches!(self, Self::Io(error) if matches!(error.kind(), NotFound | NotADirectory))
    }
}

impl RootFolder {
    /// Opens the folder at `path`, which may lie anywhere.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(retry_on_intr(|| openat(CWD, path, FOLDER, Mode::empty()))?))
    }

    /// Opens a regular file. Symbolic links are followed as long as they stay beneath the folder.
    ///
    /// # Errors
    /// The path leads out of the folder, or to something else than a regular file.
    pub fn open_file(&self, path: &Path) -> Result<File, BeneathError> {
        let mut walk = PathWalk { root: self.0.as_fd(), folders: Vec::new(), links: 0, last_link: None };
        let mut pending: VecDeque<OsString> = parts(path);
        while let Some(name) = pending.pop_front() {
            match name.as_bytes() {
                b"/" => return Err(walk.outside()),
                b"." => {}
                b".." if walk.folders.pop().is_some() => {}
                b".." => return Err(walk.outside()),
                _ => {
                    if let Some(file) = walk.step(name, &mut pending)? {
                        return Ok(file);
                    }
                }
            }
        }
        Err(BeneathError::NotRegular)
    }

    /// Opens the folder at `path`, which may lie anywhere. A symbolic link that `project` has on the way is an error, because
    /// it is not the user's own: a stranger may have written the project.
    ///
    /// # Errors
    /// There is no such folder, or it lies behind a link of the project.
    pub fn open_own(path: &Path, project: &Path) -> io::Result<Self> {
        let project = project.canonicalize()?;
        let path = lexical(&std::path::absolute(path)?);
        match path.strip_prefix(&project) {
            Ok(inside) => Self::open(&project)?.subfolder(inside),
            Err(_) => Self::open(&path),
        }
    }

    /// The folder itself.
    pub fn into_fd(self) -> OwnedFd {
        self.0
    }

    /// Opens the folder at `path`, which is relative to this one. A symbolic link on the way is an error.
    pub fn subfolder(&self, path: &Path) -> io::Result<Self> {
        let mut folder = openat(&self.0, ".", FOLDER, Mode::empty())?;
        for part in path.components() {
            let Component::Normal(name) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
            let flags = FOLDER.union(OFlags::NOFOLLOW);
            folder = retry_on_intr(|| openat(&folder, name, flags, Mode::empty()))?;
        }
        Ok(Self(folder))
    }

    /// The metadata of an entry; of a symbolic link, its own.
    pub fn entry_metadata(&self, name: &OsStr) -> io::Result<Stat> {
        Ok(retry_on_intr(|| statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW))?)
    }

    /// The metadata of what an entry leads to over symbolic links, wherever that is.
    pub fn entry_target_metadata(&self, name: &OsStr) -> io::Result<Stat> {
        Ok(retry_on_intr(|| statat(&self.0, name, AtFlags::empty()))?)
    }

    /// Opens an entry that is not a symbolic link for reading. It never blocks.
    pub fn open_entry(&self, name: &OsStr) -> io::Result<File> {
        Ok(retry_on_intr(|| openat(&self.0, name, CONTENTS, Mode::empty()))?.into())
    }

    /// The target of an entry that is a symbolic link, as it is written.
    pub fn entry_link(&self, name: &OsStr) -> io::Result<PathBuf> {
        link_target(self.0.as_fd(), name)
    }

    /// The names of all entries, sorted, with their types, which some file systems do not tell (`Unknown`).
    pub fn entry_names(&self) -> io::Result<Vec<(OsString, FileType)>> {
        self.entry_names_while(|_| Ok(()))
    }

    /// As [`Self::entry_names`], as long as `check` accepts each name; its error ends the reading.
    pub fn entry_names_while(
        &self,
        mut check: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<Vec<(OsString, FileType)>> {
        let flags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
        let mut entries = Vec::new();
        for entry in Dir::new(retry_on_intr(|| openat(&self.0, ".", flags, Mode::empty()))?)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                check(name)?;
                entries.push((OsString::from_vec(name.to_vec()), entry.file_type()));
            }
        }
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }
}

/// The way from the root to where a path has led so far.
struct PathWalk<'a> {
    root: BorrowedFd<'a>,
    /// The folders beneath the root, with their names.
    folders: Vec<(OsString, OwnedFd)>,
    links: usize,
    /// The symbolic link that was followed last, and its target.
    last_link: Option<(PathBuf, PathBuf)>,
}

impl PathWalk<'_> {
    /// Enters a folder, puts the target of a link in front of what is pending, or opens the file at the end.
    fn step(
        &mut self,
        name: OsString,
        pending: &mut VecDeque<OsString>,
    ) -> Result<Option<File>, BeneathError> {
        let here = self.folders.last().map_or(self.root, |(_, folder)| folder.as_fd());
        let found =
            retry_on_intr(|| openat(here, &name, ANYTHING, Mode::empty())).map_err(io::Error::from)?;
        match file_type(&fstat(&found).map_err(io::Error::from)?) {
            FileType::Directory => self.folders.push((name, found)),
            FileType::Symlink => {
                self.links += 1;
                if self.links > LINKS_MAX {
                    return Err(io::Error::from(rustix::io::Errno::LOOP).into());
                }
                let target = link_target(found.as_fd(), OsStr::new(""))?;
                parts(&target).into_iter().rev().for_each(|part| pending.push_front(part));
                let link = self.folders.iter().map(|(name, _)| name).chain([&name]).collect();
                self.last_link = Some((link, target));
            }
            FileType::RegularFile if pending.is_empty() => {
                let opened = retry_on_intr(|| openat(here, &name, CONTENTS, Mode::empty()));
                let file = File::from(opened.map_err(io::Error::from)?);
                // Somebody may have put another file there since.
                return if file.metadata()?.is_file() {
                    Ok(Some(file))
                } else {
                    Err(BeneathError::NotRegular)
                };
            }
            FileType::RegularFile => return Err(io::Error::from(io::ErrorKind::NotADirectory).into()),
            _ => return Err(BeneathError::NotRegular),
        }
        Ok(None)
    }

    fn outside(self) -> BeneathError {
        match self.last_link {
            Some((link, target)) => BeneathError::LinkOut { link, target },
            None => BeneathError::PathOut,
        }
    }
}

/// What an entry is.
pub fn file_type(metadata: &Stat) -> FileType {
    FileType::from_raw_mode(metadata.st_mode)
}

/// The components of a path: `/` for the root of an absolute one, `.`, `..` and names.
fn parts(path: &Path) -> VecDeque<OsString> {
    path.components().map(|part| part.as_os_str().to_owned()).collect()
}

fn link_target(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<PathBuf> {
    let target = retry_on_intr(|| readlinkat(folder, name, Vec::new()))?;
    Ok(PathBuf::from(OsString::from_vec(target.into_bytes())))
}

/// `None` if there is nothing, or a component of the path is no folder.
pub fn unless_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder `inside` beside a file `secret`.
    fn folders() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        fs::create_dir_all(inside.join("a/b")).unwrap();
        fs::write(inside.join("a/file"), "inside").unwrap();
        fs::write(folder.path().join("secret"), "outside").unwrap();
        (folder, inside)
    }

    fn read(root: &Path, path: &str) -> Result<String, BeneathError> {
        let mut text = String::new();
        RootFolder::open(root).unwrap().open_file(Path::new(path))?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[track_caller]
    fn refused(root: &Path, path: &str, expect: &str) {
        assert_eq!(read(root, path).unwrap_err().to_string(), expect, "{path}");
    }

    #[test]
    fn links_that_stay_beneath_the_folder_are_followed() {
        let (_folder, inside) = folders();
        symlink("a/file", inside.join("one")).unwrap();
        symlink("../../one", inside.join("a/b/two")).unwrap();
        symlink("a/./b/..", inside.join("again")).unwrap();
        for path in ["a/file", "./a/b/../file", "one", "a/b/two", "again/file", "again/b/two"] {
            assert_eq!(read(&inside, path).unwrap(), "inside", "{path}");
        }
    }

    #[test]
    fn a_link_out_of_the_folder_is_named_and_not_opened() {
        let (folder, inside) = folders();
        let secret = folder.path().join("secret");
        symlink("../secret", inside.join("one")).unwrap();
        symlink("../one", inside.join("a/two")).unwrap();
        symlink(&secret, inside.join("absolute")).unwrap();
        symlink("..", inside.join("up")).unwrap();
        symlink("../inside/a/file", inside.join("there and back")).unwrap();
        refused(&inside, "one", "`one` is a symbolic link to `../secret`");
        refused(&inside, "a/two", "`one` is a symbolic link to `../secret`");
        let absolute = format!("`absolute` is a symbolic link to `{}`", secret.display());
        refused(&inside, "absolute", &absolute);
        refused(&inside, "up/secret", "`up` is a symbolic link to `..`");
        refused(&inside, "there and back", "`there and back` is a symbolic link to `../inside/a/file`");
        refused(&inside, "../secret", "the path is absolute or has too many `..`");
        refused(&inside, secret.to_str().unwrap(), "the path is absolute or has too many `..`");
    }

    #[test]
    fn a_circle_of_links_ends() {
        let (_folder, inside) = folders();
        symlink("y", inside.join("x")).unwrap();
        symlink("x", inside.join("y")).unwrap();
        let error = read(&inside, "x").unwrap_err();
        assert!(matches!(&error, BeneathError::Io(error) if error.raw_os_error() == Some(40)), "{error:?}");
    }

    #[test]
    fn missing_files_folders_and_sockets_are_told_apart() {
        let (_folder, inside) = folders();
        let _socket = std::os::unix::net::UnixListener::bind(inside.join("socket")).unwrap();
        symlink("nowhere", inside.join("dangling")).unwrap();
        for path in ["none", "none/file", "a/file/x", "dangling"] {
            assert!(read(&inside, path).unwrap_err().is_missing(), "{path}");
        }
        for path in ["a", "socket", "."] {
            assert!(matches!(read(&inside, path), Err(BeneathError::NotRegular)), "{path}");
        }
    }

    #[test]
    fn subfolders_and_entries_are_never_reached_over_a_link() {
        let (_folder, inside) = folders();
        symlink("a", inside.join("link")).unwrap();
        let root = RootFolder::open(&inside).unwrap();
        let names = |path: &str| {
            let entries = root.subfolder(Path::new(path)).unwrap().entry_names().unwrap();
            entries.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(""), ["a", "link"]);
        assert_eq!(names("a"), ["b", "file"]);
        assert!(root.subfolder(Path::new("a/b")).is_ok());
        for path in ["link", "link/b", "a/../a", "/"] {
            assert!(root.subfolder(Path::new(path)).is_err(), "{path}");
        }
        let link = OsStr::new("link");
        assert_eq!(file_type(&root.entry_metadata(link).unwrap()), FileType::Symlink);
        assert_eq!(root.entry_link(link).unwrap(), Path::new("a"));
        assert!(root.open_entry(link).is_err());
    }
}

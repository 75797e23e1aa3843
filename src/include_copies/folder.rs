//! The folder of copies. Its path is the user's own; no symbolic link of the project on the way, and none below it, is
//! followed.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, openat, renameat, unlinkat};
use rustix::io::{Errno, retry_on_intr};
use thiserror::Error;

use crate::linux::root_folder::RootFolder;

/// A folder, which is opened to look up names in it.
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A new file, which nobody else has made.
const NEW_FILE: OFlags =
    OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A file to read. A pipe would block without `NONBLOCK`.
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// An open folder of copies.
#[derive(Debug)]
pub struct CopiesFolder {
    folder: OwnedFd,
    path: PathBuf,
}

/// A failed operation on a file of the folder.
#[derive(Debug, Error)]
#[error("cannot {operation} `{}`: {source}", path.display())]
pub struct FolderError {
    operation: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl CopiesFolder {
    /// Opens the folder, and creates it if it does not exist. No symbolic link of the project at `project` leads to it.
    ///
    /// # Errors
    /// The folder cannot be created or opened.
    pub fn create(path: &Path, project: &Path) -> Result<Self, FolderError> {
        let failed = |operation| move |source| FolderError { operation, path: path.to_owned(), source };
        // Above a folder that is missing there may be a link, behind which an empty folder does no harm.
        DirBuilder::new().recursive(true).create(path).map_err(failed("create the folder"))?;
        Self::existing(path, project)?
            .ok_or_else(|| failed("open the folder")(io::ErrorKind::NotFound.into()))
    }

    /// Opens the folder in the same way; `None` if it does not exist.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn existing(path: &Path, project: &Path) -> Result<Option<Self>, FolderError> {
        match RootFolder::open_own(path, project) {
            Ok(folder) => Ok(Some(Self { folder: folder.into_fd(), path: path.to_owned() })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let (operation, path) = ("open the folder", path.to_owned());
                let links = "a symbolic link of the project leads to it, or it is not a folder";
                let source = match error.kind() {
                    io::ErrorKind::NotADirectory => io::Error::other(links),
                    _ => error,
                };
                Err(FolderError { operation, path, source })
            }
        }
    }

    /// Whether there is a file at `path`, or anything else in its place.
    pub fn has(&self, path: &str) -> bool {
        self.path.join(path).symlink_metadata().is_ok()
    }

    /// The content of a file of at most `bytes_max` bytes; `None` if there is none.
    ///
    /// # Errors
    /// The file cannot be read, is larger, or is no regular file.
    pub fn read(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, FolderError> {
        let opened = retry_on_intr(|| openat(&self.folder, name, FILE, Mode::empty()));
        let file = match opened {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(self.failed("read", name, error.into())),
        };
        let failed = |source| self.failed("read", name, source);
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(failed(io::Error::other("it is not a regular file")));
        }
        let mut bytes = Vec::new();
        file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > bytes_max {
            return Err(failed(io::Error::other(format!("it is larger than {bytes_max} bytes"))));
        }
        Ok(Some(bytes))
    }

    /// Writes a file in place of an older one, by a temporary file and a rename, and creates the folders above it.
    ///
    /// # Errors
    /// A folder above it is a symbolic link or a file, or the system refuses.
    pub fn write(&self, path: &str, content: &[u8]) -> Result<(), FolderError> {
        let failed = |source: io::Error| self.failed("write", path, source);
        let (folder, name) = self.parent(path, Parents::Created).map_err(failed)?;
        let temporary = format!(".{}.runner-lite", std::process::id());
        // A process of the same number may have left one.
        let _ = unlinkat(&folder, &*temporary, AtFlags::empty());
        let new = retry_on_intr(|| openat(&folder, &*temporary, NEW_FILE, Mode::from_raw_mode(0o666)));
        let mut file = File::from(new.map_err(|error| failed(error.into()))?);
        let written = file.write_all(content).and_then(|()| file.sync_all());
        let renamed = written.and_then(|()| Ok(renameat(&folder, &*temporary, &folder, name)?));
        renamed.map_err(|source| {
            let _ = unlinkat(&folder, &*temporary, AtFlags::empty());
            failed(source)
        })
    }

    /// Removes a file, which may be gone already.
    ///
    /// # Errors
    /// A folder above it is a symbolic link, or the system refuses.
    pub fn remove(&self, path: &str) -> Result<(), FolderError> {
        let failed = |source: io::Error| self.failed("remove", path, source);
        let removed = self
            .parent(path, Parents::Existing)
            .and_then(|(folder, name)| Ok(unlinkat(&folder, name, AtFlags::empty())?));
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }

    /// Opens the folder of a file, component by component, and returns the file's name.
    fn parent<'p>(&self, path: &'p str, parents: Parents) -> io::Result<(OwnedFd, &'p str)> {
        let mut folder = openat(&self.folder, ".", FOLDER, Mode::empty())?;
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        for part in above.split('/').filter(|part| !part.is_empty()) {
            if matches!(part, "." | "..") {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            if parents == Parents::Created {
                match mkdirat(&folder, part, Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            folder = retry_on_intr(|| openat(&folder, part, FOLDER, Mode::empty()))?;
        }
        match name {
            "" | "." | ".." => Err(io::ErrorKind::InvalidInput.into()),
            name => Ok((folder, name)),
        }
    }

    fn failed(&self, operation: &'static str, path: &str, source: io::Error) -> FolderError {
        FolderError { operation, path: self.path.join(path), source }
    }
}

/// Whether missing folders above a file are created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parents {
    Created,
    Existing,
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_are_written_whole_with_their_folders_and_removed() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("a/copies");
        let folder = CopiesFolder::create(&path, above.path()).unwrap();
        assert!(folder.read("lock", 10).unwrap().is_none());
        folder.write("g/p@x/f.yml", b"1").unwrap();
        folder.write("g/p@x/f.yml", b"2").unwrap();
        folder.write("lock", b"12345").unwrap();
        assert!(folder.has("g/p@x/f.yml") && !folder.has("g/p@x/g.yml"));
        assert_eq!(fs::read(path.join("g/p@x/f.yml")).unwrap(), b"2");
        assert_eq!(folder.read("lock", 5).unwrap().unwrap(), b"12345");
        assert!(folder.read("lock", 4).unwrap_err().to_string().ends_with("it is larger than 4 bytes"));
        let names: Vec<_> = fs::read_dir(path.join("g/p@x")).unwrap().collect();
        assert_eq!(names.len(), 1, "no temporary file is left");
        folder.remove("g/p@x/f.yml").unwrap();
        folder.remove("g/p@x/f.yml").unwrap();
        folder.remove("none/f.yml").unwrap();
        assert!(!folder.has("g/p@x/f.yml"));
    }

    #[test]
    fn no_link_of_the_project_leads_to_the_folder() {
        let above = tempfile::tempdir().unwrap();
        let (project, outside) = (above.path().join("project"), above.path().join("outside/copies"));
        fs::create_dir_all(&outside).unwrap();
        fs::create_dir_all(project.join("ci")).unwrap();
        symlink(&outside, project.join("ci/copies")).unwrap();
        symlink("../outside", project.join("link")).unwrap();
        for path in ["ci/copies", "link/copies", "ci/../link/copies", "link"] {
            let path = project.join(path);
            let error = CopiesFolder::create(&path, &project).unwrap_err().to_string();
            assert!(error.ends_with("leads to it, or it is not a folder"), "{error}");
            assert!(CopiesFolder::existing(&path, &project).is_err(), "{}", path.display());
        }
        assert!(CopiesFolder::create(&outside, &project).is_ok(), "a folder elsewhere is the user's own");
        assert!(CopiesFolder::create(&project.join("ci/new"), &project).is_ok());
    }

    #[test]
    fn no_link_and_no_path_leads_out() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("copies");
        let folder = CopiesFolder::create(&path, above.path()).unwrap();
        fs::create_dir(above.path().join("outside")).unwrap();
        fs::write(above.path().join("outside/f.yml"), "theirs").unwrap();
        symlink("../outside", path.join("g")).unwrap();
        symlink("../outside/f.yml", path.join("f.yml")).unwrap();
        for file in ["g/f.yml", "../outside/f.yml", "g/../../outside/f.yml", "..", "g/.."] {
            assert!(folder.write(file, b"ours").is_err(), "{file}");
            assert!(folder.remove(file).is_err(), "{file}");
        }
        folder.write("f.yml", b"ours").unwrap();
        assert_eq!(fs::read(above.path().join("outside/f.yml")).unwrap(), b"theirs");
        assert_eq!(fs::read(path.join("f.yml")).unwrap(), b"ours", "the link itself is replaced");
        symlink("../outside/f.yml", path.join("lock")).unwrap();
        assert!(folder.read("lock", 10).is_err());
    }
}

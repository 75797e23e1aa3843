//! A file for programs that the user names: a plain file, which gets its content as a whole, or another one, such as a
//! pipe, which is written to as it is.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::report::console;

/// Standard output, as a file.
const STANDARD_OUTPUT: &str = "/dev/stdout";

/// Where the content goes.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    target: ContentTarget,
}

#[derive(Debug)]
enum ContentTarget {
    /// A file that is replaced as a whole, so that no reader sees a part of it.
    Replaced,
    /// A pipe, a device or a link, which is open.
    Open(File),
}

impl OutputFile {
    /// A file for content that comes at the end. Waits for the reader of a named pipe. A plain file is removed, so that
    /// nobody takes what an earlier run has left there for the content of this one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn for_content(path: &Path) -> io::Result<Self> {
        let target = match special_file(path)? {
            Some(file) => ContentTarget::Open(file),
            None => {
                let (_, temporary) = create_beside(path)?;
                fs::remove_file(temporary)?;
                match fs::remove_file(path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => ContentTarget::Replaced,
                }
            }
        };
        Ok(Self { path: path.to_owned(), target })
    }

    /// A file for content that comes piece by piece. A plain file is emptied. Waits for the reader of a named pipe.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn for_pieces(path: &Path) -> io::Result<File> {
        match special_file(path)? {
            Some(file) => Ok(file),
            None => File::create(path),
        }
    }

    /// The path as the user has written it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the content.
    ///
    /// # Errors
    /// It cannot be written, and a plain file does not exist then.
    pub(super) fn write(&mut self, content: &[u8]) -> io::Result<()> {
        match &mut self.target {
            ContentTarget::Open(file) => file.write_all(content).and_then(|()| file.flush()),
            ContentTarget::Replaced => {
                let (mut file, temporary) = create_beside(&self.path)?;
                let written = file.write_all(content).and_then(|()| fs::rename(&temporary, &self.path));
                if written.is_err() {
                    let _ = fs::remove_file(&temporary);
                }
                written
            }
        }
    }
}

/// The open file, unless the path is that of a plain file, or of none.
fn special_file(path: &Path) -> io::Result<Option<File>> {
    if path == Path::new(STANDARD_OUTPUT) {
        // The same open file, so that both writers share one position in it.
        return console::byte_stream().map(Some);
    }
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(None),
        Ok(_) => File::options().write(true).truncate(true).open(path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A new file beside `path`, and its path.
fn create_beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let temporary = path.with_file_name(format!(".{}.{}", name.to_string_lossy(), process::id()));
    let file = File::create(&temporary)?;
    Ok((file, temporary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "old").unwrap();
        let reader = File::open(&path).unwrap();
        let mut file = OutputFile::for_content(&path).unwrap();
        assert!(!path.exists());
        file.write(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(io::read_to_string(reader).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_known_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing/report.json");
        assert!(OutputFile::for_content(&missing).is_err() && OutputFile::for_pieces(&missing).is_err());
        assert!(OutputFile::for_content(folder.path()).is_err());
        assert!(OutputFile::for_content(Path::new("/")).is_err());
    }

    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&path, "a long old text").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut file = OutputFile::for_content(&link).unwrap();
        file.write(b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn a_named_pipe_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read_to_string(path).unwrap()
        });
        let mut file = OutputFile::for_content(&path).unwrap();
        file.write(b"content").unwrap();
        drop(file);
        assert_eq!(reader.join().unwrap(), "content");
    }
}

//! The variables that paths can use: those of the job, and those that its script wrote to the `GITLAB_ENV` file.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::retry_on_intr;

/// How much of the `GITLAB_ENV` file is read; later lines have no effect on paths.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Variables by name. Values can be secret, so `Debug` hides them.
#[derive(Clone, Default)]
pub struct PathVariables(HashMap<Vec<u8>, Vec<u8>>);

impl fmt::Debug for PathVariables {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{} hidden]", self.0.len())
    }
}

impl PathVariables {
    /// The job's variables. Of those with one name, the last one counts.
    pub fn new(variables: &[(String, String)]) -> Self {
        Self(variables.iter().map(|(key, value)| (key.clone().into(), value.clone().into())).collect())
    }

    /// Adds the lines `KEY=VALUE` of the `GITLAB_ENV` file, as the job's scripts do (`executor/create/script.rs`): a line is
    /// exported as it is, without quotes or expansion; other lines have no effect.
    pub fn add_lines(&mut self, text: &[u8]) {
        for line in text.split(|byte| *byte == b'\n') {
            let mut parts = line.splitn(2, |byte| *byte == b'=');
            if let (Some(key), Some(value)) = (parts.next(), parts.next())
                && is_name(key)
            {
                self.0.insert(key.to_vec(), value.to_vec());
            }
        }
    }

    /// The value; `None` if it is unset or empty, between which GitLab Runner makes no difference here.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.0.get(key).map(Vec::as_slice).filter(|value| !value.is_empty())
    }
}

/// Reads the beginning of the `GITLAB_ENV` file, complete lines alone; nothing if it is no regular file.
///
/// # Errors
/// The file exists and cannot be read.
pub fn read_environment_file(path: &Path) -> io::Result<Vec<u8>> {
    // The job can put a pipe there, which would block.
    let flags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);
    let file = match retry_on_intr(|| open(path, flags, Mode::empty())).map_err(io::Error::from) {
        Ok(file) => File::from(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    if file.metadata()?.is_file() { read_environment(file) } else { Ok(Vec::new()) }
}

/// Reads the beginning of a `GITLAB_ENV` file, complete lines alone.
///
/// # Errors
/// It cannot be read.
pub fn read_environment(file: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        let end = text.iter().rposition(|byte| *byte == b'\n').unwrap_or_default();
        text.truncate(end);
    }
    Ok(text)
}

/// Whether a shell accepts it as the name of a variable.
fn is_name(key: &[u8]) -> bool {
    key.first().is_some_and(|byte| !byte.is_ascii_digit()) && key.iter().copied().all(is_name_byte)
}

/// Whether a name of a variable can contain the byte.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn lines_of_the_file_outrank_the_jobs_variables_and_are_taken_as_they_are() {
        let variables = [("A", "job"), ("B", "job"), ("C", "job")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let mut variables = PathVariables::new(&variables);
        variables.add_lines(b"A=\"x\" $B\\\nB=\n1C=no\nC.D=no\n D=no\nno line\n=no\n_E=a=b\r\nC=\xff");
        for (key, value) in [("A", &b"\"x\" $B\\"[..]), ("_E", b"a=b\r"), ("C", b"\xff")] {
            assert_eq!(variables.get(key.as_bytes()), Some(value), "{key}");
        }
        for key in ["B", "1C", "C.D", " D", "D", ""] {
            assert_eq!(variables.get(key.as_bytes()), None, "{key}");
        }
        assert_eq!(format!("{variables:?}"), "[4 hidden]");
    }

    #[test]
    fn a_missing_file_is_empty_and_a_folder_too_and_a_long_one_is_cut_after_a_line() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_environment_file(&folder.path().join("none")).unwrap(), b"");
        assert_eq!(read_environment_file(folder.path()).unwrap(), b"");
        let path = folder.path().join("file");
        fs::write(&path, "A=1\nB=2").unwrap();
        assert_eq!(read_environment_file(&path).unwrap(), b"A=1\nB=2");
        fs::write(&path, ["A=1\n", "B=", &"x".repeat(2 << 20)].concat()).unwrap();
        assert_eq!(read_environment_file(&path).unwrap(), b"A=1");
    }
}

//! What git knows about one file: its content's id, the commit that changed it last, and the content that is committed.

use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use sha1_smol::Sha1;

use super::error::GitError;
use super::repository::Repository;

/// How long git may take: it walks the history until it finds the file.
const TIME_MAX: Duration = Duration::from_secs(60);

/// The longest answer, which is an id.
const ANSWER_BYTES_MAX: usize = 1 << 10;

/// The size of the pieces in which a file is read.
const PIECE_BYTES_MAX: usize = 64 << 10;

/// The history of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileHistory {
    /// The id of the last commit that changed the file; `None` if no commit has it.
    pub last_commit: Option<String>,
    /// The id of the file's content in `HEAD`; `None` if `HEAD` does not have the file.
    pub committed: Option<String>,
}

/// Asks git for the history of the file at `path`, which is relative to the repository's root.
///
/// # Errors
/// There is no repository, git is not installed, or it takes longer than a minute.
pub fn file_history(root: &Path, path: &str) -> Result<FileHistory, GitError> {
    let repository = Repository::open(root)?.at_root();
    // Code 128 means that there is no commit yet.
    let file = format!(":(top,literal){path}");
    let commit = repository.start("rev-list", &["-1", "HEAD", "--", &*file])?;
    let object = format!("HEAD:{path}");
    let blob = repository.start("rev-parse", &["--verify", "--quiet", &*object])?;
    let id = |answer: Vec<u8>| {
        let id = String::from_utf8_lossy(&answer).trim().to_owned();
        Some(id).filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    Ok(FileHistory {
        last_commit: id(commit.output(ANSWER_BYTES_MAX, &[0, 128], TIME_MAX)?),
        committed: id(blob.output(ANSWER_BYTES_MAX, &[0, 1, 128], TIME_MAX)?),
    })
}

/// The id that git gives to a file with this content, `length` bytes long.
///
/// # Errors
/// The content cannot be read.
pub fn blob_id(length: u64, content: impl Read) -> io::Result<String> {
    let mut content = content.take(length);
    let mut sha1 = Sha1::new();
    sha1.update(format!("blob {length}\0").as_bytes());
    let mut piece = vec![0; PIECE_BYTES_MAX];
    loop {
        match content.read(&mut piece) {
            Ok(0) => return Ok(sha1.digest().to_string()),
            Ok(read) => sha1.update(piece.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sandbox::Sandbox;
    use super::*;

    fn id(content: &str) -> String {
        blob_id(u64::try_from(content.len()).unwrap(), content.as_bytes()).unwrap()
    }

    #[test]
    fn the_id_of_a_content_is_gits() {
        assert_eq!(id(""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(id("hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
        let long = "x".repeat(200_000);
        let sandbox = Sandbox::new();
        sandbox.write("long", &long);
        sandbox.git(&["add", "long"]);
        sandbox.commit("one");
        assert_eq!(file_history(sandbox.root(), "long").unwrap().committed, Some(id(&long)));
    }

    #[test]
    fn the_history_of_a_file_ends_at_the_last_commit_that_changed_it() {
        let sandbox = Sandbox::new();
        sandbox.write("sub/[a]*", "1");
        assert_eq!(
            file_history(sandbox.root(), "sub/[a]*").unwrap(),
            FileHistory::default(),
            "no commit yet"
        );
        sandbox.git(&["add", "."]);
        sandbox.commit("one");
        let first = file_history(sandbox.root(), "sub/[a]*").unwrap();
        assert_eq!(first.committed, Some(id("1")));
        sandbox.write("sub/a", "2");
        sandbox.git(&["add", "."]);
        sandbox.commit("two");
        assert_eq!(file_history(sandbox.root(), "sub/[a]*").unwrap(), first, "a pattern is no pattern");
        let second = file_history(sandbox.root(), "sub/a").unwrap();
        assert!(second.last_commit.is_some() && second.last_commit != first.last_commit);
        let folder = tempfile::tempdir().unwrap();
        assert!(file_history(folder.path(), "a").unwrap_err().is_without_repository());
    }
}

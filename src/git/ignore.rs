//! Whether git ignores a file.

use std::path::Path;
use std::time::Duration;

use super::error::GitError;
use super::repository::Repository;

/// How long git may take: it reads a few small files.
const TIME_MAX: Duration = Duration::from_secs(10);

/// The longest answer, which is the path or nothing.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Whether git ignores the file at `path`, which is relative to the repository's root. A tracked file is never ignored.
///
/// # Errors
/// There is no repository, git is not installed, or it takes too long.
pub fn is_ignored(root: &Path, path: &str) -> Result<bool, GitError> {
    // Code 1 means that no path is ignored.
    let answer = Repository::open(root)?.start("check-ignore", &["--", path])?;
    Ok(!answer.output(ANSWER_BYTES_MAX, &[0, 1], TIME_MAX)?.is_empty())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_file_is_ignored_unless_it_is_tracked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(is_ignored(path, "a").unwrap_err().is_without_repository());
        let git = |arguments: &[&str]| {
            assert!(Command::new("git").current_dir(path).args(arguments).status().unwrap().success());
        };
        git(&["init", "-q"]);
        std::fs::write(path.join("a"), "").unwrap();
        assert!(!is_ignored(path, "a").unwrap());
        std::fs::write(path.join(".gitignore"), "a\n").unwrap();
        assert!(is_ignored(path, "a").unwrap());
        git(&["add", "-f", "a"]);
        assert!(!is_ignored(path, "a").unwrap());
    }
}

//! Lists the files that differ from another commit.

use std::path::Path;
use std::time::Duration;

use super::command::RunningGit;
use super::error::GitError;

/// How long git may take: it reads every file that may have changed.
const TIME_MAX: Duration = Duration::from_secs(60);

/// The longest list that is read; it holds more paths than the 50,000 that GitLab compares.
const LIST_BYTES_MAX: usize = 16 << 20;

/// The commit to compare the working tree with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonBase<'a> {
    /// This commit.
    Commit(&'a str),
    /// The merge base of HEAD and this branch, tag or commit.
    Common(&'a str),
}

/// Lists the files of the working tree that differ from `base`, by their paths from the repository's root: first
/// tracked files, including deleted ones, then untracked files that are not ignored.
///
/// # Errors
/// The commit does not exist, git is not installed, or it takes longer than a minute.
pub fn changes(root: &Path, base: ComparisonBase<'_>) -> Result<Vec<String>, GitError> {
    let options = ["--name-only", "-z", "--no-renames", "--no-ext-diff"];
    let (more, commit): (&[&str], &str) = match base {
        ComparisonBase::Commit(commit) => (&[], commit),
        ComparisonBase::Common(commit) => (&["--merge-base"], commit),
    };
    let arguments = [&options, more, &["--end-of-options", commit, "--"]].concat();
    let untracked =
        RunningGit::start(root, "ls-files", &["-z", "--others", "--exclude-standard", "--full-name"])?;
    let mut list = RunningGit::start(root, "diff", &arguments)?.output(LIST_BYTES_MAX, &[0], TIME_MAX)?;
    list.extend(untracked.output(LIST_BYTES_MAX, &[0], TIME_MAX)?);
    let paths = list.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    Ok(paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
        let status = Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap();
        assert!(status.status.success(), "{arguments:?}: {status:?}");
    }

    #[test]
    fn committed_uncommitted_and_untracked_changes_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        git(path, &["init", "-q", "-b", "main"]);
        std::fs::write(path.join("same"), "1").unwrap();
        std::fs::write(path.join("edited"), "1").unwrap();
        std::fs::write(path.join("gone"), "1").unwrap();
        git(path, &["add", "."]);
        git(path, &["commit", "-qm", "one"]);
        git(path, &["checkout", "-qb", "topic"]);
        std::fs::create_dir(path.join("x")).unwrap();
        std::fs::write(path.join("x/é b"), "1").unwrap();
        git(path, &["add", "."]);
        git(path, &["commit", "-qm", "two"]);
        std::fs::write(path.join("edited"), "2").unwrap();
        std::fs::write(path.join(".gitignore"), "ignored\n").unwrap();
        std::fs::write(path.join("ignored"), "1").unwrap();
        std::fs::remove_file(path.join("gone")).unwrap();
        let expect = ["edited", "gone", "x/é b", ".gitignore"];
        assert_eq!(changes(path, ComparisonBase::Commit("HEAD~")).unwrap(), expect);
        assert_eq!(changes(path, ComparisonBase::Common("main")).unwrap(), expect);
        assert!(changes(path, ComparisonBase::Common("nowhere")).is_err());
        assert!(changes(path, ComparisonBase::Commit("--output=x")).is_err());
    }
}

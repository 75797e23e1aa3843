//! Lists the files that differ from another commit.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::error::GitError;
use super::files::ensure_paths_inside;
use super::repository::Repository;

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
/// These are the files that differ between `base` and the index, or between the index and the working tree. `git diff`
/// would compare the two ends alone, but it either writes the index or lists files that were only touched. A file whose
/// staged change is undone in the working tree is listed, therefore.
///
/// # Errors
/// The commit does not exist, the index names files outside of the project, git is not installed, or it takes longer than
/// a minute.
pub fn changes(root: &Path, base: ComparisonBase<'_>) -> Result<Vec<String>, GitError> {
    let repository = Repository::open(root)?.at_root().without_filters()?;
    ensure_paths_inside(&repository)?;
    let status = repository.start("status", STATUS)?;
    let (more, commit): (&[&str], &str) = match base {
        ComparisonBase::Commit(commit) => (&[], commit),
        ComparisonBase::Common(commit) => (&["--merge-base"], commit),
    };
    let arguments = [INDEX, more, &["--end-of-options", commit, "--"]].concat();
    let index = repository.start("diff-index", &arguments)?.output(LIST_BYTES_MAX, &[0], TIME_MAX)?;
    let mut tracked: BTreeSet<String> = paths(&index).collect();
    let status = status.output(LIST_BYTES_MAX, &[0], TIME_MAX)?;
    let mut untracked = Vec::new();
    for entry in paths(&status) {
        // Two letters, for the index and for the working tree, and a blank.
        match entry.split_at_checked(3) {
            Some(("?? ", path)) => untracked.push(path.to_owned()),
            Some((letters, path)) if !letters.ends_with("  ") => {
                tracked.insert(path.to_owned());
            }
            _ => {}
        }
    }
    Ok(tracked.into_iter().chain(untracked).collect())
}

/// Compares the index with a commit.
const INDEX: &[&str] = &["--cached", "--name-only", "-z", "--no-renames"];

/// Compares the working tree with the index. Submodules are not inspected, because git would start another process in
/// each, with its configuration.
const STATUS: &[&str] =
    &["--porcelain", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=dirty"];

/// Splits a list at its NUL bytes.
fn paths(list: &[u8]) -> impl Iterator<Item = String> {
    let paths = list.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    paths.map(|path| String::from_utf8_lossy(path).into_owned())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::sandbox::Sandbox;
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

    #[test]
    fn a_file_that_was_only_touched_has_not_changed_and_the_index_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        git(path, &["init", "-q"]);
        std::fs::write(path.join("file"), "1").unwrap();
        git(path, &["add", "."]);
        git(path, &["commit", "-qm", "one"]);
        let index = || std::fs::read(path.join(".git/index")).unwrap();
        let before = index();
        let touched = std::fs::File::options().write(true).open(path.join("file")).unwrap();
        touched.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(changes(path, ComparisonBase::Commit("HEAD")).unwrap(), [""; 0]);
        assert_eq!(before, index());
    }

    #[test]
    fn no_file_is_opened_that_the_index_names_outside_of_the_project() {
        for (tracked, crafted) in [(".-/secret", "../secret"), (".gis/file", ".git/file"), ("a-b", "a//")] {
            let sandbox = Sandbox::new();
            sandbox.write(tracked, "1");
            sandbox.write("sub/z", "1");
            sandbox.git(&["add", "."]);
            sandbox.commit("one");
            sandbox.rename_in_index(tracked, crafted);
            for directory in [sandbox.root().to_owned(), sandbox.root().join("sub")] {
                let error = changes(&directory, ComparisonBase::Commit("HEAD")).unwrap_err().to_string();
                let expect =
                    format!("git's index names `{crafted}`, which is not the path of a file in the project");
                assert!(error.starts_with(&expect), "{error}");
            }
        }
    }

    #[test]
    fn a_staged_change_and_a_change_of_the_mode_count() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        git(path, &["init", "-q"]);
        std::fs::write(path.join("mode"), "1").unwrap();
        std::fs::write(path.join("staged"), "1").unwrap();
        git(path, &["add", "."]);
        git(path, &["commit", "-qm", "one"]);
        std::fs::write(path.join("staged"), "22").unwrap();
        git(path, &["add", "staged"]);
        std::fs::set_permissions(path.join("mode"), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(changes(path, ComparisonBase::Commit("HEAD")).unwrap(), ["mode", "staged"]);
    }
}

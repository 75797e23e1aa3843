//! Lists the project's files: those that git tracks, and untracked ones that it does not ignore.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::command::RunningGit;
use super::error::GitError;
use super::repository::Repository;

/// How long git may print nothing, as it does while it searches the tree for untracked files.
const IDLE_TIME_MAX: Duration = Duration::from_secs(60);

/// The longest path. Linux accepts at most 4096 bytes, but git's paths begin at the repository's root.
const PATH_BYTES_MAX: usize = 64 << 10;

/// Lists the tracked files below `root`, and the untracked ones that are not ignored, by their paths relative to
/// `root`.
///
/// Each path is listed once. A path may be missing on disk, if its deletion is not committed, and may be a directory: a
/// submodule or another repository, whose files are not listed. A path that leads out of the project is an error in its
/// place, after which the list goes on.
///
/// # Errors
/// `root` is in no repository, git refuses it, or git is not installed.
pub fn files(root: &Path) -> Result<GitFiles, GitError> {
    start(&Repository::open(root)?, &["-z", "--cached", "--others", "--exclude-standard"])
}

/// Checks the paths in the index, before a command that opens the files that they name. git itself would open `../x`.
///
/// # Errors
/// A path leads out of the project or into `.git`, or git cannot list them.
pub(super) fn ensure_paths_inside(repository: &Repository) -> Result<(), GitError> {
    start(repository, &["-z", "--cached"])?.try_for_each(|path| path.map(drop))
}

fn start(repository: &Repository, arguments: &[&str]) -> Result<GitFiles, GitError> {
    let git = repository.start("ls-files", arguments)?;
    let mut files = GitFiles { git, buffer: VecDeque::new(), last: None, state: ListingState::Reading };
    files.fill()?;
    Ok(files)
}

/// The paths that git lists, of which it holds a few hundred KiB at most. Dropping it ends git.
#[derive(Debug)]
pub struct GitFiles {
    git: RunningGit,
    buffer: VecDeque<u8>,
    last: Option<OsString>,
    state: ListingState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListingState {
    Reading,
    Ended,
}

impl GitFiles {
    /// Reads the next piece of output, or the end of git.
    fn fill(&mut self) -> Result<(), GitError> {
        match self.git.piece(IDLE_TIME_MAX)? {
            Some(piece) => self.buffer.extend(piece),
            None => {
                self.state = ListingState::Ended;
                self.git.finish(&[0], IDLE_TIME_MAX)?;
            }
        }
        Ok(())
    }

    fn next_path(&mut self) -> Result<Option<OsString>, GitError> {
        let mut searched = 0;
        loop {
            if let Some(end) = self.buffer.iter().skip(searched).position(|&byte| byte == 0) {
                let mut path: Vec<u8> = self.buffer.drain(..=searched + end).collect();
                path.pop();
                return Ok(Some(OsString::from_vec(path)));
            }
            searched = self.buffer.len();
            if searched > PATH_BYTES_MAX {
                return Err(self.unexpected("a path without end"));
            }
            match self.state {
                ListingState::Reading => self.fill()?,
                ListingState::Ended if self.buffer.is_empty() => return Ok(None),
                ListingState::Ended => return Err(self.unexpected("a path is cut off")),
            }
        }
    }

    fn unexpected(&self, problem: &'static str) -> GitError {
        GitError::Answer { operation: self.git.operation(), problem }
    }
}

impl Iterator for GitFiles {
    type Item = Result<PathBuf, GitError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let path = match self.next_path() {
                Ok(path) => path?,
                Err(error) => {
                    self.state = ListingState::Ended;
                    self.buffer.clear();
                    return Some(Err(error));
                }
            };
            // The index is sorted, so the stages of a path with a conflict are adjacent.
            if self.last.as_ref() == Some(&path) {
                continue;
            }
            let relative = without_slash(path.clone());
            let listed = match is_inside(&relative) {
                true => Ok(relative),
                false => Err(GitError::IndexPath { path: PathBuf::from(&path) }),
            };
            self.last = Some(path);
            return Some(listed);
        }
    }
}

/// Whether the path stays in the project and out of `.git`, as all do that git puts into an index.
fn is_inside(path: &Path) -> bool {
    let mut names = path.as_os_str().as_bytes().split(|byte| *byte == b'/');
    names.all(|name| !matches!(name, b"" | b"." | b".." | b".git"))
}

/// Removes the slash: git lists a repository inside this one as `name/`.
fn without_slash(path: OsString) -> PathBuf {
    let mut bytes = path.into_vec();
    if bytes.last() == Some(&b'/') {
        bytes.pop();
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::super::sandbox::Sandbox;
    use super::*;

    #[track_caller]
    fn check(sandbox: &Sandbox, expect: &[&str]) {
        let mut listed: Vec<PathBuf> = files(sandbox.root()).unwrap().collect::<Result<_, _>>().unwrap();
        listed.sort();
        assert_eq!(listed, expect.iter().map(PathBuf::from).collect::<Vec<_>>());
    }

    #[test]
    fn tracked_and_new_files_are_listed_and_ignored_ones_are_not() {
        let sandbox = Sandbox::new();
        sandbox.write(".gitignore", "*.log\nkept.log\n");
        sandbox.write("kept.log", "");
        sandbox.write("sub dir/tracked", "");
        sandbox.git(&["add", "-f", "."]);
        sandbox.commit("first");
        sandbox.write("out.log", "");
        sandbox.write("new\nline", "");
        check(&sandbox, &[".gitignore", "kept.log", "new\nline", "sub dir/tracked"]);
    }

    #[test]
    fn a_repository_without_commits_lists_its_files() {
        let sandbox = Sandbox::new();
        check(&sandbox, &[]);
        sandbox.write("a", "");
        check(&sandbox, &["a"]);
    }

    #[test]
    fn a_path_in_conflict_is_listed_once() {
        let sandbox = Sandbox::new();
        sandbox.write("a", "base");
        sandbox.write("z", "");
        sandbox.git(&["add", "."]);
        sandbox.commit("base");
        sandbox.git(&["checkout", "-q", "-b", "other"]);
        sandbox.write("a", "theirs");
        sandbox.commit("theirs");
        sandbox.git(&["checkout", "-q", "main"]);
        sandbox.write("a", "ours");
        sandbox.commit("ours");
        sandbox.git_may_fail(&["merge", "-q", "other"]);
        check(&sandbox, &["a", "z"]);
    }

    #[test]
    fn names_of_any_bytes_are_kept() {
        let sandbox = Sandbox::new();
        let name = OsStr::from_bytes(b"caf\xe9 \x01");
        std::fs::write(sandbox.root().join(name), "").unwrap();
        let listed: Vec<PathBuf> = files(sandbox.root()).unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(listed, [PathBuf::from(name)]);
    }

    #[test]
    fn a_path_out_of_the_project_is_an_error_and_the_others_are_listed() {
        let sandbox = Sandbox::new();
        sandbox.write(".-/secret", "");
        sandbox.write("a..b/.gitignore", "");
        sandbox.write("z", "");
        sandbox.git(&["add", "."]);
        sandbox.rename_in_index(".-/secret", "../secret");
        std::fs::remove_dir_all(sandbox.root().join(".-")).unwrap();
        let (listed, refused): (Vec<_>, Vec<_>) = files(sandbox.root()).unwrap().partition(Result::is_ok);
        let listed: Vec<PathBuf> = listed.into_iter().flatten().collect();
        assert_eq!(listed, [Path::new("a..b/.gitignore"), Path::new("z")]);
        let refused: Vec<String> = refused.into_iter().map(|path| path.unwrap_err().to_string()).collect();
        assert_eq!(
            refused,
            ["git's index names `../secret`, which is not the path of a file in the project; \
                clone the repository anew, or delete `.git/index` and run `git reset`"]
        );
    }

    #[test]
    fn a_repository_inside_is_one_path() {
        let sandbox = Sandbox::new();
        sandbox.git(&["init", "-q", "inner"]);
        sandbox.write("inner/file", "");
        check(&sandbox, &["inner"]);
    }

    #[test]
    fn more_paths_than_fit_in_the_buffers_are_all_listed() {
        let sandbox = Sandbox::new();
        let directory = "d".repeat(200);
        for n in 0..3_000 {
            sandbox.write(&format!("{directory}/{directory}/{n}"), "");
        }
        assert_eq!(files(sandbox.root()).unwrap().filter(Result::is_ok).count(), 3_000);
    }

    #[test]
    fn a_listing_can_be_given_up() {
        let sandbox = Sandbox::new();
        let directory = "d".repeat(200);
        for n in 0..3_000 {
            sandbox.write(&format!("{directory}/{directory}/{n}"), "");
        }
        let mut listing = files(sandbox.root()).unwrap();
        assert!(listing.next().is_some_and(|path| path.is_ok()));
        drop(listing);
    }

    #[test]
    fn outside_of_a_repository_there_is_an_error_at_once() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(files(directory.path()), Err(GitError::NotRepository { .. })));
    }
}

//! The error of a git command.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

/// Why git gave no answer. The caller decides whether it needs one.
#[derive(Debug, Error)]
pub enum GitError {
    /// `PATH` contains no `git`.
    #[error("`git` is not installed")]
    NotInstalled,
    /// `git` exists, but cannot be run.
    #[error("cannot run `git {operation}`")]
    Start { operation: &'static str, source: io::Error },
    #[error("`{}` is not in a git repository", directory.display())]
    NotRepository { directory: PathBuf },
    /// The directory is a bare repository, or inside of `.git`.
    #[error("`{}` is in a git repository without a working tree", directory.display())]
    NoWorkTree { directory: PathBuf },
    /// The project's own `.git` counts for the project, and git has found another repository further out.
    #[error(
        "git ignores `{}` and would use `{}`, which is not the repository of this folder; \
         repair or remove the former", git.display(), accepted.display()
    )]
    PassedOver { git: PathBuf, accepted: PathBuf },
    /// git makes no such entry, and opens any file that one names.
    #[error("git's index names `{}`, which is not the path of a file in the project; \
             clone the repository anew, or delete `.git/index` and run `git reset`", path.display())]
    IndexPath { path: PathBuf },
    /// git refuses repositories of other users, because their configuration may start programs. The user has to allow
    /// it: passing `safe.directory` here would remove that protection.
    #[error(
        "git refuses `{}`, which belongs to another user; \
         to trust it run `git config --global --add safe.directory {0}`", directory.display()
    )]
    DubiousOwnership { directory: PathBuf },
    /// git failed for another reason.
    #[error("`git {operation}` failed in `{}`: {message}", directory.display())]
    Failed {
        operation: &'static str,
        directory: PathBuf,
        /// The first line of git's error, without `fatal: `.
        message: String,
    },
    #[error("cannot read what `git {operation}` prints")]
    Read { operation: &'static str, source: io::Error },
    /// git's output does not follow its documentation.
    #[error("`git {operation}` answered something unexpected: {problem}")]
    Answer { operation: &'static str, problem: &'static str },
    #[error("`git {operation}` gave no answer within {} s", after.as_secs())]
    Timeout { operation: &'static str, after: Duration },
}

impl GitError {
    /// Whether there is no repository, or no git.
    pub fn is_without_repository(&self) -> bool {
        matches!(self, Self::NotInstalled | Self::NotRepository { .. } | Self::NoWorkTree { .. })
    }

    /// Parses the reason in git's standard error, which is in English (`LC_ALL=C`). Git 2.35 wrote `unsafe repository`.
    pub(super) fn from_stderr(operation: &'static str, directory: &Path, stderr: &[u8]) -> Self {
        let text = String::from_utf8_lossy(stderr);
        let directory = directory.to_owned();
        if text.contains("dubious ownership") || text.contains("unsafe repository") {
            Self::DubiousOwnership { directory: quoted_path(&text).unwrap_or(directory) }
        } else if text.contains("not a git repository") {
            Self::NotRepository { directory }
        } else if text.contains("must be run in a work tree") {
            Self::NoWorkTree { directory }
        } else {
            let line = text.lines().find(|line| line.starts_with("fatal: ")).or_else(|| text.lines().next());
            let message = line.unwrap_or("no reason given").trim_start_matches("fatal: ").to_owned();
            Self::Failed { operation, directory, message }
        }
    }
}

/// The path in the first pair of single quotes.
fn quoted_path(text: &str) -> Option<PathBuf> {
    let (_, after) = text.split_once('\'')?;
    let (path, _) = after.split_once('\'')?;
    Some(PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stderr: &str, expect: &str) {
        assert_eq!(GitError::from_stderr("status", Path::new("/src"), stderr.as_bytes()).to_string(), expect);
    }

    #[test]
    fn refusals_are_told_apart() {
        check(
            "fatal: not a git repository (or any of the parent directories): .git\n",
            "`/src` is not in a git repository",
        );
        check(
            "fatal: this operation must be run in a work tree\n",
            "`/src` is in a git repository without a working tree",
        );
        check(
            "fatal: detected dubious ownership in repository at '/srv/x'\nTo add an exception for this\n",
            "git refuses `/srv/x`, which belongs to another user; \
             to trust it run `git config --global --add safe.directory /srv/x`",
        );
        check(
            "fatal: unsafe repository ('/srv/x' is owned by someone else)\n",
            "git refuses `/srv/x`, which belongs to another user; \
             to trust it run `git config --global --add safe.directory /srv/x`",
        );
        check("warning: x\nfatal: bad config line 1\n", "`git status` failed in `/src`: bad config line 1");
        check("", "`git status` failed in `/src`: no reason given");
    }
}

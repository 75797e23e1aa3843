//! Why git could not answer.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

/// Why git could not answer. Only the caller knows whether it can do without.
#[derive(Debug, Error)]
pub enum GitError {
    /// There is no `git` in `PATH`.
    #[error("`git` is not installed")]
    NotInstalled,
    /// `git` is there and cannot be run.
    #[error("cannot run `git {operation}`")]
    Start {
        /// The command.
        operation: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The directory belongs to no repository.
    #[error("`{}` is in no git repository", directory.display())]
    NotRepository {
        /// Where git was asked.
        directory: PathBuf,
    },
    /// A bare repository, or the inside of `.git`.
    #[error("`{}` is in a git repository without a working tree", directory.display())]
    NoWorkTree {
        /// Where git was asked.
        directory: PathBuf,
    },
    /// Git refuses repositories of other users, since their configuration may start programs. That is for the
    /// user to allow: passing `safe.directory` ourselves would take the protection away.
    #[error(
        "git refuses `{}`, which belongs to another user; \
         to trust it run `git config --global --add safe.directory {0}`", directory.display()
    )]
    DubiousOwnership {
        /// The repository.
        directory: PathBuf,
    },
    /// Git failed for another reason.
    #[error("`git {operation}` failed in `{}`: {message}", directory.display())]
    Failed {
        /// The command.
        operation: &'static str,
        /// Where git was asked.
        directory: PathBuf,
        /// Git's first line, without `fatal: `.
        message: String,
    },
    /// Git's answer cannot be read to its end.
    #[error("cannot read what `git {operation}` prints")]
    Read {
        /// The command.
        operation: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// Git's answer is not what its documentation promises.
    #[error("`git {operation}` answered something unexpected: {problem}")]
    Answer {
        /// The command.
        operation: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Git did not answer in time.
    #[error("`git {operation}` gave no answer within {} s", after.as_secs())]
    Timeout {
        /// The command.
        operation: &'static str,
        /// The limit.
        after: Duration,
    },
}

impl GitError {
    /// Whether there is simply no repository to ask, or no git to ask it with.
    pub fn is_without_repository(&self) -> bool {
        matches!(self, Self::NotInstalled | Self::NotRepository { .. } | Self::NoWorkTree { .. })
    }

    /// Reads the reason from git's stderr, which is in English (`LC_ALL=C`). Git 2.35 said `unsafe
    /// repository`.
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
            let message = line.unwrap_or("no reason given").trim_start_matches("fatal: ");
            let message = message.chars().filter(|c| !c.is_control()).collect();
            Self::Failed { operation, directory, message }
        }
    }
}

/// The path between the first two single quotes.
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
            "`/src` is in no git repository",
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
        check(
            "warning: x\nfatal: bad \x1b[31mconfig line 1\n",
            "`git status` failed in `/src`: bad [31mconfig line 1",
        );
        check("", "`git status` failed in `/src`: no reason given");
    }
}

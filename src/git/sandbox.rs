//! Real repositories for tests.

use std::ffi::OsStr;
use std::fmt::Debug;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A repository on branch `main` in a directory of its own, free of the user's configuration.
pub(super) struct Sandbox {
    directory: TempDir,
}

impl Sandbox {
    pub(super) fn new() -> Self {
        let sandbox = Self { directory: tempfile::tempdir().unwrap() };
        sandbox.git(&["init", "-q"]);
        sandbox.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
        sandbox.git(&["config", "user.name", "Ada L"]);
        sandbox.git(&["config", "user.email", "ada@example.com"]);
        sandbox
    }

    pub(super) fn root(&self) -> &Path {
        self.directory.path()
    }

    #[track_caller]
    pub(super) fn git(&self, arguments: &[impl AsRef<OsStr> + Debug]) {
        assert!(self.run(arguments), "git {arguments:?}");
    }

    pub(super) fn git_may_fail(&self, arguments: &[&str]) {
        self.run(arguments);
    }

    /// Commits what has changed in tracked files, as Ada, at a fixed time.
    pub(super) fn commit(&self, message: &str) {
        self.git(&["commit", "-q", "-a", "--allow-empty", "-m", message]);
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Renames a file in the index to a path of the same length, which git itself would not accept.
    pub(super) fn rename_in_index(&self, from: &str, to: &str) {
        assert_eq!(from.len(), to.len());
        let file = self.root().join(".git/index");
        let mut index = std::fs::read(&file).unwrap();
        let at = index.windows(from.len()).position(|bytes| bytes == from.as_bytes()).unwrap();
        index[at..at + to.len()].copy_from_slice(to.as_bytes());
        std::fs::write(file, index).unwrap();
    }

    fn run(&self, arguments: &[impl AsRef<OsStr>]) -> bool {
        let mut command = Command::new("git");
        command
            .args(["-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null"])
            .args(["-c", "tag.gpgSign=false", "-c", "advice.detachedHead=false"])
            .args(arguments)
            .current_dir(self.root())
            .env("GIT_AUTHOR_DATE", "2024-05-06T07:08:09+02:00")
            .env("GIT_COMMITTER_DATE", "2024-05-06T07:08:10+02:00")
            .env("LC_ALL", "C");
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"] {
            command.env_remove(name);
        }
        let output = command.output().unwrap();
        output.status.success()
    }
}

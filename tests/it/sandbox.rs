//! A folder of its own in which the program runs, without the user's settings.

use std::path::PathBuf;
use std::process::{Command, Output};

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_runner-lite");

/// A project.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
    root: PathBuf,
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Sandbox {
    /// A project `shop` with these files, without a repository.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("shop");
        std::fs::create_dir(&root).unwrap();
        let sandbox = Self { folder, root };
        files.iter().for_each(|(path, text)| sandbox.write(path, text));
        sandbox
    }

    /// The same with all of it committed to `main`.
    pub(crate) fn repository(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::new(files);
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox.git(&["add", "."]);
        sandbox.git(&["commit", "-qm", "one"]);
        sandbox
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
        let mut command = Command::new("git");
        let ran = command.current_dir(&self.root).args(identity).args(arguments).output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {ran:?}");
    }

    /// A command in the project, with none of the user's settings.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("HOME", self.folder.path()).env("RUNNER_LITE_CONFIG", "");
        for variable in ["DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_AUTH_CONFIG", "NO_COLOR", "XDG_CONFIG_HOME"]
        {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let Output { status, stdout, stderr } = self.command(PROGRAM).args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { stdout: text(stdout), stderr: text(stderr), code: status.code().unwrap() }
    }
}

impl Said {
    /// Standard output of a run without complaints.
    #[track_caller]
    pub(crate) fn answer(&self) -> &str {
        assert_eq!(self.code, 0, "{self:?}");
        &self.stdout
    }
}

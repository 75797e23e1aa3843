//! A temporary project in which a test runs the program without the user's settings.

use std::path::PathBuf;
use std::process::{Command, Output};

/// The path of the program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_runner-lite");

/// Credentials of `user` for r.io, with the password `hunter22`.
pub(crate) const CREDENTIALS: &str = r#"{"auths": {"r.io": {"auth": "dXNlcjpodW50ZXIyMg=="}}}"#;

/// The environment variables by which a user may have settings that a test must not depend on, and folders that it must
/// not write to.
const SETTINGS: [&str; 9] = [
    "DOCKER_CONFIG",
    "DOCKER_HOST",
    "DOCKER_AUTH_CONFIG",
    "NO_COLOR",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "RUNNER_LITE_STATE_DIR",
    "RUNNER_LITE_CACHE_DIR",
];

/// A temporary project.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
    root: PathBuf,
}

/// The output and the exit code of the program.
#[derive(Debug)]
pub(crate) struct ProgramOutput {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Sandbox {
    /// Creates a project `shop` with these files, without a repository.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("shop");
        std::fs::create_dir(&root).unwrap();
        let sandbox = Self { folder, root };
        files.iter().for_each(|(path, text)| sandbox.write(path, text));
        sandbox
    }

    /// Creates a project with this pipeline file and `.runner-lite.env`, beside [`CREDENTIALS`] in `auth.json` and in the
    /// `environment` of `config.toml`.
    pub(crate) fn with_credentials(file: &str, env_file: &str) -> Self {
        let config = "[[runners]]\nname = \"a\"\nenvironment = ['''DOCKER_AUTH_CONFIG=CREDENTIALS''']\n\
                  [runners.docker]\n";
        let config = config.replace("CREDENTIALS", CREDENTIALS);
        let files = [
            (".gitlab-ci.yml", file),
            (".runner-lite.env", env_file),
            ("auth.json", CREDENTIALS),
            ("config.toml", &config),
        ];
        Self::new(&files)
    }

    /// Creates the same project with all files committed to `main`.
    pub(crate) fn repository(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::new(files);
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox.git(&["add", "."]);
        sandbox.git(&["commit", "-qm", "one"]);
        sandbox
    }

    /// The path of a file of the project.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
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
        for variable in SETTINGS {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> ProgramOutput {
        let Output { status, stdout, stderr } = self.command(PROGRAM).args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        ProgramOutput { stdout: text(stdout), stderr: text(stderr), code: status.code().unwrap() }
    }
}

impl ProgramOutput {
    /// Returns standard output of a run that succeeded.
    #[track_caller]
    pub(crate) fn answer(&self) -> &str {
        assert_eq!(self.code, 0, "{self:?}");
        &self.stdout
    }
}

//! A project with the user's settings beside it, whose runs must not show the lab's login.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::engine;
use super::run::{Outcome, program, spawn, wait_with_output};
use super::secrets::SECRETS;

/// A folder with a pipeline file, a home directory and a directory for credential helpers.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Project {
    pub(crate) fn new(yaml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
        fs::create_dir_all(folder.path().join("home/.docker")).unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        let home = folder.path().join("home").display().to_string();
        Self { folder, environment: vec![("HOME", home)] }
    }

    /// Writes `~/.docker/config.json`.
    pub(crate) fn with_docker_config(self, json: &str) -> Self {
        fs::write(self.path("home/.docker/config.json"), json).unwrap();
        self
    }

    /// Adds a credential helper, in a directory that comes first in `PATH`.
    pub(crate) fn with_helper(mut self, name: &str, script: &str) -> Self {
        let program = self.path("bin").join(format!("docker-credential-{name}"));
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        self.environment.push(("PATH", path));
        self
    }

    pub(crate) fn with_variable(mut self, key: &'static str, value: &str) -> Self {
        self.environment.push((key, value.to_owned()));
        self
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program and asserts that its output does not contain the login.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        let mut program = program();
        program.env_remove("DOCKER_CONFIG").env_remove("DOCKER_AUTH_CONFIG");
        program.envs(self.environment.iter().map(|(key, value)| (*key, value)));
        let outcome = wait_with_output(spawn(program, self.folder(), arguments), |_| {});
        for secret in SECRETS {
            let (log, errors) = (outcome.log(), &outcome.stderr);
            assert!(!log.contains(secret) && !errors.contains(secret), "{secret} is shown:\n{log}\n{errors}");
        }
        outcome
    }

    /// Runs a job with all messages, and asserts that nothing of it is left on the engine.
    pub(crate) fn run_job(&self, name: &str) -> Outcome {
        let outcome = self.run(&["exec", name, "-vvv"]);
        engine::assert_nothing_left_of(name);
        outcome
    }
}

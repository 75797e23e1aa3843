//! The lab's registry with a login, and runs of the program that must not give the login away.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use super::leftovers;
use super::run::{Outcome, finish, program, spawn};
use super::secrets::SECRETS;

/// The registry that wants a login.
pub(crate) const PRIVATE: &str = "127.0.0.1:5000";
/// The open one.
pub(crate) const OPEN: &str = "127.0.0.1:5001";
/// Where nothing listens.
pub(crate) const DOWN: &str = "127.0.0.1:9";
/// `my_username:my_password`.
pub(crate) const AUTH: &str = "bXlfdXNlcm5hbWU6bXlfcGFzc3dvcmQ=";

/// What the open registry says of an image's digest.
pub(crate) fn digest(repository: &str, tag: &str) -> String {
    let mut stream = TcpStream::connect(OPEN).unwrap();
    let accept = "application/vnd.docker.distribution.manifest.v2+json";
    let request = format!("HEAD /v2/{repository}/manifests/{tag} HTTP/1.0\r\nAccept: {accept}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let line = answer.lines().find_map(|line| line.strip_prefix("Docker-Content-Digest: "));
    line.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A folder with a pipeline file, a home and a place for helpers.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Place {
    pub(crate) fn new(yaml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
        fs::create_dir_all(folder.path().join("home/.docker")).unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        let home = folder.path().join("home").display().to_string();
        Self { folder, environment: vec![("HOME", home)] }
    }

    /// With this `~/.docker/config.json`.
    pub(crate) fn docker_config(self, json: &str) -> Self {
        fs::write(self.path("home/.docker/config.json"), json).unwrap();
        self
    }

    /// With this program first on the PATH.
    pub(crate) fn helper(mut self, name: &str, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let program = self.path("bin").join(format!("docker-credential-{name}"));
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        self.environment.push(("PATH", path));
        self
    }

    pub(crate) fn environment(mut self, key: &'static str, value: &str) -> Self {
        self.environment.push((key, value.to_owned()));
        self
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program with these arguments, and asserts that nothing of it shows the login.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        let mut program = program();
        program.env_remove("DOCKER_CONFIG").env_remove("DOCKER_AUTH_CONFIG");
        program.envs(self.environment.iter().map(|(key, value)| (*key, value)));
        let outcome = finish(spawn(program, self.folder(), arguments), |_| {});
        for secret in SECRETS {
            let (log, errors) = (outcome.log(), &outcome.stderr);
            assert!(!log.contains(secret) && !errors.contains(secret), "{secret} is shown:\n{log}\n{errors}");
        }
        outcome
    }

    /// Runs a job with all that the program can say.
    pub(crate) fn job(&self, name: &str) -> Outcome {
        let outcome = self.run(&["exec", name, "-vvv"]);
        leftovers::assert_none(name);
        outcome
    }
}

/// A job whose image is pulled from the registry with a login each time, with this `DOCKER_AUTH_CONFIG` if any.
pub(crate) fn private(name: &str, config: &str) -> String {
    let variables =
        if config.is_empty() { "{}".to_owned() } else { format!("{{DOCKER_AUTH_CONFIG: '{config}'}}") };
    pulled(name, &format!("{PRIVATE}/namespace/image:tag"), "always", &variables)
}

/// A job whose image is `reference` by `policy`.
pub(crate) fn pulled(name: &str, reference: &str, policy: &str, variables: &str) -> String {
    format!(
        "{name}:\n  image: {{name: '{reference}', pull_policy: {policy}}}\n  variables: {variables}\n  \
         script: [echo has run]\n"
    )
}

/// `{"auths": …}` with the login for `key`.
pub(crate) fn auths(key: &str) -> String {
    format!(r#"{{"auths": {{"{key}": {{"auth": "{AUTH}"}}}}}}"#)
}

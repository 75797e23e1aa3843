//! Nothing is left on the engine, whatever happens to a run, and nothing of others is removed.

mod kept;

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock, mpsc};
use std::thread::{sleep, spawn as start_thread};
use std::time::{Duration, Instant};

use super::engine::{assert_nothing_left_of, by_engine, socket};
use super::run::{Outcome, program, spawn, start_job, wait_with_output};

/// Runs the docker CLI on the engine of the tests, and returns its output.
fn docker(arguments: &[&str]) -> String {
    let output = docker_command(arguments).output().unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn docker_command(arguments: &[&str]) -> Command {
    let mut command = Command::new("docker");
    command.arg("-H").arg(format!("unix://{}", socket().display())).args(arguments);
    command
}

fn clean(arguments: &[&str]) -> Outcome {
    wait_with_output(spawn(program(), Path::new("/"), &[&["clean"], arguments].concat()), |_| {})
}

/// A container with the labels of a run of this program on another host, removed when it is dropped.
struct ContainerOfOtherHost(&'static str);

impl ContainerOfOtherHost {
    fn create(name: &'static str) -> Self {
        let label = |key: &str, value: &str| format!("com.gitlab.gitlab-runner.{key}={value}");
        let process = "0123-4567/4026531836/1/2/0123456789abcdef/1795912090";
        let labels = [label("runner.id", "lite"), label("job.name", name), label("process", process)];
        let labels = labels.each_ref().map(|label| ["--label", label]);
        docker(&[&["create", "--name", name], labels.as_flattened(), &["busybox:1.35"]].concat());
        Self(name)
    }

    fn exists(&self) -> bool {
        !docker(&["ps", "-aq", "--filter", &format!("name=^{}$", self.0)]).is_empty()
    }
}

impl Drop for ContainerOfOtherHost {
    fn drop(&mut self) {
        let _ = docker_command(&["rm", "-f", self.0]).output();
    }
}

#[test]
fn clean_spares_a_run_on_another_host_unless_its_object_is_named() {
    let name = "runner-lite-project-1-concurrent-0-00000000000000fe-build";
    let container = ContainerOfOtherHost::create(name);
    let spared = clean(&["--force"]);
    spared
        .assert(0, &["--other-hosts removes them, too", &format!("container  {name}  job {name}, created")]);
    assert!(container.exists());
    let removed = clean(&[name, "--force"]);
    removed.assert(0, &[&format!("container  {name}  job {name}, created"), "Removed 1 of 1.\n"]);
    assert!(!container.exists());
    let missing = clean(&[name, "--force"]);
    assert_eq!(missing.code, 2, "{}", missing.stderr);
    assert!(
        missing.stderr.contains(&format!("no container, network or volume `{name}`")),
        "{}",
        missing.stderr
    );
}

/// Runs job `name`, whose script prints a line `begun`, and calls `meanwhile` with the name of its build container.
fn run_and_meddle(name: &str, script: &str, meanwhile: impl Fn(&str)) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [{script}]}}\n");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let mut is_done = false;
    let outcome = wait_with_output(start_job(folder.path(), name, &[]), |output| {
        if !is_done && String::from_utf8_lossy(output).contains("\nbegun\n") {
            is_done = true;
            let label = format!("label=com.gitlab.gitlab-runner.job.name={name}");
            let of_build = "label=com.gitlab.gitlab-runner.type=build";
            // With `-a`: the script may run before the engine counts its container as running.
            meanwhile(&docker(&[
                "ps",
                "-a",
                "--filter",
                &label,
                "--filter",
                of_build,
                "--format",
                "{{.Names}}",
            ]));
        }
    });
    assert_nothing_left_of(name);
    assert!(is_done, "{}", outcome.log());
    outcome
}

#[test]
fn nothing_is_left_if_another_client_kills_or_removes_the_build_container() {
    let killed =
        run_and_meddle("cleanup-killed", "echo begun, sleep 300", |build| drop(docker(&["kill", build])));
    killed.assert(1, &["exit code 137"]);
    // The removal of many files goes on after the container's end, and keeps the volume in use.
    let files = "'i=0; while [ $i -lt 8000 ]; do echo >/$i; i=$((i+1)); done', echo begun, sleep 300";
    let removed = run_and_meddle("cleanup-removed", files, |build| drop(docker(&["rm", "-f", build])));
    removed.assert(1, &["exit code 137"]);
    assert!(!removed.log().contains("WARNING"), "{}", removed.log());
}

#[test]
fn a_container_that_another_client_renames_is_removed() {
    let outcome = run_and_meddle("cleanup-renamed", "echo begun, sleep 1", |build| {
        docker(&["rename", build, "cleanup-renamed-by-hand"]);
    });
    // Podman loses track of the container, which fails the job.
    outcome.assert(if by_engine("Docker", "Podman") == "Docker" { 0 } else { 125 }, &[]);
    assert!(!outcome.log().contains("WARNING"), "{}", outcome.log());
}

/// How long the engine stands still in the test below: longer than an object may appear late.
const STANDSTILL: Duration = Duration::from_secs(4);

/// How much later than other requests the engine handles the create call that it had before it stood still.
const CREATE_LATER: Duration = Duration::from_secs(1);

/// Passes connections on to the engine, and holds all of them for a while from the creation of a build container on, as
/// an engine does that is stopped and continued.
struct Standstill {
    /// When the engine goes on; set when it stops.
    ends: OnceLock<Instant>,
    begun: mpsc::Sender<()>,
}

impl Standstill {
    /// Listens at `path`. The receiver learns when the standstill begins.
    fn listen(path: &Path) -> mpsc::Receiver<()> {
        let listener = UnixListener::bind(path).unwrap();
        let (begun, told) = mpsc::channel();
        let this = Arc::new(Self { ends: OnceLock::new(), begun });
        start_thread(move || {
            for client in listener.incoming() {
                let (this, client) = (Arc::clone(&this), client.unwrap());
                start_thread(move || this.pass_on(client));
            }
        });
        told
    }

    fn pass_on(self: Arc<Self>, client: UnixStream) {
        let engine = UnixStream::connect(socket()).unwrap();
        let (this, from, to) = (Arc::clone(&self), engine.try_clone().unwrap(), client.try_clone().unwrap());
        start_thread(move || this.copy(from, &to));
        self.copy(client, &engine);
    }

    /// Copies until the end of `from`. The other direction goes on: an engine that was stopped does not see that its
    /// client is gone.
    fn copy(&self, mut from: UnixStream, mut to: &UnixStream) {
        let mut piece = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            let text = String::from_utf8_lossy(&piece[..length]);
            let line = text.lines().next().unwrap_or_default();
            let is_creation = line.contains("/containers/create?") && line.contains("-build");
            if is_creation && self.ends.set(Instant::now() + STANDSTILL).is_ok() {
                self.begun.send(()).unwrap();
            }
            let later = if is_creation { CREATE_LATER } else { Duration::ZERO };
            if let Some(ends) = self.ends.get() {
                sleep((*ends + later).saturating_duration_since(Instant::now()));
            }
            if to.write_all(&piece[..length]).is_err() {
                return;
            }
        }
    }
}

#[test]
fn a_container_that_the_engine_creates_long_after_the_signal_is_removed() {
    let (folder, name) = (tempfile::tempdir().unwrap(), "cleanup-late");
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [echo never]}}\n");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let host = folder.path().join("engine.sock");
    let begun = Standstill::listen(&host);
    let child = start_job(folder.path(), name, &["--host", &format!("unix://{}", host.display())]);
    let process = child.id().to_string();
    let signal = start_thread(move || {
        begun.recv().unwrap();
        assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
        Instant::now()
    });
    let outcome = wait_with_output(child, |_| {});
    let created = signal.join().unwrap() + STANDSTILL + CREATE_LATER;
    // A program that ended too early would leave the container, once the engine has created it.
    sleep((created + CREATE_LATER).saturating_duration_since(Instant::now()));
    assert_nothing_left_of(name);
    outcome.assert(130, &["ERROR: Job failed: canceled"]);
    assert!(outcome.elapsed > STANDSTILL, "{:?}", outcome.elapsed);
}

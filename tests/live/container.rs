//! The program in a container that holds only the program, its sources and the engine's socket.

use std::path::Path;
use std::process::{Command, Stdio};

use super::engine;
use super::run::{Outcome, binary, run_job_without_network, wait_with_output};
use super::skip::skip;

/// A container with the program and its sources, and perhaps a network. Dropping it removes both and the image.
struct ProgramContainer {
    name: String,
    network: Option<String>,
}

fn docker(arguments: &[&str]) -> String {
    let output = docker_command(arguments).output().unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn docker_command(arguments: &[&str]) -> Command {
    let mut command = Command::new("docker");
    command.arg("-H").arg(format!("unix://{}", engine::socket().display())).args(arguments);
    command.env("DOCKER_BUILDKIT", "0");
    command
}

/// Builds the image as the Dockerfile does. A binary that is not static gets a base image with the C library.
fn build_image(name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(binary(), folder.path().join("runner-lite")).unwrap();
    let base = if std::env::var_os("RUNNER_LITE_BIN").is_some() { "scratch" } else { "debian:bookworm-slim" };
    let text = format!("FROM {base}\nCOPY runner-lite /runner-lite\nENTRYPOINT [\"/runner-lite\"]\n");
    std::fs::write(folder.path().join("Dockerfile"), text).unwrap();
    let image = format!("localhost/runner-lite/own-{name}:1");
    docker(&["build", "-q", "-t", &image, folder.path().to_str().unwrap()]);
    image
}

impl ProgramContainer {
    /// Creates the container in `network`, with `yaml` and one more file as its sources.
    fn new(name: &str, yaml: &str, network: Option<&str>, arguments: &[&str]) -> Self {
        let image = build_image(name);
        // The engine may see its own socket at another path.
        let seen = std::env::var("LAB_ENGINE_SOCKET");
        let seen = seen.unwrap_or_else(|_| engine::socket().display().to_string());
        let (socket, own) = (format!("{seen}:/var/run/docker.sock"), format!("own-{name}"));
        let network = network.map(|network| format!("{network}-{name}"));
        if let Some(network) = &network {
            docker(&["network", "create", network]);
        }
        let mut create = vec!["create", "--name", &own, "-v", &socket, "-w", "/src"];
        create.extend(network.iter().flat_map(|network| ["--network", network]));
        create.push(&image);
        docker(&[&create[..], arguments].concat());
        let sources = tempfile::tempdir().unwrap();
        let project = sources.path().join("src");
        std::fs::create_dir(&project).unwrap();
        std::fs::write(project.join(".gitlab-ci.yml"), yaml).unwrap();
        std::fs::write(project.join("note"), "from the sources\n").unwrap();
        docker(&["cp", project.to_str().unwrap(), &format!("{own}:/")]);
        Self { name: own, network }
    }

    /// Starts the container and waits for its end. `on_output` gets the whole output each time there is more.
    fn run(&self, on_output: impl FnMut(&[u8])) -> Outcome {
        let mut start = docker_command(&["start", "-a", &self.name]);
        start.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        wait_with_output(start.spawn().unwrap(), on_output)
    }

    fn networks(&self) -> String {
        let format = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}";
        docker(&["inspect", "-f", format, &self.name])
    }
}

impl Drop for ProgramContainer {
    fn drop(&mut self) {
        let image = format!("localhost/runner-lite/{}:1", self.name);
        let _ = docker_command(&["rm", "-f", "-v", &self.name]).output();
        let _ = docker_command(&["rmi", "-f", &image]).output();
        if let Some(network) = &self.network {
            let _ = docker_command(&["network", "rm", network]).output();
        }
    }
}

fn three_services(name: &str, per_build: &str) -> String {
    format!(
        "
{name}:
  image: busybox:1.35
  variables: {{FF_NETWORK_PER_BUILD: '{per_build}'}}
  services: [tutum/wordpress:latest, 'super/sql:experimental', redis:latest]
  script:
    - cat note
    - wget -qO- http://tutum-wordpress/
    - nc super-sql 7777 </dev/null
    - echo PING | nc redis 6379
"
    )
}

fn assert_runs(name: &str, per_build: &str, network: Option<&str>) {
    let inside =
        ProgramContainer::new(name, &three_services(name, per_build), network, &["exec", name, "-vv"]);
    let before = inside.networks();
    let outcome = inside.run(|_| {});
    outcome.assert(0, &["from the sources\n", "wordpress-ok", "sql-ok", "PONG", "Job succeeded"]);
    assert!(!outcome.log().contains("WARNING"), "{}", outcome.log());
    assert!(outcome.stderr.contains("/connect 200 "), "no network was joined:\n{}", outcome.stderr);
    assert!(outcome.stderr.contains("/disconnect 200 "), "no network was left:\n{}", outcome.stderr);
    assert_eq!(inside.networks(), before);
    engine::assert_nothing_left_of(name);
}

#[test]
fn inside_a_container_a_job_reaches_services_on_the_default_bridge() {
    assert_runs("inside-bridge", "false", Some("own-network"));
}

#[test]
fn inside_a_container_a_job_reaches_services_on_a_network_per_build() {
    assert_runs("inside-network", "true", None);
}

#[test]
fn a_signal_disconnects_the_container_from_the_services_network() {
    let yaml = "
inside-stopped:
  image: busybox:1.35
  variables: {FF_NETWORK_PER_BUILD: 'true'}
  services: [runner-lite/lab-silent-port]
  script: [echo never]
";
    let inside = ProgramContainer::new("inside-stopped", yaml, None, &["exec", "inside-stopped", "-vv"]);
    let (before, mut sent) = (inside.networks(), false);
    let outcome = inside.run(|output| {
        if !sent && String::from_utf8_lossy(output).contains("Waiting for services") {
            sent = true;
            std::thread::spawn({
                let name = inside.name.clone();
                move || {
                    Command::new("sleep").arg("1").status().unwrap();
                    docker(&["kill", "-s", "INT", &name])
                }
            });
        }
    });
    assert_eq!(outcome.code, 130, "{}\n{}", outcome.log(), outcome.stderr);
    assert!(outcome.stderr.contains("/connect 200 "), "{}", outcome.stderr);
    assert_eq!(inside.networks(), before);
    engine::assert_nothing_left_of("inside-stopped");
}

#[test]
fn the_static_binary_runs_in_an_empty_root_directory() {
    if std::env::var_os("RUNNER_LITE_BIN").is_none() {
        return skip("only the static binary runs without a C library");
    }
    let root = tempfile::tempdir().unwrap();
    std::fs::copy(binary(), root.path().join("runner-lite")).unwrap();
    let output = Command::new("unshare")
        .args(["--map-root-user", "chroot"])
        .arg(root.path())
        .args([Path::new("/runner-lite"), Path::new("--version")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("runner-lite "));
}

const REDIS_JOB: &str =
    ":\n  image: ruby:2.6\n  services: [redis:latest]\n  script: [redis-cli -h redis ping]\n";

#[test]
fn unreachable_services_are_probed_from_a_container() {
    let outcome = run_job_without_network("probe-auto", &format!("probe-auto{REDIS_JOB}"), &["-v"]);
    outcome.assert(0, &["cannot be reached from here; it is probed from a container\n", "\nPONG\n"]);
    assert!(!outcome.log().contains("WARNING"), "{}", outcome.log());
    let outcome =
        run_job_without_network("probe-inside", &format!("probe-inside{REDIS_JOB}"), &["--probe", "inside"]);
    outcome.assert(0, &["\nPONG\n"]);
    assert!(!outcome.log().contains("WARNING"), "{}", outcome.log());
}

#[test]
fn a_probe_in_a_container_reports_a_closed_port() {
    let yaml = "
probe-closed:
  image: ruby:2.6
  variables: {FF_NETWORK_PER_BUILD: 'true'}
  services: [runner-lite/lab-silent-port]
  script: [echo the job goes on]
";
    let outcome = run_job_without_network("probe-closed", yaml, &["--probe", "inside"]);
    outcome.assert(0, &["probably didn't start properly: no port opened in time", "\nthe job goes on\n"]);
}

#[test]
fn probe_off_starts_the_job_without_waiting() {
    let outcome = run_job_without_network("probe-off", &format!("probe-off{REDIS_JOB}"), &["--probe", "off"]);
    assert!(outcome.log().contains("\nredis:latest started\n"), "{}", outcome.log());
}

//! Nothing is left on the engine, whatever happens to a run, and nothing of others is removed.

use std::path::Path;
use std::process::Command;

use super::run::{Outcome, program, spawn, wait_with_output};

/// Runs the docker CLI on the engine of the tests, and returns its output.
fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
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
        let _ = Command::new("docker").args(["rm", "-f", self.0]).output();
    }
}

#[test]
fn clean_spares_a_run_on_another_host_unless_its_object_is_named() {
    let name = "cleanup-other-host";
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

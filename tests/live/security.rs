//! What SECURITY.md claims about a job's container and the engine.

use std::time::Duration;

use super::engine;
use super::run::{program, run_job_in, spawn, start_job, wait_with_output};

#[test]
fn a_job_has_its_sources_and_nothing_else_of_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "
security-host:
  image: busybox:1.35
  script:
    - 'ls /var/run/docker.sock /run/docker.sock || echo no socket'
    - 'mount -t tmpfs tmpfs /mnt || echo no privileges'
    - 'echo \"caller: <$SECRET_OF_CALLER>\"'
    - 'awk ''{print $2}'' /proc/mounts | grep \"^/builds\" || echo no mount'
    - 'echo made here >made'
";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let mut command = program();
    command.env("SECRET_OF_CALLER", "hunter22");
    let outcome = wait_with_output(spawn(command, folder.path(), &["exec", "security-host"]), |_| {});
    outcome.assert(0, &["\nno socket\n", "\nno privileges\n", "\ncaller: <>\n", "\nno mount\n"]);
    engine::assert_nothing_left_of("security-host");
    assert!(!folder.path().join("made").exists());
}

#[test]
fn who_may_use_the_socket_reads_variables_until_the_container_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "security-environment: {image: 'busybox:1.35', script: ['echo begun', 'sleep 2']}\n";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.path().join(".runner-lite.env"), "# masked\nTOKEN=hunter22-hunter22\n").unwrap();
    let mut seen = None;
    let outcome = wait_with_output(start_job(folder.path(), "security-environment", &[]), |output| {
        if seen.is_none() && String::from_utf8_lossy(output).contains("\nbegun\n") {
            seen = Some(inspected("security-environment"));
        }
    });
    outcome.assert(0, &["Job succeeded"]);
    let seen = seen.unwrap();
    assert!(seen.contains("\"TOKEN=hunter22-hunter22\""), "{seen}");
    assert_eq!(seen.matches("hunter22-hunter22").count(), 1, "{seen}");
    // The engine keeps none of the job's output.
    assert!(seen.contains("\"LogConfig\":{\"Type\":\"none\""), "{seen}");
    assert_eq!(containers("security-environment"), Vec::<String>::new());
}

/// The ids of the job's containers.
fn containers(job: &str) -> Vec<String> {
    let filter = format!("{{\"label\":[\"com.gitlab.gitlab-runner.job.name={job}\"]}}");
    let filter: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = engine::get(&format!("/v1.41/containers/json?all=1&filters={filter}"));
    answer.split("\"Id\":\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// What the engine tells about the job's containers.
fn inspected(job: &str) -> String {
    containers(job).iter().map(|id| engine::get(&format!("/v1.41/containers/{id}/json"))).collect()
}

#[test]
fn files_of_variables_go_with_the_job() {
    let folder = tempfile::tempdir().unwrap();
    // A job with artifacts has a volume for its project.
    let yaml = "
security-file: {image: 'busybox:1.35', script: ['cat $KEY', 'echo $KEY'], artifacts: {paths: [none]}}
";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.path().join("key"), "content of the key\n").unwrap();
    let outcome =
        run_job_in(folder.path(), "security-file", &["--variable-file", "KEY=key", "-vv", "--timeout", "60"]);
    outcome.assert(0, &["\ncontent of the key\n", "\n/builds/local/", ".tmp/KEY\n"]);
    let volume = outcome.stderr.split(['/', '?', ' ', '\n', '"']).find(|word| word.contains("-cache-"));
    let answer = engine::get(&format!("/v1.41/volumes/{}", volume.unwrap()));
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(outcome.elapsed < Duration::from_secs(30), "{:?}", outcome.elapsed);
}

#[test]
fn the_repository_reaches_the_job_with_the_password_in_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "
security-git:
  image: busybox:1.35
  script: ['grep -c hunter22 .git/config', 'env | grep -c hunter22 || echo in no variable']
";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=A", "-c", "user.email=a@b"];
        let status = std::process::Command::new("git")
            .args(identity)
            .args(arguments)
            .current_dir(folder.path())
            .status();
        assert!(status.unwrap().success());
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    git(&["remote", "add", "origin", "https://user:hunter22@gitlab.example.com/group/project.git"]);
    let outcome = run_job_in(folder.path(), "security-git", &["-v"]);
    outcome.assert(0, &["\n1\n", "\n0\nin no variable\n", "\nProject directory: /builds/group/project\n"]);
}

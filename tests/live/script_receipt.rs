//! A job's result is that of its script only if the script has arrived.

use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::engine::{self, by_engine};
use super::run::{Outcome, run_job, start_job, wait_with_output};

/// The size of the sources, whose upload takes long enough for another client to interfere.
const SOURCES_BYTES: u64 = 512 << 20;

/// How long after its start a container takes files or waits for its script, which then takes seconds.
const DELIVERY_BEGINS: Duration = Duration::from_millis(100);

/// How often the other client may come too late: Podman answers nobody while it unpacks sources.
const TRIES: usize = 5;

/// Attaches to the standard input of a container as `docker attach CONTAINER </dev/null` does.
fn close_input_of(id: &str) {
    let mut stream = UnixStream::connect(engine::socket()).unwrap();
    let target = format!("/v1.41/containers/{id}/attach?stream=1&stdin=1");
    write!(
        stream,
        "POST {target} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n"
    )
    .unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert!(head.ends_with(b"101") || head.ends_with(b"200"), "{}", String::from_utf8_lossy(&head));
    stream.shutdown(Shutdown::Write).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Runs the job with the sources, and closes the input of its container while they are delivered. `None` if that came too
/// late, so that the log has nothing of `effect`.
fn run_with_closed_input(folder: &Path, job: &str, effect: &str) -> Option<Outcome> {
    File::create(folder.join("large")).unwrap().set_len(SOURCES_BYTES).unwrap();
    let mut child = start_job(folder, job, &[]);
    let mut closed = false;
    while !closed && child.try_wait().unwrap().is_none() {
        if let Some(id) = engine::running_container_of(job) {
            std::thread::sleep(DELIVERY_BEGINS);
            close_input_of(&id);
            closed = true;
        }
    }
    let outcome = wait_with_output(child, |_| {});
    engine::assert_nothing_left_of(job);
    let was_in_time = closed && (outcome.log().contains(effect) || outcome.stderr.contains(effect));
    was_in_time.then_some(outcome)
}

#[test]
fn an_input_that_another_client_closes_is_a_system_failure_and_no_success() {
    for image in ["busybox:1.35", "debian:bookworm-slim"] {
        let job = format!("receipt-closed-{}", &image[..4]);
        let folder = tempfile::tempdir().unwrap();
        // The sources of a job with this user are uploaded.
        let image = format!("{{name: '{image}', docker: {{user: '1000'}}}}");
        let yaml = format!("{job}: {{image: {image}, script: [echo it runs], after_script: [echo never]}}");
        std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
        let effect = "no shell in it reported that it had received the whole script";
        let outcome = (0..TRIES).find_map(|_| run_with_closed_input(folder.path(), &job, effect));
        let outcome = outcome.expect("always too late");
        outcome.assert(125, &[]);
        assert!(!outcome.log().contains("it runs\n"), "{}", outcome.log());
    }
}

#[test]
fn files_that_another_client_cuts_are_delivered_by_an_upload() {
    for image in ["busybox:1.35", "debian:bookworm-slim"] {
        let job = format!("receipt-cut-{}", &image[..4]);
        let folder = tempfile::tempdir().unwrap();
        let script = "script: [stat -c 'it has %s' large], after_script: [echo the end]";
        let yaml = format!("{job}: {{image: '{image}', {script}}}");
        std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
        let effect = "`tar` in the container cannot unpack the project's files; they are uploaded instead";
        // Podman may end the container's connection with that of the other client, which is a failure without a result.
        let effect = by_engine(effect, "");
        let outcome = (0..TRIES).find_map(|_| run_with_closed_input(folder.path(), &job, effect));
        let size = format!("\nit has {SOURCES_BYTES}\n");
        let outcome = outcome.expect("always too late");
        if by_engine("Docker", "Podman") == "Podman" && outcome.code == 125 {
            assert!(!outcome.log().contains("it has"), "{}", outcome.log());
        } else {
            outcome.assert(0, &[&size, "\nthe end\n"]);
        }
    }
}

#[test]
fn an_entrypoint_that_reads_no_script_keeps_its_exit_code_with_a_warning() {
    let warning = "WARNING: no shell of the container has read the job's script";
    for (job, entrypoint, code) in
        [("receipt-echo", "[echo, the tool]", 0), ("receipt-exit", "[sh, -c, exit 7]", 1)]
    {
        let yaml = format!(
            "{job}:\n  image: {{name: 'busybox:1.35', entrypoint: {entrypoint}}}\n  script: [echo never]\n"
        );
        let outcome = run_job(job, &yaml);
        outcome.assert(code, &[warning]);
        assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
    }
}

#[test]
fn an_entrypoint_may_join_standard_error_with_standard_output() {
    let yaml = "
receipt-joined:
  image: {name: 'busybox:1.35', entrypoint: [sh, -c, 'echo entry; exec 2>&1; exec \"$@\"', entry]}
  script: [echo it runs]
";
    let outcome = run_job("receipt-joined", yaml);
    outcome.assert(0, &["\nentry\n", "\nit runs\n"]);
    let log = outcome.log();
    assert!(!log.contains("runner-lite: the") && !log.contains("WARNING"), "{log}");
}

#[test]
fn a_script_that_ends_or_replaces_its_shell_is_a_result() {
    for (job, script, code) in [
        ("receipt-exit-0", "exit 0", 0),
        ("receipt-exec", "exec sh -c 'exit 0'", 0),
        ("receipt-exec-3", "exec sh -c 'exit 3'", 1),
    ] {
        let yaml =
            format!("{job}:\n  image: busybox:1.35\n  script: [echo begun, \"{script}\", echo never]\n");
        let outcome = run_job(job, &yaml);
        outcome.assert(code, &["\nbegun\n"]);
        assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
    }
}

#[test]
fn standard_error_keeps_its_place_in_the_log() {
    for (job, image) in [("receipt-order-sh", "busybox:1.35"), ("receipt-order-bash", "debian:bookworm-slim")]
    {
        let lines: String = (0..10).map(|n| format!("    - echo out{n}\n    - echo err{n} >&2\n")).collect();
        let yaml = format!("{job}:\n  image: '{image}'\n  script:\n{lines}");
        let log = run_job(job, &yaml).log();
        let printed: Vec<&str> =
            log.lines().filter(|line| line.starts_with("out") || line.starts_with("err")).collect();
        let written: Vec<String> = (0..10).flat_map(|n| [format!("out{n}"), format!("err{n}")]).collect();
        assert_eq!(printed, written, "{log}");
    }
}

#[test]
fn an_after_script_whose_input_was_closed_too_early_is_sent_again() {
    let job = "receipt-after";
    // bash reads its input byte by byte, so that the other client has time.
    let padding = format!("    # {}\n", "x".repeat(100)).repeat(10_000);
    let yaml = format!(
        "{job}:\n  image: debian:bookworm-slim\n  script: ['true']\n  after_script:\n  - |\n    echo the $((1 + 0)) end\n{padding}"
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let connected = |log: &str| log.matches("/attach?").count();
    let sent_again = (0..TRIES).any(|_| {
        let child = start_job(folder.path(), job, &["-vv"]);
        let mut closed = false;
        let outcome = wait_with_output(child, |output| {
            let text = String::from_utf8_lossy(output);
            if !closed && text.contains("\nRunning after_script\n") {
                while engine::running_container_of(job).is_none() {}
                std::thread::sleep(DELIVERY_BEGINS);
                engine::running_container_of(job).iter().for_each(|id| close_input_of(id));
                closed = true;
            }
        });
        engine::assert_nothing_left_of(job);
        // Podman may break the container's connection with that of the other client. Commands may have run then.
        let is_broken = outcome.log().contains("after_script failed") && outcome.log().contains("broke");
        if by_engine("Docker", "Podman") == "Podman" && is_broken {
            return true;
        }
        outcome.assert(0, &["\nthe 1 end\n"]);
        connected(&outcome.stderr) > 2
    });
    assert!(sent_again, "always too late");
}

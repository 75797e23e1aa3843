//! Edge cases: defaults, users in the file, entrypoints that ignore their arguments, sockets without an engine.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use super::engine;
use super::run::{program, run_job, run_job_with};

#[test]
fn a_job_without_image_and_services_gets_those_of_default() {
    let yaml = "
default:
  image: ruby:2.6
  services: [redis:latest]
edge-default:
  script:
    - ruby -rsocket -e 's = TCPSocket.new(%q(redis), 6379); s.puts :PING; puts s.gets'
edge-own: {image: busybox:1.35, services: [], script: [echo $CI_JOB_IMAGE]}
";
    run_job("edge-default", yaml).assert(0, &["\nredis:latest ready after ", "+PONG"]);
    let outcome = run_job("edge-own", yaml);
    outcome.assert(0, &["\nbusybox:1.35\n"]);
    assert!(!outcome.log().contains(" ready after "), "{}", outcome.log());
}

#[test]
fn the_user_of_image_docker_can_write_the_sources() {
    let yaml = "
edge-user:
  image: {name: 'debian:bookworm-slim', docker: {user: nobody}}
  script: [id -un, 'echo x >>.gitlab-ci.yml', mkdir new, echo written]
";
    run_job("edge-user", yaml).assert(0, &["\nnobody\n", "\nwritten\n"]);
}

#[test]
fn an_entrypoint_that_ignores_its_arguments_runs_into_the_timeout() {
    let yaml = "edge-ignores: {image: 'super/sql:experimental', script: [echo never]}";
    let outcome = run_job_with("edge-ignores", yaml, &["--timeout", "2s"]);
    outcome.assert(1, &["ERROR: Job failed: execution took longer than 2 s\n"]);
    assert!(!outcome.log().contains("\nnever\n"), "{}", outcome.log());
}

#[test]
fn after_script_of_a_passed_job_sees_success_and_cannot_fail_it() {
    let yaml = "
edge-after:
  image: busybox:1.35
  script: ['true']
  after_script: ['echo \"status $CI_JOB_STATUS\"', exit 3]
";
    run_job("edge-after", yaml)
        .assert(0, &["\nstatus success\n", "job will continue unaffected", "Job succeeded"]);
}

#[test]
fn exec_without_a_job_lists_the_jobs() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), "one: {script: a}\ntwo: {script: b}\n").unwrap();
    let run = program().arg("exec").current_dir(folder.path()).output();
    let run = run.unwrap();
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("  one\n  two\n"), "{stderr}");
}

#[test]
fn a_socket_that_answers_garbage_is_a_system_failure() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("garbage.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    // The thread ends with the process of the tests.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n");
        }
    });
    let yaml = "edge-garbage: {image: 'busybox:1.35', script: a}";
    let outcome = run_job_with("edge-garbage", yaml, &["--host", &format!("unix://{}", socket.display())]);
    outcome.assert(125, &[]);
    assert!(outcome.stderr.contains("error: cannot "), "{}", outcome.stderr);
}

#[test]
fn the_shared_builds_volume_is_removed() {
    let yaml = "
edge-volume:
  image: busybox:1.35
  services: [tutum/wordpress:latest]
  script: ['touch made', 'grep -c \" /builds \" /proc/self/mounts']
";
    let outcome = run_job_with("edge-volume", yaml, &["-vv"]);
    outcome.assert(0, &["\n1\n"]);
    // The volume has no label; `-vv` shows its name in the API calls.
    let volume = outcome.stderr.split(['/', '?', ' ', '\n', '"']).find(|word| word.contains("-cache-"));
    let volume = volume.unwrap_or_else(|| panic!("no volume in {}", outcome.stderr));
    let answer = engine::get(&format!("/v1.41/volumes/{volume}"));
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[test]
fn texts_of_the_job_in_the_engines_words_do_not_command_the_terminal() {
    let hostile = r"\e]0;t\a\e[2J\x9b2J\u202e";
    let shown = r"\u{1b}]0;t\u{7}\u{1b}[2J\u{9b}2J\u{202e}";
    let jobs = [
        ("edge-hostile-entry", format!("image: {{name: 'busybox:1.35', entrypoint: [\"/no{hostile}\"]}}")),
        ("edge-hostile-user", format!("image: {{name: 'busybox:1.35', docker: {{user: \"no{hostile}\"}}}}")),
        (
            "edge-hostile-port",
            format!(
                "image: busybox:1.35\n  services: [{{name: 'busybox:1.35', command: [sleep, '60'], variables: {{HEALTHCHECK_TCP_PORT: \"no{hostile}\"}}}}]"
            ),
        ),
    ];
    for (name, lines) in jobs {
        let outcome = run_job(name, &format!("{name}:\n  {lines}\n  script: [echo never]\n"));
        outcome.assert(125, &[]);
        let said = outcome.log() + &outcome.stderr;
        let is_command = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
        assert!(!said.contains(is_command), "{said:?}");
        assert!(outcome.stderr.contains(&format!("no{shown}")), "{said}");
    }
}

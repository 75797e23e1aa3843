//! What the log says about a script that failed.

use std::os::unix::fs::PermissionsExt;

use super::engine::by_engine;
use super::run::{Outcome, run_job, run_job_in, run_job_with};

/// The last lines of the log.
fn end(outcome: &Outcome, lines: usize) -> String {
    let log = outcome.log();
    let all: Vec<&str> = log.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[test]
fn the_last_five_lines_of_a_long_log_give_file_line_and_cause() {
    let yaml = "
failure-long:
  image: $IMAGE
  script:
    - for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; echo $i; echo $i; echo $i; done
    - cat /no/such/file
    - echo not reached
";
    for (image, cause) in [
        ("debian:bookworm-slim", "cat: /no/such/file: No such file or directory\n"),
        ("busybox:1.35", "cat: can't open '/no/such/file': No such file or directory\n"),
    ] {
        let variable = format!("IMAGE={image}");
        let outcome = run_job_with("failure-long", yaml, &["--variable", &variable]);
        outcome.assert(1, &["\n10\n"]);
        let end = end(&outcome, 5);
        assert!(end.contains(cause), "{end}");
        let line = "\nerror: command failed (exit 1) at .gitlab-ci.yml:6: cat /no/such/file\n";
        assert!(end.contains(line), "{end}");
    }
}

#[test]
fn the_line_in_a_shells_own_message_is_that_of_the_file() {
    let yaml = "
failure-message:
  image: $IMAGE
  variables: {TEXT: \"a\\nb\"}
  script:
    - echo first
    - |
      echo second
      nonesuch
  after_script: [nonesuch_after]
";
    for (image, message, after) in [
        (
            DEBIAN,
            "\n/usr/bin/bash: .gitlab-ci.yml:9: nonesuch: command",
            "bash: .gitlab-ci.yml:10: nonesuch_after: ",
        ),
        (
            BUSYBOX,
            "\n/bin/sh: .gitlab-ci.yml:9: nonesuch: not found\n",
            "sh: .gitlab-ci.yml:10: nonesuch_after: ",
        ),
    ] {
        let variable = format!("IMAGE={image}");
        let outcome = run_job_with("failure-message", yaml, &["--variable", &variable]);
        outcome.assert(1, &[message, after, "(exit 127) at .gitlab-ci.yml:9: nonesuch\n"]);
        let warnings = "\nWARNING: command failed at .gitlab-ci.yml:10: nonesuch_after\n\
                        WARNING: after_script failed, but job will continue unaffected: exit code 127\n";
        assert!(outcome.log().contains(warnings), "{}", outcome.log());
    }
}

#[test]
fn every_kind_of_message_of_a_shell_gets_the_line_of_the_file() {
    for (image, script, expect) in [
        (BUSYBOX, "cd /nonesuch", "/bin/sh: .gitlab-ci.yml:5: cd: can't cd to /nonesuch: "),
        (BUSYBOX, "echo a >/nonesuch/b", "/bin/sh: .gitlab-ci.yml:5: can't create /nonesuch/b: "),
        (BUSYBOX, "while", "/bin/sh: .gitlab-ci.yml:5: syntax error: "),
        (DEBIAN, "cd /nonesuch", "/usr/bin/bash: .gitlab-ci.yml:5: cd: /nonesuch: "),
        (DEBIAN, "echo a >/nonesuch/b", "/usr/bin/bash: .gitlab-ci.yml:5: /nonesuch/b: "),
        (DEBIAN, "while", "/usr/bin/bash: .gitlab-ci.yml:5: syntax error: "),
    ] {
        let yaml = format!("failure-words:\n  image: {image}\n  script:\n    - echo first\n    - {script}\n");
        let outcome = run_job("failure-words", &yaml);
        outcome.assert(1, &[expect, &format!(") at .gitlab-ci.yml:5: {script}\n")]);
    }
}

#[test]
fn bash_gives_the_line_of_a_block_and_other_shells_give_the_block() {
    let yaml = "
failure-block:
  image: $IMAGE
  script:
    - |
      echo first
      cat /no/such/file
      echo not reached
";
    for (image, place) in [
        ("debian:bookworm-slim", "exit 1) at .gitlab-ci.yml:7: cat /no/such/file\n"),
        ("busybox:1.35", "exit 1) at .gitlab-ci.yml:6-8: echo first ...\n"),
    ] {
        let variable = format!("IMAGE={image}");
        run_job_with("failure-block", yaml, &["--variable", &variable]).assert(1, &["\nfirst\n", place]);
    }
}

#[test]
fn the_place_is_where_the_text_is_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("base.yml"),
        ".base:\n  image: busybox:1.35\n  before_script:\n    - test -n \"$FIRST\"\n  script:\n    - exit 4\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join(".gitlab-ci.yml"),
        "include: base.yml\n.steps: &steps\n  - \"false\"\nfailure-extends: {extends: .base}\n\
         failure-anchor: {extends: .base, script: *steps}\n\
         failure-reference: {extends: .base, script: [!reference [.base, script]]}\n",
    )
    .unwrap();
    let run = |job: &str, arguments: &[&str]| run_job_in(folder.path(), job, arguments);
    let passed = ["--variable", "FIRST=1"];
    run("failure-extends", &[]).assert(1, &["(exit 1) at base.yml:4: test -n \"$FIRST\"\n"]);
    run("failure-extends", &passed).assert(1, &["(exit 4) at base.yml:6: exit 4\n"]);
    run("failure-anchor", &passed).assert(1, &["(exit 1) at .gitlab-ci.yml:3: false\n"]);
    run("failure-reference", &passed).assert(1, &["(exit 4) at base.yml:6: exit 4\n"]);
}

#[test]
fn an_unprivileged_user_and_a_quiet_log_get_the_line_too() {
    let yaml = "failure-user:\n  image: runner-lite/lab-user:latest\n  script:\n    - id -u\n    - exit 3\n";
    run_job("failure-user", yaml)
        .assert(1, &["error: command failed (exit 3) at .gitlab-ci.yml:5: exit 3\n"]);
    let quiet = run_job_with("failure-user", yaml, &["-q"]);
    quiet.assert(1, &[]);
    let line = "error: command failed (exit 3) at .gitlab-ci.yml:5: exit 3\n";
    assert!(quiet.stderr.contains(line) && !quiet.log().contains("error"), "{}", quiet.stderr);
}

/// Runs a job with this script and these arguments, and checks the hint before the result.
fn check_hint(job: &str, image: &str, script: &str, arguments: &[&str], hint: &str) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, mode) in [
        ("windows.sh", "#!/bin/sh\r\necho a\r\n", 0o755),
        ("env.sh", "#!/usr/bin/env bash\r\necho a\r\n", 0o755),
        ("plain.sh", "#!/bin/sh\necho a\n", 0o644),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let yaml = format!("{job}:\n  image: {image}\n  script:\n    - '{script}'\n");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let outcome = run_job_in(folder.path(), job, arguments);
    outcome.assert(1, &[hint]);
    let end = end(&outcome, 3);
    assert!(end.starts_with("hint: ") && end.contains("\nERROR: Job failed: exit code "), "{end}");
}

const BUSYBOX: &str = "busybox:1.35";
const DEBIAN: &str = "debian:bookworm-slim";

#[test]
fn a_command_that_the_image_lacks_is_named() {
    for (image, command) in [(BUSYBOX, "make --version"), (DEBIAN, "make"), (DEBIAN, "sh -c make")] {
        check_hint(
            "failure-command",
            image,
            command,
            &[],
            &format!("hint: the image {image} has no command `make`: install it"),
        );
    }
}

#[test]
fn scripts_with_windows_line_ends_are_recognised() {
    let maybe =
        "hint: `./windows.sh` does not exist in the container, or the program that its first line names";
    check_hint("failure-windows", BUSYBOX, "./windows.sh", &[], maybe);
    check_hint("failure-windows", DEBIAN, "./windows.sh", &[], maybe);
    check_hint(
        "failure-windows",
        DEBIAN,
        "./env.sh",
        &[],
        "hint: a script has Windows line endings (CRLF): save it with LF",
    );
}

#[test]
fn a_file_that_is_not_executable_is_named() {
    for image in [BUSYBOX, DEBIAN] {
        check_hint(
            "failure-mode",
            image,
            "./plain.sh",
            &[],
            "hint: `./plain.sh` is not executable: `chmod +x plain.sh`",
        );
    }
}

#[test]
fn syntax_of_bash_that_sh_does_not_know_is_recognised() {
    check_hint(
        "failure-syntax",
        BUSYBOX,
        "A=(1 2)",
        &[],
        "hint: the image busybox:1.35 has no bash, so `sh` ran the script",
    );
}

#[test]
fn a_full_file_system_is_recognised() {
    let arguments = ["--docker-tmpfs", "/small:size=1m"];
    check_hint(
        "failure-disk",
        BUSYBOX,
        "dd if=/dev/zero of=/small/x bs=1M count=5",
        &arguments,
        "hint: a file system is full: ",
    );
}

#[test]
fn localhost_in_place_of_a_services_name_is_recognised() {
    let yaml = "
failure-localhost:
  image: busybox:1.35
  services: [{name: 'busybox:1.35', alias: db, command: [sh, -c, 'nc -l -p 5432'], variables: {HEALTHCHECK_TCP_PORT: '5432'}}]
  script: [nc 127.0.0.1 5432]
";
    let hint = "hint: services run in containers of their own, not at localhost: connect to `db`\n";
    run_job("failure-localhost", yaml).assert(1, &[hint]);
}

#[test]
fn an_engine_as_a_service_without_privileges_is_recognised() {
    // The words are those of `docker`, which the image does not have.
    let yaml = "
failure-dind:
  image: busybox:1.35
  services: [docker:24-dind]
  script:
    - 'nc docker 2375 </dev/null || { echo \"Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?\"; exit 1; }'
";
    let hint = "hint: the service docker:24-dind is an engine, which needs privileges: pass `--docker-privileged`, or ";
    run_job("failure-dind", yaml).assert(1, &[hint]);
}

#[test]
fn an_image_without_a_shell_gets_a_hint() {
    let yaml =
        "failure-shell: {image: {name: 'runner-lite/lab-no-shell:latest', entrypoint: ['']}, script: [x]}";
    let said = run_job("failure-shell", yaml).stderr;
    assert!(said.contains("hint: the image has no shell, which the script of a job needs"), "{said}");
}

#[test]
fn an_image_for_another_architecture_gets_a_hint() {
    let image =
        "{name: '127.0.0.1:5001/library/busybox:1.35', pull_policy: always, docker: {platform: linux/s390x}}";
    let outcome =
        run_job("failure-platform", &format!("failure-platform: {{image: {image}, script: ['true']}}"));
    // Podman takes the image that there is.
    if by_engine("Docker", "Podman") == "Docker" {
        let hint = "hint: the image does not support the architecture that is wanted here";
        assert!(outcome.stderr.contains(hint), "{}", outcome.stderr);
    } else {
        outcome.assert(0, &[]);
    }
}

use super::*;
use crate::executor::testing;
use crate::plan::job_plan::ContainerSettings;
use crate::plan::job_plan::ServicePlan;

/// The hint for a job without services in image `ruby:2.6`.
#[track_caller]
fn check(exit_code: i64, tail: &str, expect: Option<Hint>) {
    let mut plan = testing::plan();
    plan.image.reference = "ruby:2.6".to_owned();
    assert_eq!(hint(&plan, exit_code, tail), expect, "{tail}");
}

fn service(image: &str, name: &str, version: &str) -> ServicePlan {
    let plan = testing::plan();
    ServicePlan {
        image: crate::plan::job_plan::ImagePlan { reference: image.to_owned(), ..plan.image },
        name: name.to_owned(),
        version: version.to_owned(),
        index: 0,
        aliases: vec![name.to_owned(), "db".to_owned()],
        network_aliases: Vec::new(),
        command: None,
        variables: Vec::new(),
        settings: ContainerSettings::default(),
    }
}

#[test]
fn a_carriage_return_in_the_output_of_a_program_is_no_windows_script() {
    let tail = "E   assert b'OK\\r' == b'OK'\n";
    check(1, tail, None);
}

#[test]
fn a_missing_command_is_named_in_every_shells_words() {
    let missing = |command: &str| {
        Some(Hint::MissingCommand { command: command.to_owned(), image: "ruby:2.6".to_owned() })
    };
    check(127, "a\n/usr/bin/bash: line 208: make: command not found\n", missing("make"));
    check(127, "/bin/sh: eval: line 204: make: not found\n", missing("make"));
    check(127, "/bin/sh: 9: eval: make: not found", missing("make"));
    check(127, "build.sh: 3: make: not found\r\nthe end\n", missing("make"));
    // The exit code says whether that ended the script.
    check(1, "/usr/bin/bash: line 208: make: command not found\n", None);
    check(127, "page not found\n", None);
    check(127, "", None);
}

#[test]
fn a_missing_file_is_told_from_a_missing_command() {
    let missing = Some(Hint::MissingFile { path: "./build.sh".to_owned() });
    check(127, "/bin/sh: eval: line 204: ./build.sh: not found\n", missing.clone());
    check(127, "/usr/bin/bash: line 204: ./build.sh: cannot execute: required file not found\n", missing);
}

#[test]
fn carriage_returns_in_names_are_windows_line_ends() {
    for tail in [
        "/usr/bin/env: 'bash\\r': No such file or directory\n",
        "build.sh: line 2: $'\\r': command not found\n",
        "/bin/bash: ./build.sh: /bin/sh^M: bad interpreter: No such file or directory\n",
        "build.sh: 3: make\r: not found\n",
        "ls: invalid option -- '\r'\n",
    ] {
        check(127, tail, Some(Hint::WindowsLineEnds));
    }
    check(1, "a line of a program for Windows\r\n", None);
}

#[test]
fn a_file_that_may_not_be_executed_is_named() {
    let hint = Some(Hint::NotExecutable { path: "./build.sh".to_owned() });
    check(126, "/usr/bin/bash: line 204: ./build.sh: Permission denied\n", hint);
    check(1, "cat: /root: Permission denied\n", None);
}

#[test]
fn syntax_of_bash_is_recognised_in_the_words_of_sh_alone() {
    let hint = || Some(Hint::BashSyntax { image: "ruby:2.6".to_owned() });
    check(2, "/bin/sh: eval: line 204: syntax error: unexpected \"(\"\n", hint());
    check(2, "/bin/sh: 9: eval: Syntax error: \"(\" unexpected\n", hint());
    check(2, "/bin/sh: 9: eval: Bad substitution\n", hint());
    check(127, "/bin/sh: 9: eval: [[: not found\n", hint());
    check(2, "perl: syntax error: unexpected \"(\"\n", None);
}

#[test]
fn a_full_file_system_is_reported() {
    check(1, "dd: error writing '/small/x': No space left on device\n2+0 records in\n", Some(Hint::DiskFull));
}

#[test]
fn localhost_is_suspicious_only_beside_services() {
    let tail = "curl: (7) Failed to connect to localhost port 5432 after 0 ms: Connection refused\n";
    check(7, tail, None);
    let mut plan = testing::plan();
    plan.services = vec![service("postgres:12.2", "postgres", "12.2")];
    let expect = Some(Hint::LocalhostForService { hosts: vec!["db".to_owned()] });
    assert_eq!(hint(&plan, 7, tail), expect);
    assert_eq!(hint(&plan, 7, "connect to db: connection refused\n"), None);
}

#[test]
fn an_engine_that_is_a_service_needs_privileges() {
    let tail = "Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?\n";
    let mut plan = testing::plan();
    plan.services = vec![service("docker:24-dind", "docker", "24-dind")];
    let expect = Some(Hint::UnprivilegedEngine { service: "docker:24-dind".to_owned() });
    assert_eq!(hint(&plan, 1, tail), expect);
    plan.services[0].settings.privileged = true;
    assert_eq!(hint(&plan, 1, tail), None);
}

#[test]
fn the_tail_is_the_end_of_all_pieces() {
    let mut tail = OutputTail::default();
    tail.push(b"first");
    tail.push(&[b'x'; TAIL_BYTES_MAX - 3]);
    tail.push(b"end");
    assert_eq!(tail.text().len(), TAIL_BYTES_MAX);
    assert!(tail.text().ends_with("xend") && tail.text().starts_with("x"), "{}", tail.text());
    tail.push(&[b'y'; TAIL_BYTES_MAX + 9]);
    assert_eq!(tail.text(), "y".repeat(TAIL_BYTES_MAX));
}

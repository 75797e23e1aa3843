//! What the log says of a service that is ready, and of why one is not.

use std::process::Command;

use regex_lite::Regex;

use super::engine::assert_nothing_left_of;
use super::run::{Outcome, binary, run_job_with, spawn, wait_with_output};
use super::service_table::engine_api::{build_image, remove_image};

/// Limits the check of services that are not going to be ready.
const BRIEFLY: [&str; 2] = ["--docker-wait-for-services-timeout", "3"];

/// A service that declares 5432 and listens on 5433.
const OTHER_PORT: &str =
    "{name: busybox:1.35, command: [httpd, -f, -p, '5433'], variables: {HEALTHCHECK_TCP_PORT: '5432'}}";

fn yaml(name: &str, image: &str, service: &str) -> String {
    format!("{name}:\n  image: {image}\n  services: [{service}]\n  script: [echo the job goes on]\n")
}

/// Runs job `name` with a service of an image that is built for it.
fn run_with_image(name: &str, dockerfile: &str, variables: &str, arguments: &[&str]) -> Outcome {
    let image = format!("runner-lite/lab-{name}");
    build_image(&image, &[("Dockerfile", dockerfile), ("init.sh", "sleep 2\n")]);
    let service = format!("{{name: {image}, variables: {{{variables}}}}}");
    let outcome = run_job_with(name, &yaml(name, "busybox:1.35", &service), arguments);
    remove_image(&image);
    outcome
}

/// The number that stands between the two texts.
#[track_caller]
fn number(log: &str, before: &str, after: &str) -> u64 {
    let pattern = format!("{before}([0-9]+){after}");
    let found =
        Regex::new(&pattern).unwrap().captures(log).unwrap_or_else(|| panic!("no {pattern:?}: {log}"));
    found[1].parse().unwrap()
}

#[test]
fn a_verbose_log_says_from_where_each_port_was_dialled_and_when_it_opened() {
    let service = "{name: busybox:1.35, alias: late, command: [sh, -c, 'sleep 1; httpd -f -p 80'], \
                   variables: {HEALTHCHECK_TCP_PORT: '80'}}";
    let direct = run_job_with("ready-direct", &yaml("ready-direct", "busybox:1.35", service), &["-v"]);
    direct.assert(0, &["Connections to service busybox:1.35 (late) by this process from "]);
    let opened = number(&direct.log(), "\n  [0-9.]+:80 opened at ", " ms, refused [0-9]+ connections\n");
    assert!((900..20_000).contains(&opened), "{opened}: {}", direct.log());
    // The program that dials is linked to the C library of this image.
    let arguments = ["-v", "--probe", "inside"];
    let inside = run_job_with("ready-inside", &yaml("ready-inside", "ruby:2.6", service), &arguments);
    inside.assert(0, &["Connections to service busybox:1.35 (late) by a container of the job's image from "]);
    number(&inside.log(), "\n  [0-9.]+:80 opened at ", " ms");
}

#[test]
fn what_was_dialled_of_a_service_that_ends_is_told_as_well() {
    let service =
        "{name: busybox:1.35, command: [sh, -c, 'sleep 1; exit 3'], variables: {HEALTHCHECK_TCP_PORT: '80'}}";
    let outcome = run_job_with("ready-ends", &yaml("ready-ends", "busybox:1.35", service), &["-v"]);
    outcome.assert(0, &["it has exited with code 3\n"]);
    assert!(number(&outcome.log(), ":80 refused ", " connections\n") > 1, "{}", outcome.log());
}

#[test]
fn a_log_that_is_not_verbose_has_no_dials() {
    let outcome = run_job_with("ready-brief", &yaml("ready-brief", "busybox:1.35", "redis:latest"), &[]);
    outcome.assert(0, &["redis:latest ready after "]);
    assert!(!outcome.log().contains(" was dialled "), "{}", outcome.log());
}

#[test]
fn sockets_are_found_where_the_engines_processes_are_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = yaml("ready-apart", "busybox:1.35", OTHER_PORT);
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--pid", "--fork", "--mount-proc"]).arg(binary());
    unshare.env("RUNNER_LITE_STATE_DIR", folder.path().join("state"));
    unshare.env("RUNNER_LITE_CACHE_DIR", folder.path().join("cache"));
    let child = spawn(unshare, folder.path(), &[&["exec", "ready-apart"], &BRIEFLY[..]].concat());
    let outcome = wait_with_output(child, |_| {});
    assert_nothing_left_of("ready-apart");
    outcome.assert(0, &["\nIt listens on port 5433, and its image or HEALTHCHECK_TCP_PORT declares 5432: "]);
}

#[test]
fn a_database_that_is_still_initialised_is_told_by_its_unix_socket() {
    let command =
        "command: [ruby, --disable-gems, -rsocket, -e, 'UNIXServer.new(%q(/tmp/db.sock)); sleep 600']";
    let service = format!("{{name: ruby:2.6, {command}, variables: {{HEALTHCHECK_TCP_PORT: '5432'}}}}");
    let outcome = run_job_with("ready-unix", &yaml("ready-unix", "busybox:1.35", &service), &BRIEFLY);
    outcome.assert(0, &["\nIt listens on no port, but on the unix socket /tmp/db.sock: "]);
}

#[test]
fn a_healthcheck_that_fails_is_shown_with_its_output() {
    let dockerfile = "FROM busybox:1.35\nHEALTHCHECK CMD echo not yet; exit 5\nCMD [\"sleep\", \"600\"]\n";
    let arguments = [&["--healthcheck"], &BRIEFLY[..]].concat();
    let outcome = run_with_image("ready-unhealthy", dockerfile, "A: b", &arguments);
    let output =
        "most recently with exit code 5\nThe output of its HEALTHCHECK:\n  not yet\nIts log is empty.\n";
    outcome.assert(0, &["its HEALTHCHECK has not succeeded in time; it has failed ", output]);
    let runs = number(&outcome.log(), "it has failed ", " times");
    assert!((2..=12).contains(&runs), "{}", outcome.log());
}

#[test]
fn a_database_that_is_healthy_while_it_is_initialised_is_not_ready() {
    let dockerfile = "FROM postgres:latest\nCOPY init.sh /docker-entrypoint-initdb.d/\nHEALTHCHECK CMD pg_isready -q -h /var/run/postgresql\n";
    let arguments = ["--healthcheck", "-v"];
    let outcome = run_with_image("ready-postgres", dockerfile, "POSTGRES_PASSWORD: x", &arguments);
    outcome.assert(0, &[": its HEALTHCHECK succeeded, after ", " ready after "]);
    let healthy = number(&outcome.log(), "was healthy at ", " ms");
    let opened = number(&outcome.log(), ":5432 opened at ", " ms");
    assert!(healthy < opened, "the temporary server was not healthy: {}", outcome.log());
}

#[test]
fn a_healthcheck_alone_decides_if_nothing_is_dialled() {
    let dockerfile = "FROM busybox:1.35\nEXPOSE 80\nHEALTHCHECK CMD test -e /up\nCMD [\"sh\", \"-c\", \"sleep 1; touch /up; sleep 600\"]\n";
    let arguments = ["--healthcheck", "--probe", "off", "-v"];
    let outcome = run_with_image("ready-undialled", dockerfile, "A: b", &arguments);
    outcome.assert(0, &["was healthy at ", " ready after "]);
    assert!(
        !outcome.log().contains("WARNING") && !outcome.log().contains(" was dialled "),
        "{}",
        outcome.log()
    );
    let dialled = [&["--healthcheck"], &BRIEFLY[..]].concat();
    run_with_image("ready-closed", dockerfile, "A: b", &dialled)
        .assert(0, &["no port opened in time", "\nThe HEALTHCHECK of its image succeeds; "]);
}

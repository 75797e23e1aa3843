//! Services that do not start properly, and services on a network per build.

use std::time::Duration;

use super::run::{Outcome, run_job, run_job_with};

/// Runs job `name` with a service on port 80 that continues with `end` when the script connects to port 81, a second before
/// the script goes on.
fn run_with_ending_service(name: &str, end: &str, script: &str, arguments: &[&str]) -> Outcome {
    let service = format!(
        "{{name: busybox:1.35, alias: ending, command: [sh, -c, 'echo serving; httpd -p 80; nc -l -p 81; {end}'], \
         variables: {{HEALTHCHECK_TCP_PORT: '80'}}}}"
    );
    let yaml = format!(
        "{name}:\n  image: busybox:1.35\n  services: [{service}]\n  script: ['until nc ending 81 </dev/null; do sleep 0.1; done', \
         sleep 1, echo a second later{script}]\n"
    );
    run_job_with(name, &yaml, arguments)
}

/// The part of the log before the script has gone on.
fn before_script_goes_on(outcome: &Outcome) -> String {
    let log = outcome.log();
    log.split("\na second later\n").next().unwrap_or_default().to_owned()
}

fn yaml(name: &str, service: &str) -> String {
    format!("{name}:\n  image: busybox:1.35\n  services: [{service}]\n  script: [echo the job goes on]\n")
}

#[test]
fn a_service_without_ports_causes_a_warning_with_its_log() {
    let service = "{name: busybox:1.35, command: [sh, -c, 'echo here I am; sleep 60']}";
    let outcome = run_job("svc-portless", &yaml("svc-portless", service));
    outcome.assert(
        0,
        &["could not be checked: its image has no exposed ports; the variable HEALTHCHECK_TCP_PORT of the service names", "here I am", "\nthe job goes on\n"],
    );
    assert!(outcome.elapsed < Duration::from_secs(10), "{:?}", outcome.elapsed);
}

#[test]
fn waiting_for_a_port_that_stays_closed_ends_after_thirty_seconds() {
    let service = "{name: busybox:1.35, command: [sh, -c, 'echo silent; sleep 90'], variables: {HEALTHCHECK_TCP_PORT: '80'}}";
    let outcome = run_job("svc-silent", &yaml("svc-silent", service));
    outcome.assert(
        0,
        &["probably didn't start properly: no port opened in time", "silent", "\nthe job goes on\n"],
    );
    let (least, most) = (Duration::from_secs(30), Duration::from_secs(45));
    assert!((least..most).contains(&outcome.elapsed), "{:?}", outcome.elapsed);
}

#[test]
fn an_exited_service_is_reported_at_once() {
    let service = "{name: busybox:1.35, command: [sh, -c, 'echo out of luck; exit 1'], variables: {HEALTHCHECK_TCP_PORT: '80'}}";
    let outcome = run_job("svc-exits", &yaml("svc-exits", service));
    outcome.assert(0, &["it has exited with code 1\n", "out of luck", "\nthe job goes on\n"]);
    assert!(outcome.elapsed < Duration::from_secs(10), "{:?}", outcome.elapsed);
}

#[test]
fn the_job_waits_for_a_port_that_opens_late() {
    let service = "{name: busybox:1.35, alias: late, command: [sh, -c, 'sleep 2; nc -ll -p 80 -e echo late-ok'], \
                   variables: {HEALTHCHECK_TCP_PORT: '80'}}";
    let yaml = yaml("svc-late", service).replace("echo the job goes on", "nc late 80 </dev/null");
    let outcome = run_job("svc-late", &yaml);
    outcome.assert(0, &["late-ok"]);
    assert!(!outcome.log().contains("WARNING"), "{}", outcome.log());
}

#[test]
fn services_on_a_network_per_build_reach_each_other_and_the_job() {
    let yaml = "
svc-network:
  image: busybox:1.35
  variables: {FF_NETWORK_PER_BUILD: 'true'}
  services:
    - tutum/wordpress:latest
    - {name: busybox:1.35, alias: peer, command: [sh, -c, 'until wget -qO /www http://tutum-wordpress/; do sleep 1; done; nc -ll -p 80 -e cat /www'], variables: {HEALTHCHECK_TCP_PORT: '80'}}
  script: [nc peer 80 </dev/null, nslookup build]
";
    run_job("svc-network", yaml).assert(0, &["wordpress-ok"]);
}

#[test]
fn services_share_the_builds_directory() {
    let yaml = "
svc-builds:
  image: busybox:1.35
  services:
    - {name: busybox:1.35, alias: files, command: [httpd, -f, -p, '80', -h, /builds], variables: {HEALTHCHECK_TCP_PORT: '80'}}
  script: [echo shared >note, 'wget -qO- http://files/${CI_PROJECT_DIR#/builds/}/note']
";
    run_job("svc-builds", yaml).assert(0, &["\nshared\n"]);
}

#[test]
fn unreachable_container_addresses_are_reported_after_three_seconds() {
    let yaml = "
service-unreachable:
  image: busybox:1.35
  services: [redis:latest]
  script: [echo the job goes on]
";
    let arguments = ["--probe", "direct"];
    let outcome = super::run::run_job_without_network("service-unreachable", yaml, &arguments);
    outcome.assert(
        0,
        &["container addresses cannot be reached from here", "Ready to accept", "\nthe job goes on\n"],
    );
    assert!(outcome.elapsed < std::time::Duration::from_secs(15), "{:?}", outcome.elapsed);
}

#[test]
fn a_service_that_the_script_stops_is_reported_within_a_second_with_its_exit_code_and_log() {
    let outcome = run_with_ending_service("svc-ends", "echo stopped by the script; exit 7", "", &[]);
    outcome.assert(0, &["a second later", "Job succeeded"]);
    let log = before_script_goes_on(&outcome);
    let warning = "WARNING: Service busybox:1.35 (ending) has exited with code 7 while the job runs\n";
    for text in [warning, "serving\n", "stopped by the script\n"] {
        assert!(log.contains(text), "{text:?} is not in {log}");
    }
}

#[test]
fn a_service_that_lacked_memory_is_said_to_have() {
    let arguments = ["--docker-service-memory=16m"];
    // How long the service takes to fill its memory is the kernel's matter.
    let outcome = run_with_ending_service("svc-oom", "exec tail /dev/zero", ", sleep 4", &arguments);
    let text = "has exited with code 137 while the job runs, because the kernel killed it: out of memory";
    outcome.assert(0, &["a second later", text]);
}

#[test]
fn a_service_that_ends_because_the_job_does_is_not_reported() {
    let outcome = run_with_ending_service("svc-lives", "sleep 60", "", &[]);
    outcome.assert(0, &["a second later"]);
    assert!(!outcome.log().contains("has exited"), "{}", outcome.log());
}

#[test]
fn with_fail_on_service_the_script_goes_on_and_then_the_job_fails() {
    let fail = ["--fail-on-service"];
    let outcome = run_with_ending_service("svc-fails", "exit 7", ", echo the end", &fail);
    let text = "ERROR: Job failed: service busybox:1.35 (ending) has exited with code 7\n";
    outcome.assert(1, &["\nthe end\n", text]);
    let own = run_with_ending_service("svc-fails-itself", "exit 7", ", exit 3", &fail);
    own.assert(1, &["has exited with code 7 while the job runs", "ERROR: Job failed: exit code 3\n"]);
    let lives = run_with_ending_service("svc-fails-not", "sleep 60", "", &fail);
    lives.assert(0, &["Job succeeded"]);
}

#[test]
fn with_fail_on_service_the_last_command_may_not_stop_a_service_and_none_may_end_before_the_script() {
    let service = "{name: busybox:1.35, alias: ending, command: [sh, -c, 'httpd -p 80; nc -l -p 81; exit 7'], variables: {HEALTHCHECK_TCP_PORT: '80'}}";
    let stop = "until nc ending 81 </dev/null; do sleep 0.1; done";
    let last = yaml("svc-fails-last", service).replace("echo the job goes on", &format!("'{stop}'"));
    let text = "ERROR: Job failed: service busybox:1.35 (ending) has exited with code 7\n";
    run_job_with("svc-fails-last", &last, &["--fail-on-service"]).assert(1, &[text]);
    let first = "{name: busybox:1.35, command: [sh, -c, 'exit 1'], variables: {HEALTHCHECK_TCP_PORT: '80'}}";
    let text = "ERROR: Job failed: service busybox:1.35 has exited with code 1\n";
    run_job_with("svc-fails-first", &yaml("svc-fails-first", first), &["--fail-on-service"])
        .assert(1, &["\nthe job goes on\n", text]);
}

//! Services that do not start properly, and services on a network per build.

use std::time::Duration;

use super::run::run_job;

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

use super::*;
use crate::plan::testing::Case;
use crate::runner_config::volume::VolumeSpec;

const IN_FILE: [(&str, &str); 3] =
    [("DOCKER_HOST", "tcp://docker:2376"), ("DOCKER_TLS_CERTDIR", "/certs"), ("DOCKER_TLS_VERIFY", "1")];

fn case() -> Case {
    Case::new().service("docker:24-dind", "engine").service("redis:7", "").variables(&IN_FILE)
}

fn with(setting: DockerInDocker) -> Case {
    let mut case = case();
    case.facts.runner.docker.docker_in_docker = Some(setting);
    case
}

fn privileged(mut case: Case) -> JobPlan {
    case.facts.runner.docker.privileged = true;
    case.planned()
}

fn destinations(plan: &JobPlan) -> Vec<&str> {
    plan.volumes.iter().map(|volume| &*volume.destination).collect()
}

#[test]
fn engines_are_recognised_by_the_name_and_tag_of_docker() {
    let is_engine = |name: &str| Case::new().service(name, "").planned().services[0].is_engine();
    for name in ["docker:dind", "docker:24.0.5-dind-rootless", "registry.example.com/mirror/docker:24-dind"] {
        assert!(is_engine(name), "{name}");
    }
    for name in ["docker:24", "docker", "mydocker:dind", "dind:latest"] {
        assert!(!is_engine(name), "{name}");
    }
}

#[test]
fn the_socket_replaces_the_service_and_what_the_file_says_about_it() {
    let plan = with(DockerInDocker::Socket(None)).planned();
    assert_eq!(plan.services.iter().map(|service| &*service.name).collect::<Vec<_>>(), ["redis"]);
    assert_eq!(
        plan.engine_socket,
        Some(EngineSocket { service: "docker:24-dind".to_owned(), path: SocketPath::Own })
    );
    for (key, value) in CLIENT_VARIABLES {
        assert_eq!(plan.variables.iter().filter(|variable| variable.key == key).count(), 1, "{key}");
        assert_eq!(plan.variable(key), Some(value), "{key}");
    }
    let given = with(DockerInDocker::Socket(Some("/run/other.sock".to_owned()))).planned();
    assert_eq!(given.engine_socket.unwrap().path, SocketPath::Given("/run/other.sock".to_owned()));
}

#[test]
fn a_job_without_an_engine_among_its_services_gets_no_socket() {
    let mut case = Case::new().service("redis:7", "").variables(&IN_FILE);
    case.facts.runner.docker.docker_in_docker = Some(DockerInDocker::Socket(None));
    let plan = case.planned();
    assert_eq!(
        (plan.engine_socket.as_ref(), plan.variable("DOCKER_HOST")),
        (None, Some("tcp://docker:2376"))
    );
}

#[test]
fn a_privileged_engine_passes_its_certificates_in_a_volume_unless_it_has_none() {
    assert_eq!(destinations(&privileged(case())), ["/builds", "/certs/client"]);
    let none = case().variables(&[("DOCKER_TLS_CERTDIR", "")]);
    assert_eq!(destinations(&privileged(none)), ["/builds"]);
    let elsewhere = case().variables(&[("DOCKER_TLS_CERTDIR", "/keys/")]);
    assert!(destinations(&privileged(elsewhere)).contains(&"/keys/client"));
    let unset = Case::new().service("docker:24-dind", "");
    assert!(destinations(&privileged(unset)).contains(&"/certs/client"));
    let mut configured = case();
    let destination = "/certs/client".to_owned();
    configured.facts.runner.docker.volumes =
        vec![VolumeSpec { source: None, destination, options: Vec::new() }];
    assert_eq!(destinations(&privileged(configured)).iter().filter(|path| path.contains("certs")).count(), 1);
}

#[test]
fn only_an_engine_without_privileges_lacks_them() {
    assert!(case().planned().services[0].is_unprivileged_engine());
    assert!(with(DockerInDocker::Service).planned().services[0].is_unprivileged_engine());
    assert!(!privileged(case()).services[0].is_unprivileged_engine());
    assert!(!case().planned().services[1].is_unprivileged_engine());
}

//! Docker inside a job: what a job gets that has a service which is an engine.

use super::container_plan::VolumePlan;
use super::engine_socket::{EngineSocket, SocketPath};
use super::job_plan::{EnvironmentVariable, JobPlan};
use super::volumes::{covering, temporary};
use crate::runner_config::string_values::DockerInDocker;

/// Where the images `docker:dind` and `docker` keep certificates, unless `DOCKER_TLS_CERTDIR` says otherwise.
const CERTIFICATES_DEFAULT: &str = "/certs";

/// The variables by which a client finds its engine, with the values that mean the socket. An empty one is like none.
const CLIENT_VARIABLES: [(&str, &str); 4] = [
    ("DOCKER_HOST", "unix:///var/run/docker.sock"),
    ("DOCKER_TLS_CERTDIR", ""),
    ("DOCKER_TLS_VERIFY", ""),
    ("DOCKER_CERT_PATH", ""),
];

/// Decides which engine the job uses if it has a service that is one.
pub(super) fn decide(mut plan: JobPlan, setting: Option<&DockerInDocker>) -> JobPlan {
    let Some(engine) = plan.services.iter().find(|service| service.is_engine()) else { return plan };
    if let Some(DockerInDocker::Socket(path)) = setting {
        let path = path.clone().map_or(SocketPath::Own, SocketPath::Given);
        plan.engine_socket = Some(EngineSocket { service: engine.image.reference.clone(), path });
        plan.services.retain(|service| !service.is_engine());
        point_to_socket(&mut plan.variables);
    } else if engine.settings.privileged {
        plan.volumes.extend(certificates(&plan));
    }
    plan
}

/// Makes clients in the job use the socket, whatever the file says: its values are about the service.
fn point_to_socket(variables: &mut Vec<EnvironmentVariable>) {
    variables.retain(|variable| CLIENT_VARIABLES.iter().all(|(key, _)| variable.key != *key));
    let entries = CLIENT_VARIABLES.iter();
    variables.extend(
        entries
            .map(|(key, value)| EnvironmentVariable { key: (*key).to_owned(), value: (*value).to_owned() }),
    );
}

/// The volume in which an engine passes its certificates to the job. GitLab's documentation has users configure it; here
/// the option that makes the service privileged is enough.
fn certificates(plan: &JobPlan) -> Option<VolumePlan> {
    // An empty value turns TLS off.
    let folder = plan.variable("DOCKER_TLS_CERTDIR").unwrap_or(CERTIFICATES_DEFAULT).trim_end_matches('/');
    let destination = format!("{folder}/client");
    let is_needed = folder.starts_with('/') && covering(&plan.volumes, &destination).is_none();
    is_needed.then(|| VolumePlan { source: temporary(&destination), destination })
}

#[cfg(test)]
mod tests;

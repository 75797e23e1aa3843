//! The parts of a plan that follow from `[runners.docker]` alone: network, volume driver, user, time limits.

use std::time::Duration;

use super::job_plan::{AnonymousVolumes, JobNetwork, VolumeDriver};
use super::problem;
use crate::runner_config::Docker;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::Span;

/// GitLab Runner's default of `wait_for_services_timeout`.
const SERVICES_TIMEOUT: Duration = Duration::from_secs(30);

/// Values of `network_mode` that do not name a network.
const NETWORK_MODES: [&str; 4] = ["default", "bridge", "host", "none"];

/// The network of all containers. `network_mode` takes precedence over `FF_NETWORK_PER_BUILD`.
pub(super) fn network(docker: &Docker, per_build: bool) -> JobNetwork {
    match docker.network_mode.as_deref() {
        Some(mode) if NETWORK_MODES.contains(&mode) || mode.starts_with("container:") => {
            JobNetwork::Mode(mode.to_owned())
        }
        Some(name) => JobNetwork::Existing(name.to_owned()),
        None if per_build => JobNetwork::PerJob { ipv6: docker.enable_ipv6, mtu: docker.network_mtu },
        None => JobNetwork::DefaultBridge,
    }
}

/// How long services may take to open a port; `None` if the job does not wait for them.
pub(super) fn services_timeout(docker: &Docker) -> Option<Duration> {
    match docker.wait_for_services_timeout {
        0 => Some(SERVICES_TIMEOUT),
        seconds => u64::try_from(seconds).ok().map(Duration::from_secs),
    }
}

/// The user of a container: the one in the runner's configuration, else the one in the job's `image:docker`.
pub(super) fn user(
    docker: &Docker,
    asked: Option<String>,
    span: Option<Span>,
) -> Result<Option<String>, Diagnostic> {
    let Some(user) = docker.user.clone().or(asked) else { return Ok(None) };
    let allowed = &docker.allowed_users;
    if allowed.is_empty() || allowed.contains(&user) {
        return Ok(Some(user));
    }
    let message = format!("user \"{user}\" is not an allowed user: [{}]", allowed.join(" "));
    Err(problem::error(span, message).help("see `allowed_users` in the runner's configuration"))
}

pub(super) fn volume_driver(docker: &Docker) -> VolumeDriver {
    VolumeDriver { name: docker.volume_driver.clone(), options: docker.volume_driver_ops.clone() }
}

pub(super) fn anonymous_volumes(docker: &Docker) -> AnonymousVolumes {
    if docker.volume_keep { AnonymousVolumes::Kept } else { AnonymousVolumes::Removed }
}

/// Checks `services_limit`. Services in the runner's configuration count, too.
pub(super) fn check_services_limit(docker: &Docker, services: usize) -> Option<Diagnostic> {
    let limit = usize::try_from(docker.services_limit.0.unwrap_or(-1)).ok()?;
    (services > limit).then(|| {
        let message = format!("too many services requested: {services}, only {limit} allowed");
        problem::error(None, message).help("see `services_limit` in the runner's configuration")
    })
}

/// The error for an image that `allowed_images` or `allowed_services` excludes, in GitLab Runner's words.
pub(super) fn not_allowed(image: &str, kind: &str, patterns: &[String], span: Option<Span>) -> Diagnostic {
    let message = format!("The \"{image}\" image is not present on list of allowed {kind}");
    let list: Vec<_> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
    let help = format!("`allowed_{kind}` in the runner's configuration has {}", list.join(", "));
    problem::error(span, message).help(help)
}

//! Derives the settings of containers from `[runners.docker]`.

use std::collections::BTreeMap;

use super::allowed_images::{is_allowed, matches};
use super::container_plan::ContainerSettings;
use crate::runner_config::Docker;
use crate::vars::expand::{ExpandError, Lookup};

/// GitLab Runner gives services each configured label a second time with this prefix, for compatibility.
const LABEL_PREFIX: &str = "com.gitlab.gitlab-runner.";

/// The settings that all containers of a job share.
pub(super) struct SharedSettings<'a> {
    pub(super) docker: &'a Docker,
    /// `container_labels`, expanded.
    pub(super) labels: BTreeMap<String, String>,
    /// `FF_USE_INIT_WITH_DOCKER_EXECUTOR`.
    pub(super) init: bool,
}

impl<'a> SharedSettings<'a> {
    /// Expands variables in `container_labels`.
    pub(super) fn new(docker: &'a Docker, init: bool, variables: &Lookup<'_>) -> Result<Self, ExpandError> {
        let labels = docker.container_labels.iter();
        let labels = labels.map(|(key, value)| Ok((key.clone(), variables.expand(key, value)?)));
        Ok(Self { docker, labels: labels.collect::<Result<_, _>>()?, init })
    }

    fn settings(&self) -> ContainerSettings {
        let docker = self.docker;
        ContainerSettings {
            labels: self.labels.clone(),
            mac_address: docker.mac_address.as_ref().map(|address| address.0.clone()),
            shm_size: docker.shm_size,
            userns_mode: docker.userns_mode.clone(),
            runtime: docker.runtime.clone(),
            isolation: docker.isolation.map(|_| "default"),
            dns: docker.dns.iter().map(|server| server.0.clone()).collect(),
            dns_search: docker.dns_search.clone(),
            extra_hosts: docker.extra_hosts.clone(),
            log_options: docker.log_options.0.clone(),
            init: self.init,
            ..ContainerSettings::default()
        }
    }

    /// The settings of the job's container. `image` is the job's own image, expanded; empty for a job without one.
    pub(super) fn of_job(&self, image: &str) -> ContainerSettings {
        let docker = self.docker;
        ContainerSettings {
            memory: docker.memory.map(|memory| memory.0),
            memory_swap: docker.memory_swap.map(|memory| memory.0),
            memory_reservation: docker.memory_reservation.map(|memory| memory.0),
            nano_cpus: docker.cpus.map(|cpus| cpus.0),
            cpu_shares: docker.cpu_shares,
            cpuset_cpus: docker.cpuset_cpus.clone(),
            cpuset_mems: docker.cpuset_mems.clone(),
            cgroup_parent: docker.cgroup_parent.clone(),
            oom_kill_disable: docker.oom_kill_disable,
            oom_score_adjust: docker.oom_score_adjust,
            ulimits: docker.ulimit.clone(),
            tmpfs: docker.tmpfs.clone(),
            sysctls: docker.sysctls.clone(),
            // GitLab Runner compares the job's own image, not the default image that replaces a missing one.
            privileged: docker.privileged && is_allowed(&docker.allowed_privileged_images, image),
            cap_add: docker.cap_add.clone(),
            cap_drop: docker.cap_drop.clone(),
            security_opt: docker.security_opt.clone(),
            devices: docker.devices.clone(),
            device_cgroup_rules: docker.device_cgroup_rules.clone(),
            device_request: docker.gpus.clone(),
            group_add: docker.group_add.clone(),
            pid_mode: docker.pid_mode.clone(),
            ipc_mode: docker.ipcmode.clone(),
            volume_driver: docker.volume_driver.clone(),
            volumes_from: docker.volumes_from.clone(),
            links: docker.links.clone(),
            ..self.settings()
        }
    }

    /// The settings of a service's container. `reference` is its image with a tag or digest.
    pub(super) fn of_service(&self, image: &str, reference: &str) -> ContainerSettings {
        let docker = self.docker;
        let privileged = docker.services_privileged.0.unwrap_or(docker.privileged);
        let devices = docker.services_devices.0.iter().filter(|(pattern, _)| matches(pattern, reference));
        let settings = self.settings();
        let prefixed = self.labels.iter().map(|(key, value)| (format!("{LABEL_PREFIX}{key}"), value.clone()));
        ContainerSettings {
            labels: self.labels.clone().into_iter().chain(prefixed).collect(),
            memory: docker.service_memory.map(|memory| memory.0),
            memory_swap: docker.service_memory_swap.map(|memory| memory.0),
            memory_reservation: docker.service_memory_reservation.map(|memory| memory.0),
            nano_cpus: docker.service_cpus.map(|cpus| cpus.0),
            cpu_shares: docker.service_cpu_shares,
            cpuset_cpus: docker.service_cpuset_cpus.clone(),
            cgroup_parent: docker.service_cgroup_parent.clone(),
            tmpfs: docker.services_tmpfs.clone(),
            privileged: privileged && is_allowed(&docker.allowed_privileged_services, image),
            security_opt: docker.services_security_opt.clone(),
            devices: devices.flat_map(|(_, devices)| devices.clone()).collect(),
            device_request: docker.service_gpus.clone(),
            ..settings
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Case;

    #[test]
    fn a_feature_flag_makes_the_engines_init_the_first_process() {
        let flag = |value| Case::new().variables(&[("FF_USE_INIT_WITH_DOCKER_EXECUTOR", value)]).planned();
        assert_eq!(["true", "false"].map(|value| flag(value).settings.init), [true, false]);
    }
}

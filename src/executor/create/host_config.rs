//! `HostConfig` of a create call, from a container's settings and the job's volumes.

use std::collections::BTreeMap;

use super::names::Names;
use crate::engine::container::host_config::{
    DeviceMapping, DeviceRequest, DriverConfig, HostConfig, LogConfig, Mount, Resources, Ulimit,
    VolumeOptions,
};
use crate::plan::job_plan::{ContainerSettings, JobPlan, VolumePlan, VolumeSource};

/// Everything but network and volumes. `hosts` are the entries of `ExtraHosts` for services.
pub(super) fn host_config(settings: &ContainerSettings, hosts: Vec<String>, log: LogConfig) -> HostConfig {
    let mut extra_hosts = settings.extra_hosts.clone();
    extra_hosts.extend(hosts);
    HostConfig {
        extra_hosts,
        links: settings.links.clone(),
        dns: settings.dns.clone(),
        dns_search: settings.dns_search.clone(),
        volume_driver: settings.volume_driver.clone(),
        volumes_from: settings.volumes_from.clone(),
        privileged: settings.privileged,
        cap_add: settings.cap_add.clone(),
        cap_drop: settings.cap_drop.clone(),
        security_opt: settings.security_opt.clone(),
        group_add: settings.group_add.clone(),
        userns_mode: settings.userns_mode.clone(),
        pid_mode: settings.pid_mode.clone(),
        ipc_mode: settings.ipc_mode.clone(),
        runtime: settings.runtime.clone(),
        isolation: settings.isolation,
        oom_score_adj: unless_zero(settings.oom_score_adjust),
        shm_size: unless_zero(settings.shm_size),
        tmpfs: settings.tmpfs.clone(),
        sysctls: settings.sysctls.clone(),
        init: settings.init.then_some(true),
        resources: resources(settings),
        ..HostConfig::new(log)
    }
}

fn resources(settings: &ContainerSettings) -> Resources {
    let ulimits = settings.ulimits.iter().map(|(name, limit)| Ulimit {
        name: name.clone(),
        soft: limit.soft,
        hard: limit.hard,
    });
    let devices = settings.devices.iter().map(|device| DeviceMapping {
        path_on_host: device.on_host.clone(),
        path_in_container: device.in_container.clone(),
        cgroup_permissions: device.permissions.clone(),
    });
    let requests = settings.device_request.iter().map(|request| DeviceRequest {
        driver: request.driver.clone(),
        count: request.count,
        device_ids: request.ids.clone(),
        capabilities: request.capabilities.clone(),
        options: request.options.clone(),
    });
    Resources {
        memory: settings.memory,
        memory_swap: settings.memory_swap,
        memory_reservation: settings.memory_reservation,
        nano_cpus: settings.nano_cpus,
        cpu_shares: unless_zero(settings.cpu_shares),
        cpuset_cpus: settings.cpuset_cpus.clone(),
        cpuset_mems: settings.cpuset_mems.clone(),
        cgroup_parent: settings.cgroup_parent.clone(),
        oom_kill_disable: settings.oom_kill_disable,
        ulimits: ulimits.collect(),
        devices: devices.collect(),
        device_requests: requests.collect(),
        device_cgroup_rules: settings.device_cgroup_rules.clone(),
    }
}

/// Omits 0, which GitLab Runner sends for a missing setting and the engine treats as such.
fn unless_zero(number: i64) -> Option<i64> {
    (number != 0).then_some(number)
}

/// Adds the job's volumes.
pub(super) fn add_volumes(host_config: &mut HostConfig, plan: &JobPlan, names: &Names) {
    for volume in &plan.volumes {
        let VolumePlan { destination, source } = volume;
        match (source, names.volume(source)) {
            (VolumeSource::Configured { source, options }, _) => {
                let options =
                    if options.is_empty() { String::new() } else { format!(":{}", options.join(",")) };
                host_config.binds.push(format!("{source}:{destination}{options}"));
            }
            (_, Some(name)) => host_config.mounts.push(Mount {
                kind: "volume",
                source: name.to_string(),
                target: destination.clone(),
                volume_options: VolumeOptions {
                    labels: names.volume_labels(volume),
                    driver_config: driver(plan),
                },
            }),
            (_, None) => {}
        }
    }
}

fn driver(plan: &JobPlan) -> Option<DriverConfig> {
    let driver = &plan.volume_driver;
    let is_default = driver.name.is_none() && driver.options.is_empty();
    (!is_default).then(|| DriverConfig {
        name: driver.name.clone().unwrap_or_default(),
        options: driver.options.clone().into_iter().collect::<BTreeMap<_, _>>(),
    })
}

#[cfg(test)]
mod tests;

//! The parts of a container that the runner's configuration decides, beside its image.

use std::collections::BTreeMap;

pub use crate::runner_config::device::{Device, GpuRequest};
pub use crate::runner_config::ulimit::UlimitSetting;

/// Settings of a container, named as in Docker's API. The engine's default applies where one is absent, empty or 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerSettings {
    /// Labels in addition to those that every container of a run has.
    pub labels: BTreeMap<String, String>,
    pub mac_address: Option<String>,
    /// In bytes.
    pub memory: Option<i64>,
    /// Memory and swap together, in bytes; -1 for no limit.
    pub memory_swap: Option<i64>,
    /// The soft limit, in bytes, that applies when the host runs short of memory.
    pub memory_reservation: Option<i64>,
    /// In billionths of a CPU.
    pub nano_cpus: Option<i64>,
    /// The relative weight against other containers.
    pub cpu_shares: i64,
    pub cpuset_cpus: Option<String>,
    pub cpuset_mems: Option<String>,
    pub cgroup_parent: Option<String>,
    pub oom_kill_disable: bool,
    /// `oom_score_adj` of the container's processes.
    pub oom_score_adjust: i64,
    pub ulimits: BTreeMap<String, UlimitSetting>,
    /// The size of `/dev/shm` in bytes.
    pub shm_size: i64,
    /// Mount options by path.
    pub tmpfs: BTreeMap<String, String>,
    pub sysctls: BTreeMap<String, String>,
    pub privileged: bool,
    pub cap_add: Vec<String>,
    pub cap_drop: Vec<String>,
    pub security_opt: Vec<String>,
    /// Devices of the host.
    pub devices: Vec<Device>,
    pub device_cgroup_rules: Vec<String>,
    /// GPUs.
    pub device_request: Option<GpuRequest>,
    pub group_add: Vec<String>,
    pub userns_mode: Option<String>,
    pub pid_mode: Option<String>,
    pub ipc_mode: Option<String>,
    pub runtime: Option<String>,
    /// `default`, the only isolation on Linux.
    pub isolation: Option<&'static str>,
    pub volume_driver: Option<String>,
    /// Containers whose volumes this one mounts, too.
    pub volumes_from: Vec<String>,
    pub dns: Vec<String>,
    pub dns_search: Vec<String>,
    /// Lines of `/etc/hosts` in addition to those for services.
    pub extra_hosts: Vec<String>,
    /// Links to other containers on the default bridge.
    pub links: Vec<String>,
    pub log_options: BTreeMap<String, String>,
    /// Whether the engine's init process is the first one (`FF_USE_INIT_WITH_DOCKER_EXECUTOR`).
    pub init: bool,
}

/// A volume that all containers of a job mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumePlan {
    /// Its path in the containers.
    pub destination: String,
    pub source: VolumeSource,
}

/// Where the content of a volume is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeSource {
    /// A directory of the host or a named volume, from the runner's configuration.
    Configured {
        /// An absolute path, or the name of a volume.
        source: String,
        /// Mode, label and propagation.
        options: Vec<String>,
    },
    /// A volume that is created once and reused by later jobs.
    Persistent { name: String },
    /// A volume that is created for the job and removed with it.
    Temporary {
        /// The last part of its name, which distinguishes the volumes of a job.
        hash: String,
    },
}

/// The driver that creates volumes, and its options; without a name the engine's default driver.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VolumeDriver {
    pub name: Option<String>,
    pub options: BTreeMap<String, String>,
}

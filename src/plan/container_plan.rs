//! What the runner's configuration gives a container beyond its image: data.

use std::collections::BTreeMap;

pub use crate::runner_config::device::{Device, GpuRequest};
pub use crate::runner_config::ulimit::UlimitSetting;

/// Settings of a container. What is absent, empty or 0 is left to the engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerSettings {
    /// Labels besides those that every container of a run has.
    pub labels: BTreeMap<String, String>,
    /// Its address in the network.
    pub mac_address: Option<String>,
    /// Bytes of memory.
    pub memory: Option<i64>,
    /// Bytes of memory and swap; -1 for no limit.
    pub memory_swap: Option<i64>,
    /// Bytes that are kept when the host runs short.
    pub memory_reservation: Option<i64>,
    /// Billionths of a CPU.
    pub nano_cpus: Option<i64>,
    /// Share of CPU time.
    pub cpu_shares: i64,
    /// CPUs that may be used.
    pub cpuset_cpus: Option<String>,
    /// Memory nodes that may be used.
    pub cpuset_mems: Option<String>,
    /// Control group above the container's.
    pub cgroup_parent: Option<String>,
    /// Whether the kernel may not kill for want of memory.
    pub oom_kill_disable: bool,
    /// How soon it kills.
    pub oom_score_adjust: i64,
    /// Limits of processes by name.
    pub ulimits: BTreeMap<String, UlimitSetting>,
    /// Bytes of `/dev/shm`.
    pub shm_size: i64,
    /// Directories in memory, and their mount options.
    pub tmpfs: BTreeMap<String, String>,
    /// Kernel parameters.
    pub sysctls: BTreeMap<String, String>,
    /// Everything that the host may do.
    pub privileged: bool,
    /// Capabilities to add.
    pub cap_add: Vec<String>,
    /// Capabilities to take away.
    pub cap_drop: Vec<String>,
    /// Options of security modules.
    pub security_opt: Vec<String>,
    /// Devices of the host.
    pub devices: Vec<Device>,
    /// Rules of the device control group.
    pub device_cgroup_rules: Vec<String>,
    /// Devices that a driver of the engine gives.
    pub device_request: Option<GpuRequest>,
    /// More groups of the user.
    pub group_add: Vec<String>,
    /// User namespace.
    pub userns_mode: Option<String>,
    /// Process namespace.
    pub pid_mode: Option<String>,
    /// IPC namespace.
    pub ipc_mode: Option<String>,
    /// The engine's runtime.
    pub runtime: Option<String>,
    /// `default`.
    pub isolation: Option<&'static str>,
    /// Driver of volumes that are made.
    pub volume_driver: Option<String>,
    /// Containers whose volumes this one has too.
    pub volumes_from: Vec<String>,
    /// Name servers.
    pub dns: Vec<String>,
    /// Domains that are searched.
    pub dns_search: Vec<String>,
    /// Lines of `/etc/hosts` besides those for services.
    pub extra_hosts: Vec<String>,
    /// Other containers on the default bridge.
    pub links: Vec<String>,
    /// Options of the log's driver.
    pub log_options: BTreeMap<String, String>,
    /// Whether a process of the engine's is the first one (`FF_USE_INIT_WITH_DOCKER_EXECUTOR`).
    pub init: bool,
}

/// A volume that all containers of a job have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumePlan {
    /// Its path in the containers.
    pub destination: String,
    /// What it is.
    pub source: VolumeSource,
}

/// What a volume is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeSource {
    /// A directory of the host, or a volume of that name; with mode and the like.
    Given {
        /// Absolute path, or name.
        source: String,
        /// Mode, label, propagation.
        options: Vec<String>,
    },
    /// Made once, and kept from job to job.
    Kept {
        /// Its name.
        name: String,
    },
    /// Made for the job and removed with it.
    Temporary {
        /// The last part of its name, which tells it from others of the run.
        hash: String,
    },
}

/// How volumes are made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VolumeDriver {
    /// The driver; the engine's own where it is absent.
    pub name: Option<String>,
    /// What it is told.
    pub options: BTreeMap<String, String>,
}

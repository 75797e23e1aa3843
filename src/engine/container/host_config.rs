//! Settings of a container that concern the engine's host (`HostConfig`).
//!
//! Absent settings are left out of the JSON, so that the engine's defaults apply.

use std::collections::BTreeMap;

use serde::Serialize;

/// Settings that concern the engine's host, with the API's field names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostConfig {
    /// Volumes and folders of the host, as `source:path[:options]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub binds: Vec<String>,
    /// Volumes that are created with the container and so get labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// `default`, `host`, `none` or a network's name; `None` is the default bridge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// Further lines of `/etc/hosts`, as `name:address`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extra_hosts: Vec<String>,
    /// Containers on the default bridge that get a line in `/etc/hosts`, as `container:alias`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// The addresses of name servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<String>,
    /// Search domains of the resolver.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dns_search: Vec<String>,
    /// The driver of volumes in `binds` that do not exist yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_driver: Option<String>,
    /// Containers whose volumes are mounted here as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes_from: Vec<String>,
    /// All capabilities and all devices of the host.
    #[serde(skip_serializing_if = "is_off")]
    pub privileged: bool,
    /// Capabilities to add.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cap_add: Vec<String>,
    /// Capabilities to drop.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cap_drop: Vec<String>,
    /// Options of SELinux, AppArmor and seccomp.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub security_opt: Vec<String>,
    /// Further groups of the container's user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_add: Vec<String>,
    /// `host` turns the engine's user namespace off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userns_mode: Option<String>,
    /// The PID namespace: `host` or `container:NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid_mode: Option<String>,
    /// The IPC namespace: `private`, `shareable`, `host` or `container:NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipc_mode: Option<String>,
    /// The name of an OCI runtime in the engine's configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// The isolation technology; Linux has `default` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<&'static str>,
    /// How early the kernel kills the container when memory runs out: -1000 (last) to 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_score_adj: Option<i64>,
    /// The size of `/dev/shm` in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shm_size: Option<i64>,
    /// Folders in memory, with their mount options.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tmpfs: BTreeMap<String, String>,
    /// Kernel parameters of the container's namespaces.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sysctls: BTreeMap<String, String>,
    /// Whether the engine's init process runs as PID 1 and reaps orphans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<bool>,
    /// The log driver.
    pub log_config: LogConfig,
    /// Limits and devices, which the API keeps at the same level.
    #[serde(flatten)]
    pub resources: Resources,
}

/// Limits and devices of a container.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
#[serde(rename_all = "PascalCase")]
pub struct Resources {
    /// The limit of memory in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// The limit of memory and swap together in bytes; -1 is unlimited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_swap: Option<i64>,
    /// The soft limit of memory in bytes, for when the host runs short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_reservation: Option<i64>,
    /// The CPU quota in billionths of a CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nano_cpus: Option<i64>,
    /// The relative weight of CPU time; the default is 1024.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_shares: Option<i64>,
    /// The CPUs to run on, such as `0-3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpuset_cpus: Option<String>,
    /// The NUMA memory nodes to use, such as `0,1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpuset_mems: Option<String>,
    /// The parent of the container's control group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroup_parent: Option<String>,
    /// Whether the kernel must not kill processes that exceed the limit of memory.
    #[serde(skip_serializing_if = "is_off")]
    pub oom_kill_disable: bool,
    /// Limits of the container's processes (`ulimit`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ulimits: Vec<Ulimit>,
    /// Devices of the host that the container may use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceMapping>,
    /// Devices that a driver provides, such as GPUs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_requests: Vec<DeviceRequest>,
    /// Rules of the device control group, such as `c 189:* rmw`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub device_cgroup_rules: Vec<String>,
}

impl HostConfig {
    /// The engine's defaults, apart from the log driver.
    pub fn new(log_config: LogConfig) -> Self {
        Self {
            binds: Vec::new(),
            mounts: Vec::new(),
            network_mode: None,
            extra_hosts: Vec::new(),
            links: Vec::new(),
            dns: Vec::new(),
            dns_search: Vec::new(),
            volume_driver: None,
            volumes_from: Vec::new(),
            privileged: false,
            cap_add: Vec::new(),
            cap_drop: Vec::new(),
            security_opt: Vec::new(),
            group_add: Vec::new(),
            userns_mode: None,
            pid_mode: None,
            ipc_mode: None,
            runtime: None,
            isolation: None,
            oom_score_adj: None,
            shm_size: None,
            tmpfs: BTreeMap::new(),
            sysctls: BTreeMap::new(),
            init: None,
            log_config,
            resources: Resources::default(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_off(switch: &bool) -> bool {
    !switch
}

/// A volume in a container.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Mount {
    /// Always `volume`.
    #[serde(rename = "Type")]
    pub kind: &'static str,
    /// The volume's name; the engine creates a missing volume.
    pub source: String,
    /// The absolute path in the container.
    pub target: String,
    /// Settings for a volume that is created by this mount.
    pub volume_options: VolumeOptions,
}

/// Settings of a volume that is created with a container.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeOptions {
    /// The volume's labels; `clean` finds volumes by them.
    pub labels: BTreeMap<String, String>,
    /// The volume driver; `None` is the engine's `local` driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver_config: Option<DriverConfig>,
}

/// A volume driver with its options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DriverConfig {
    /// The driver's name.
    pub name: String,
    /// Options of the driver.
    pub options: BTreeMap<String, String>,
}

/// A container's log driver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LogConfig {
    /// `json-file`, whose log can be read by every engine, or `none`, which keeps no log.
    #[serde(rename = "Type")]
    pub driver: &'static str,
    /// Options of the driver.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
}

impl LogConfig {
    /// A driver without options.
    pub fn new(driver: &'static str) -> Self {
        Self { driver, config: BTreeMap::new() }
    }
}

/// A limit of a container's processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ulimit {
    /// The limited resource, such as `nofile`.
    pub name: String,
    /// The limit that applies.
    pub soft: i64,
    /// The limit up to which a process may raise `soft`.
    pub hard: i64,
}

/// A device of the host in a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeviceMapping {
    /// The device's path on the host.
    pub path_on_host: String,
    /// The device's path in the container.
    pub path_in_container: String,
    /// The permitted operations: any of `r` (read), `w` (write), `m` (create).
    pub cgroup_permissions: String,
}

/// Devices that a driver of the engine provides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeviceRequest {
    /// The driver's name; empty for any driver.
    pub driver: String,
    /// The number of devices; -1 is all.
    pub count: i64,
    /// The ids of the devices, instead of a number.
    #[serde(rename = "DeviceIDs", skip_serializing_if = "Vec::is_empty")]
    pub device_ids: Vec<String>,
    /// Required capabilities: all of any one of these lists.
    pub capabilities: Vec<Vec<String>>,
    /// Options of the driver.
    pub options: BTreeMap<String, String>,
}

//! The keys of `[runners.docker]`, from GitLab Runner's `DockerConfig` (19.4, `common/config.go`).

use std::collections::BTreeMap;

use super::config_value::{ConfigValue, Lists, Number, OneOrMany, Switch, ValueKind};
use super::device::{Device, GpuRequest};
use super::key::CreatedObject::{All, Build, Network, Services};
use super::key::Effect::Here;
use super::key::{ConfigKey, ConfigSection, ConfigTable, Effect, create, section};
use super::problem::ConfigProblem;
use super::quantity::{Cpus, Memory, MemorySwap};
use super::service::ServiceList;
use super::string_values::{DnsServer, DockerInDocker, Isolation, LogDriverOptions, MacAddress};
use super::ulimit::UlimitSetting;
use super::volume::VolumeSpec;
use crate::registry::pull_policy::PullPolicy;

section! {
    /// The keys of `[runners.docker]`. An absent key is empty.
    Docker: "[runners.docker]" {
    host: Option<String>, "docker-host", Here, "The engine's address, above `DOCKER_HOST`.";
    image: Option<String>, "docker-image", Here, "The image of jobs that name none; always allowed. Variables are expanded.";
    services: ServiceList, "", Here, "Services of every job, before its own; see `[[runners.docker.services]]`.";
    allowed_images: Vec<String>, "docker-allowed-images", Here, "Patterns of images that jobs may use: `*` stops at `/`, `**` does not. Empty: all.";
    allowed_services: Vec<String>, "docker-allowed-services", Here, "Patterns of images that services of jobs may use. Empty: all.";
    allowed_privileged_images: Vec<String>, "docker-allowed-privileged-images", Here, "Patterns of job images that `privileged` is for. Empty: all.";
    allowed_privileged_services: Vec<String>, "docker-allowed-privileged-services", Here, "Patterns of service images that `privileged` is for. Empty: all.";
    pull_policy: OneOrMany<PullPolicy>, "docker-pull-policy", Here, "`always` (the default), `if-not-present`, `never`, or several to be tried in turn.";
    allowed_pull_policies: Vec<PullPolicy>, "docker-allowed-pull-policies", Here, "Policies that jobs may ask for. Default: those of `pull_policy`.";
    services_limit: Number, "docker-services-limit", Here, "How many services a job may have, those of this file included. -1: any number.";
    wait_for_services_timeout: i64, "docker-wait-for-services-timeout", Here, "Seconds that services may take to open a port. 0: 30. Less: they are not waited for.";
    disable_entrypoint_overwrite: bool, "docker-disable-entrypoint-overwrite", Here, "Entrypoints of the pipeline file and of this file do not count.";
    allowed_users: Vec<String>, "docker-allowed_users", Here, "Users that jobs may run as. Empty: any, or only `user` where that is set.";

    hostname: Option<String>, "docker-hostname", create(Build, "Hostname"), "Host name of the job's container.";
    user: Option<String>, "docker-user", create(Build, "User"), "User of the job's container, above the job's own `docker:user`.";
    mac_address: Option<MacAddress>, "docker-mac-address", create(All, "MacAddress"), "MAC address; of the endpoint from API 1.44 on.";
    container_labels: BTreeMap<String, String>, "docker-container-labels", create(All, "Labels"), "More labels. Variables of the job are expanded in values; services have each once more with GitLab's prefix.";

    memory: Option<Memory>, "docker-memory", create(Build, "HostConfig.Memory"), "Memory limit, such as `512m` or `2g`.";
    memory_swap: Option<MemorySwap>, "docker-memory-swap", create(Build, "HostConfig.MemorySwap"), "Limit of memory and swap together. -1: none.";
    memory_reservation: Option<Memory>, "docker-memory-reservation", create(Build, "HostConfig.MemoryReservation"), "Memory that is kept when the host runs short.";
    cgroup_parent: Option<String>, "docker-cgroup-parent", create(Build, "HostConfig.CgroupParent"), "Control group above the container's.";
    cpuset_cpus: Option<String>, "docker-cpuset-cpus", create(Build, "HostConfig.CpusetCpus"), "CPUs that may be used, such as `0,1` or `0-3`.";
    cpuset_mems: Option<String>, "docker-cpuset-mems", create(Build, "HostConfig.CpusetMems"), "Memory nodes that may be used.";
    cpus: Option<Cpus>, "docker-cpus", create(Build, "HostConfig.NanoCpus"), "How many CPUs, such as `2`, `0.5` or `1/2`.";
    cpu_shares: i64, "docker-cpu-shares", create(Build, "HostConfig.CpuShares"), "Share of CPU time, 1024 being the usual.";
    oom_kill_disable: bool, "docker-oom-kill-disable", create(Build, "HostConfig.OomKillDisable"), "Whether the kernel may not kill for want of memory.";
    oom_score_adjust: i64, "docker-oom-score-adjust", create(Build, "HostConfig.OomScoreAdj"), "How soon the kernel kills for want of memory, -1000 to 1000.";
    ulimit: BTreeMap<String, UlimitSetting>, "docker-ulimit", create(Build, "HostConfig.Ulimits"), "Limits of processes, `soft:hard` or one number for both.";
    shm_size: i64, "docker-shm-size", create(All, "HostConfig.ShmSize"), "Size of `/dev/shm` in bytes. 0: 64 MiB.";
    tmpfs: BTreeMap<String, String>, "docker-tmpfs", create(Build, "HostConfig.Tmpfs"), "Directories in memory, and their mount options.";
    services_tmpfs: BTreeMap<String, String>, "docker-services-tmpfs", create(Services, "HostConfig.Tmpfs"), "The same in services.";
    sysctls: BTreeMap<String, String>, "docker-sysctls", create(Build, "HostConfig.Sysctls"), "Kernel parameters.";

    docker_in_docker: Option<DockerInDocker>, "docker-in-docker", Here, "What jobs with a service `docker:dind` get. `service`: that service, which needs `privileged`. `socket`: this engine's socket in place of it; `socket:/path`: where that lies elsewhere on the engine's host. Not a key of GitLab Runner.";
    privileged: bool, "docker-privileged", create(All, "HostConfig.Privileged"), "Run privileged.";
    services_privileged: Switch, "docker-services_privileged", create(Services, "HostConfig.Privileged"), "The same for services alone. Absent: as `privileged`.";
    cap_add: Vec<String>, "docker-cap-add", create(Build, "HostConfig.CapAdd"), "Capabilities to add.";
    cap_drop: Vec<String>, "docker-cap-drop", create(Build, "HostConfig.CapDrop"), "Capabilities to take away.";
    security_opt: Vec<String>, "docker-security-opt", create(Build, "HostConfig.SecurityOpt"), "Options such as `no-new-privileges`; the file of `seccomp=FILE` is read here.";
    services_security_opt: Vec<String>, "docker-services-security-opt", create(Services, "HostConfig.SecurityOpt"), "The same for services.";
    devices: Vec<Device>, "docker-devices", create(Build, "HostConfig.Devices"), "Devices of the host, `path[:path in the container[:rwm]]`.";
    services_devices: Lists<Device>, "docker-services_devices", create(Services, "HostConfig.Devices"), "Devices by pattern of the service's image.";
    device_cgroup_rules: Vec<String>, "docker-device-cgroup-rules", create(Build, "HostConfig.DeviceCgroupRules"), "Rules for devices, such as `c 42:* rmw`.";
    gpus: Option<GpuRequest>, "docker-gpus", create(Build, "HostConfig.DeviceRequests"), "GPUs to use, as in `docker run --gpus`.";
    service_gpus: Option<GpuRequest>, "docker-service_gpus", create(Services, "HostConfig.DeviceRequests"), "The same for services.";
    group_add: Vec<String>, "docker-group-add", create(Build, "HostConfig.GroupAdd"), "More groups of the user.";
    userns_mode: Option<String>, "docker-userns", create(All, "HostConfig.UsernsMode"), "`host`: no user namespace, where the engine has one.";
    pid_mode: Option<String>, "docker-pid-mode", create(Build, "HostConfig.PidMode"), "`host` or `container:NAME`.";
    ipcmode: Option<String>, "docker-ipcmode", create(Build, "HostConfig.IpcMode"), "`host`, `private`, `shareable` or `container:NAME`.";
    runtime: Option<String>, "docker-runtime", create(All, "HostConfig.Runtime"), "The engine's runtime.";
    isolation: Option<Isolation>, "docker-isolation", create(All, "HostConfig.Isolation"), "`default`; the others are Windows'.";

    volumes: Vec<VolumeSpec>, "docker-volumes", create(All, "HostConfig.Binds, HostConfig.Mounts"), "`/path`: kept from job to job. `/host:/path`, `name:/path`: with modes such as `ro`. Variables are expanded in the path.";
    cache_dir: Option<String>, "docker-cache-dir", create(All, "HostConfig.Binds"), "Host directory for the kept volumes, in place of named ones.";
    disable_cache: bool, "docker-disable-cache", create(All, "HostConfig.Mounts"), "`/path` volumes last as long as the job.";
    volume_driver: Option<String>, "docker-volume-driver", create(All, "HostConfig.Mounts"), "Driver of volumes that are made.";
    volume_driver_ops: BTreeMap<String, String>, "docker-volume-driver-ops", create(All, "HostConfig.Mounts"), "Options for that driver.";
    volume_keep: bool, "docker-volume-keep", Here, "Volumes that images declare are left behind.";
    volumes_from: Vec<String>, "docker-volumes-from", create(Build, "HostConfig.VolumesFrom"), "Containers whose volumes the job has too, `name[:ro]`.";

    network_mode: Option<String>, "docker-network-mode", create(All, "HostConfig.NetworkMode"), "`bridge`, `host`, `none`, `container:NAME` or a network that exists.";
    enable_ipv6: bool, "docker-enable-ipv6", create(Network, "EnableIPv6"), "IPv6 on the job's own network.";
    network_mtu: i64, "docker-network-mtu", create(Network, "Options"), "Its MTU.";
    dns: Vec<DnsServer>, "docker-dns", create(All, "HostConfig.Dns"), "Name servers.";
    dns_search: Vec<String>, "docker-dns-search", create(All, "HostConfig.DnsSearch"), "Domains that are searched.";
    extra_hosts: Vec<String>, "docker-extra-hosts", create(All, "HostConfig.ExtraHosts"), "`name:address` each, for `/etc/hosts`.";
    links: Vec<String>, "docker-links", create(Build, "HostConfig.Links"), "`container:alias` each: other containers on the default bridge.";
    log_options: LogDriverOptions, "docker-log-options", create(Services, "HostConfig.LogConfig.Config"), "`env` and `labels` of the log driver.";

    service_memory: Option<Memory>, "docker-service-memory", create(Services, "HostConfig.Memory"), "Memory limit of each service.";
    service_memory_swap: Option<MemorySwap>, "docker-service-memory-swap", create(Services, "HostConfig.MemorySwap"), "Limit of memory and swap of each service.";
    service_memory_reservation: Option<Memory>, "docker-service-memory-reservation", create(Services, "HostConfig.MemoryReservation"), "Memory that is kept for each service.";
    service_cgroup_parent: Option<String>, "docker-service-cgroup-parent", create(Services, "HostConfig.CgroupParent"), "Control group above those of services.";
    service_cpuset_cpus: Option<String>, "docker-service-cpuset-cpus", create(Services, "HostConfig.CpusetCpus"), "CPUs that services may use.";
    service_cpus: Option<Cpus>, "docker-service-cpus", create(Services, "HostConfig.NanoCpus"), "How many CPUs each service may use.";
    service_cpu_shares: i64, "docker-service-cpu-shares", create(Services, "HostConfig.CpuShares"), "Share of CPU time of each service.";
    } nothing {
    "tls_cert_path": ValueKind::Text, "docker-cert-path", "Certificates of an engine that is reached over a network; here it is a unix socket.";
    "tls_verify": ValueKind::Switch, "docker-tlsverify", "Checks them.";
    "helper_image": ValueKind::Text, "docker-helper-image", "There is no helper image here.";
    "helper_image_flavor": ValueKind::Text, "docker-helper-image-flavor", "The same.";
    "helper_image_autoset_arch_and_os": ValueKind::Switch, "docker-helper-image-autoset-arch-and-os", "The same.";
    "service_slot_cgroup_template": ValueKind::Text, "docker-service-slot-cgroup-template", "Slots of an autoscaler.";
    }
}

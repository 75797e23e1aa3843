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
    host: Option<String>, "docker-host", Here, "Address of the engine; overrides `DOCKER_HOST`.";
    image: Option<String>, "docker-image", Here, "Image of jobs without `image`; always allowed. Variables are expanded.";
    services: ServiceList, "", Here, "Services that every job gets, before its own; see `[[runners.docker.services]]`.";
    allowed_images: Vec<String>, "docker-allowed-images", Here, "Patterns of images that jobs may use: `*` stops at `/`, `**` does not. Empty: all.";
    allowed_services: Vec<String>, "docker-allowed-services", Here, "Patterns of images that a job's services may use. Empty: all.";
    allowed_privileged_images: Vec<String>, "docker-allowed-privileged-images", Here, "Patterns of job images that `privileged` applies to. Empty: all.";
    allowed_privileged_services: Vec<String>, "docker-allowed-privileged-services", Here, "Patterns of service images that `privileged` applies to. Empty: all.";
    pull_policy: OneOrMany<PullPolicy>, "docker-pull-policy", Here, "`always` (the default), `if-not-present` or `never`, or a list to try in order.";
    allowed_pull_policies: Vec<PullPolicy>, "docker-allowed-pull-policies", Here, "Pull policies that jobs may request. Default: `pull_policy`.";
    services_limit: Number, "docker-services-limit", Here, "Maximum number of services of a job, those of this file included. -1: no limit.";
    wait_for_services_timeout: i64, "docker-wait-for-services-timeout", Here, "Seconds that services may take to open a port. 0: 30 s. Negative: do not wait.";
    disable_entrypoint_overwrite: bool, "docker-disable-entrypoint-overwrite", Here, "Ignore entrypoints in the pipeline file and in this file.";
    allowed_users: Vec<String>, "docker-allowed_users", Here, "Users that jobs may run as. Empty: any user, or only `user` if it is set.";

    hostname: Option<String>, "docker-hostname", create(Build, "Hostname"), "Host name of the job's container.";
    user: Option<String>, "docker-user", create(Build, "User"), "User of the job's container; overrides `image:docker:user`.";
    mac_address: Option<MacAddress>, "docker-mac-address", create(All, "MacAddress"), "MAC address; set on the network endpoint from API 1.44 on.";
    container_labels: BTreeMap<String, String>, "docker-container-labels", create(All, "Labels"), "Additional labels. Variables of the job are expanded in values; services also get each label with GitLab's prefix.";

    memory: Option<Memory>, "docker-memory", create(Build, "HostConfig.Memory"), "Memory limit, such as `512m` or `2g`.";
    memory_swap: Option<MemorySwap>, "docker-memory-swap", create(Build, "HostConfig.MemorySwap"), "Limit of memory plus swap. -1: no limit.";
    memory_reservation: Option<Memory>, "docker-memory-reservation", create(Build, "HostConfig.MemoryReservation"), "Soft memory limit, for when the host runs short of memory.";
    cgroup_parent: Option<String>, "docker-cgroup-parent", create(Build, "HostConfig.CgroupParent"), "Parent control group of the container.";
    cpuset_cpus: Option<String>, "docker-cpuset-cpus", create(Build, "HostConfig.CpusetCpus"), "CPUs that the container may use, such as `0,1` or `0-3`.";
    cpuset_mems: Option<String>, "docker-cpuset-mems", create(Build, "HostConfig.CpusetMems"), "Memory nodes that the container may use.";
    cpus: Option<Cpus>, "docker-cpus", create(Build, "HostConfig.NanoCpus"), "Number of CPUs, such as `2`, `0.5` or `1/2`.";
    cpu_shares: i64, "docker-cpu-shares", create(Build, "HostConfig.CpuShares"), "Relative share of CPU time. Engine's default: 1024.";
    oom_kill_disable: bool, "docker-oom-kill-disable", create(Build, "HostConfig.OomKillDisable"), "Disable the OOM killer for the container.";
    oom_score_adjust: i64, "docker-oom-score-adjust", create(Build, "HostConfig.OomScoreAdj"), "Adjustment of the OOM score, -1000 to 1000: the OOM killer picks high scores first.";
    ulimit: BTreeMap<String, UlimitSetting>, "docker-ulimit", create(Build, "HostConfig.Ulimits"), "Resource limits of processes, `soft:hard` or one number for both.";
    shm_size: i64, "docker-shm-size", create(All, "HostConfig.ShmSize"), "Size of `/dev/shm` in bytes. 0: 64 MiB.";
    tmpfs: BTreeMap<String, String>, "docker-tmpfs", create(Build, "HostConfig.Tmpfs"), "tmpfs mounts: directories and their mount options.";
    services_tmpfs: BTreeMap<String, String>, "docker-services-tmpfs", create(Services, "HostConfig.Tmpfs"), "tmpfs mounts of services.";
    sysctls: BTreeMap<String, String>, "docker-sysctls", create(Build, "HostConfig.Sysctls"), "Kernel parameters.";

    docker_in_docker: Option<DockerInDocker>, "docker-in-docker", Here, "Engine of jobs with a service `docker:dind`. `service`: that service, which needs `privileged`. `socket`: this engine's socket instead of the service; `socket:/path`: the same, with the socket's path on the engine's host. Not a key of GitLab Runner.";
    privileged: bool, "docker-privileged", create(All, "HostConfig.Privileged"), "Run privileged.";
    services_privileged: Switch, "docker-services_privileged", create(Services, "HostConfig.Privileged"), "The same for services only. Default: the value of `privileged`.";
    cap_add: Vec<String>, "docker-cap-add", create(Build, "HostConfig.CapAdd"), "Capabilities to add.";
    cap_drop: Vec<String>, "docker-cap-drop", create(Build, "HostConfig.CapDrop"), "Capabilities to drop.";
    security_opt: Vec<String>, "docker-security-opt", create(Build, "HostConfig.SecurityOpt"), "Security options such as `no-new-privileges`; runner-lite reads the file of `seccomp=FILE`.";
    services_security_opt: Vec<String>, "docker-services-security-opt", create(Services, "HostConfig.SecurityOpt"), "The same for services.";
    devices: Vec<Device>, "docker-devices", create(Build, "HostConfig.Devices"), "Host devices, `path[:path in the container[:rwm]]`.";
    services_devices: Lists<Device>, "docker-services_devices", create(Services, "HostConfig.Devices"), "Host devices of services, by pattern of the service's image.";
    device_cgroup_rules: Vec<String>, "docker-device-cgroup-rules", create(Build, "HostConfig.DeviceCgroupRules"), "Device cgroup rules, such as `c 42:* rmw`.";
    gpus: Option<GpuRequest>, "docker-gpus", create(Build, "HostConfig.DeviceRequests"), "GPUs to use, as in `docker run --gpus`.";
    service_gpus: Option<GpuRequest>, "docker-service_gpus", create(Services, "HostConfig.DeviceRequests"), "The same for services.";
    group_add: Vec<String>, "docker-group-add", create(Build, "HostConfig.GroupAdd"), "Additional groups of the user.";
    userns_mode: Option<String>, "docker-userns", create(All, "HostConfig.UsernsMode"), "User namespace. `host`: the host's, if the engine remaps users.";
    pid_mode: Option<String>, "docker-pid-mode", create(Build, "HostConfig.PidMode"), "PID namespace: `host` or `container:NAME`.";
    ipcmode: Option<String>, "docker-ipcmode", create(Build, "HostConfig.IpcMode"), "IPC namespace: `host`, `private`, `shareable` or `container:NAME`.";
    runtime: Option<String>, "docker-runtime", create(All, "HostConfig.Runtime"), "Container runtime, as in `docker run --runtime`.";
    isolation: Option<Isolation>, "docker-isolation", create(All, "HostConfig.Isolation"), "`default`; the other values are for Windows.";

    volumes: Vec<VolumeSpec>, "docker-volumes", create(All, "HostConfig.Binds, HostConfig.Mounts"), "`/path`: a volume that is kept from job to job. `/host:/path`, `name:/path`: a mount, with modes such as `ro`. Variables are expanded in the path.";
    cache_dir: Option<String>, "docker-cache-dir", create(All, "HostConfig.Binds"), "Host directory for persistent volumes, instead of named volumes.";
    disable_cache: bool, "docker-disable-cache", create(All, "HostConfig.Mounts"), "`/path` volumes exist only as long as the job.";
    volume_driver: Option<String>, "docker-volume-driver", create(All, "HostConfig.Mounts"), "Driver of the volumes that runner-lite creates.";
    volume_driver_ops: BTreeMap<String, String>, "docker-volume-driver-ops", create(All, "HostConfig.Mounts"), "Options of the volume driver.";
    volume_keep: bool, "docker-volume-keep", Here, "Keep the anonymous volumes that images declare.";
    volumes_from: Vec<String>, "docker-volumes-from", create(Build, "HostConfig.VolumesFrom"), "Containers whose volumes the job mounts, too, `name[:ro]` each.";

    network_mode: Option<String>, "docker-network-mode", create(All, "HostConfig.NetworkMode"), "`bridge`, `host`, `none`, `container:NAME` or an existing network.";
    enable_ipv6: bool, "docker-enable-ipv6", create(Network, "EnableIPv6"), "Enable IPv6 on the job's own network.";
    network_mtu: i64, "docker-network-mtu", create(Network, "Options"), "MTU of the job's own network.";
    dns: Vec<DnsServer>, "docker-dns", create(All, "HostConfig.Dns"), "DNS servers.";
    dns_search: Vec<String>, "docker-dns-search", create(All, "HostConfig.DnsSearch"), "DNS search domains.";
    extra_hosts: Vec<String>, "docker-extra-hosts", create(All, "HostConfig.ExtraHosts"), "Entries for `/etc/hosts`, `name:address` each.";
    links: Vec<String>, "docker-links", create(Build, "HostConfig.Links"), "Links to other containers on the default bridge, `container:alias` each.";
    log_options: LogDriverOptions, "docker-log-options", create(Services, "HostConfig.LogConfig.Config"), "Options `env` and `labels` of the log driver.";

    service_memory: Option<Memory>, "docker-service-memory", create(Services, "HostConfig.Memory"), "Memory limit of each service.";
    service_memory_swap: Option<MemorySwap>, "docker-service-memory-swap", create(Services, "HostConfig.MemorySwap"), "Limit of memory plus swap of each service.";
    service_memory_reservation: Option<Memory>, "docker-service-memory-reservation", create(Services, "HostConfig.MemoryReservation"), "Soft memory limit of each service.";
    service_cgroup_parent: Option<String>, "docker-service-cgroup-parent", create(Services, "HostConfig.CgroupParent"), "Parent control group of services.";
    service_cpuset_cpus: Option<String>, "docker-service-cpuset-cpus", create(Services, "HostConfig.CpusetCpus"), "CPUs that services may use.";
    service_cpus: Option<Cpus>, "docker-service-cpus", create(Services, "HostConfig.NanoCpus"), "Number of CPUs of each service.";
    service_cpu_shares: i64, "docker-service-cpu-shares", create(Services, "HostConfig.CpuShares"), "Relative share of CPU time of each service.";
    } nothing {
    "tls_cert_path": ValueKind::Text, "docker-cert-path", "Certificates for an engine behind TLS; runner-lite uses a unix socket.";
    "tls_verify": ValueKind::Switch, "docker-tlsverify", "Verification of these certificates.";
    "helper_image": ValueKind::Text, "docker-helper-image", "The helper image, which runner-lite does not need.";
    "helper_image_flavor": ValueKind::Text, "docker-helper-image-flavor", "The helper image, which runner-lite does not need.";
    "helper_image_autoset_arch_and_os": ValueKind::Switch, "docker-helper-image-autoset-arch-and-os", "The helper image, which runner-lite does not need.";
    "service_slot_cgroup_template": ValueKind::Text, "docker-service-slot-cgroup-template", "Control groups for slots of an autoscaler.";
    }
}

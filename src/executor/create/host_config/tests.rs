use serde_json::{Value, json};

use super::*;
use crate::executor::create::containers::Containers;
use crate::executor::create::delivery::Delivery;
use crate::plan::testing::{Case, texts};
use crate::registry::pull_policy::{PullPolicies, RunnerPolicies};
use crate::runner_config::key::{ConfigKey, CreatedObject, Effect};
use crate::runner_config::{SECTIONS, TomlDocument, load_runner};

/// The requests that a configuration results in.
struct CreateRequests {
    build: Value,
    service: Value,
    network: Value,
    /// Everything else that the configuration decides.
    other: Value,
}

/// Plans a job with the image `ruby:2.6`, one command and the service `redis:7`.
fn create_requests(toml: &str) -> CreateRequests {
    let reading = load_runner(&TomlDocument::parse(toml).unwrap(), None, &[]).unwrap();
    assert_eq!(reading.problems, [], "{toml}");
    let variables = [("V", "x"), ("CI_DEBUG_TRACE", "1"), ("CI_DEBUG_SERVICES", "1")];
    let mut case = Case::new().service("redis:7", "").variables(&variables);
    let docker = &reading.config.docker;
    let (configured, allowed) = (docker.pull_policy.0.clone(), docker.allowed_pull_policies.clone());
    case.facts.pull_policies =
        PullPolicies { typed: Vec::new(), runner: Some(RunnerPolicies { configured, allowed }) };
    case.job.services[0].image.entrypoint = Some(vec!["e".to_owned()]);
    case.facts.runner = reading.config.clone();
    let problems = case.problems();
    case.job.image = case.job.image.filter(|_| docker.image.is_none());
    let Some(plan) = case.plan().0 else {
        return CreateRequests {
            build: Value::Null,
            service: Value::Null,
            network: Value::Null,
            other: json!({ "problems": problems }),
        };
    };
    let names = Names::of_run(&plan, 1);
    let containers = Containers { plan: &plan, names: &names };
    let service = plan.services.last().unwrap();
    let services: Vec<_> = plan
        .services
        .iter()
        .map(|service| {
            json!([
                service.image.reference,
                service.aliases,
                service.image.entrypoint,
                service.command,
                service.variables.last().map(|variable| (&variable.key, &variable.value))
            ])
        })
        .collect();
    let build =
        serde_json::to_value(containers.build("i".to_owned(), Vec::new(), Delivery::Upload).config).unwrap();
    let of_service = serde_json::to_value(containers.service(service, "i".to_owned()).config).unwrap();
    let other = json!({
        "build": build,
        "service": of_service,
        "image": plan.image.reference,
        "policies": plan.image.pull_policies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "services": services,
        "wait": plan.services_timeout.map(|limit| limit.as_secs()),
        "script": texts(&plan.script),
        "hook": texts(&plan.pre_get_sources),
        "project": plan.project_dir,
        "debug": [plan.debug_trace, plan.log.debug_services],
        "flag": plan.variable("FF_NETWORK_PER_BUILD"),
        "outputBytesMax": plan.log.output_bytes_max,
        "variable": plan.variable("A"),
        "anonymous": format!("{:?}", plan.anonymous_volumes),
        "problems": problems,
        "host": reading.config.docker.host,
        "name": reading.config.runner.name,
        "executor": reading.config.runner.executor,
        "shell": reading.config.runner.shell.is_some(),
    });
    CreateRequests {
        build,
        service: of_service,
        network: serde_json::to_value(containers.network()).unwrap(),
        other,
    }
}

/// Every key: its section, its name, a configuration with it, a JSON pointer into the requests, and the value there.
/// `R`, `D` and `S` are the sections.
const ROWS: &str = r##"
D | host | host = "unix:///x" | /host | "unix:///x"
D | image | image = "alpine:$V" | /image | "alpine:x"
D | services | services = ["mysql", "redis:7"] | /services/0/0 | "mysql:latest"
D | allowed_images | allowed_images = ["alpine:*"] | /problems | "error 10: The \"ruby:2.6\" image is not present on list of allowed images (`allowed_images` in the runner's configuration has `alpine:*`)\n"
D | allowed_services | allowed_services = ["mysql:*"] | /problems | "error 100: The \"redis:7\" image is not present on list of allowed services (`allowed_services` in the runner's configuration has `mysql:*`)\n"
D | allowed_privileged_images | privileged = true\nallowed_privileged_images = ["alpine"] | /build/HostConfig/Privileged | null
D | allowed_privileged_services | privileged = true\nallowed_privileged_services = ["alpine"] | /service/HostConfig/Privileged | null
D | pull_policy | pull_policy = ["always", "never"] | /policies | ["always", "never"]
D | allowed_pull_policies | pull_policy = ["always", "never"]\nallowed_pull_policies = ["never"] | /policies | ["never"]
D | services_limit | services_limit = 0 | /problems | "error: too many services requested: 1, only 0 allowed (see `services_limit` in the runner's configuration)\n"
D | wait_for_services_timeout | wait_for_services_timeout = -1 | /wait | null
D | disable_entrypoint_overwrite | disable_entrypoint_overwrite = true | /services/0/2 | null
D | allowed_users | user = "me"\nallowed_users = ["you", "him"] | /problems | "error 10: user \"me\" is not an allowed user: [you him] (see `allowed_users` in the runner's configuration)\n"
D | volume_keep | volume_keep = true | /anonymous | "Kept"
D | hostname | hostname = "h" | /Hostname | "h"
D | user | user = "me" | /User | "me"
D | mac_address | mac_address = "92:d0:c6:0a:29:33" | /MacAddress | "92:d0:c6:0a:29:33"
D | container_labels | container_labels = {a = "b$V"} | /Labels/a | "bx"
D | memory | memory = "512m" | /HostConfig/Memory | 536870912
D | memory_swap | memory_swap = "-1" | /HostConfig/MemorySwap | -1
D | memory_reservation | memory_reservation = "1g" | /HostConfig/MemoryReservation | 1073741824
D | cgroup_parent | cgroup_parent = "/a" | /HostConfig/CgroupParent | "/a"
D | cpuset_cpus | cpuset_cpus = "0,1" | /HostConfig/CpusetCpus | "0,1"
D | cpuset_mems | cpuset_mems = "0" | /HostConfig/CpusetMems | "0"
D | cpus | cpus = "1.5" | /HostConfig/NanoCpus | 1500000000
D | cpu_shares | cpu_shares = 512 | /HostConfig/CpuShares | 512
D | oom_kill_disable | oom_kill_disable = true | /HostConfig/OomKillDisable | true
D | oom_score_adjust | oom_score_adjust = -500 | /HostConfig/OomScoreAdj | -500
D | ulimit | ulimit = {nofile = "1:2"} | /HostConfig/Ulimits | [{"Name": "nofile", "Soft": 1, "Hard": 2}]
D | shm_size | shm_size = 300000 | /HostConfig/ShmSize | 300000
D | tmpfs | tmpfs = {"/t" = "rw"} | /HostConfig/Tmpfs | {"/t": "rw"}
D | services_tmpfs | services_tmpfs = {"/t" = "rw"} | /HostConfig/Tmpfs | {"/t": "rw"}
D | sysctls | sysctls = {"net.core.somaxconn" = "1"} | /HostConfig/Sysctls | {"net.core.somaxconn": "1"}
D | privileged | privileged = true | /HostConfig/Privileged | true
D | services_privileged | services_privileged = true | /HostConfig/Privileged | true
D | cap_add | cap_add = ["NET_ADMIN"] | /HostConfig/CapAdd | ["NET_ADMIN"]
D | cap_drop | cap_drop = ["CHOWN"] | /HostConfig/CapDrop | ["CHOWN"]
D | security_opt | security_opt = ["no-new-privileges"] | /HostConfig/SecurityOpt | ["no-new-privileges"]
D | services_security_opt | services_security_opt = ["seccomp=unconfined"] | /HostConfig/SecurityOpt | ["seccomp=unconfined"]
D | devices | devices = ["/dev/a:/dev/b:r"] | /HostConfig/Devices | [{"PathOnHost": "/dev/a", "PathInContainer": "/dev/b", "CgroupPermissions": "r"}]
D | services_devices | services_devices = {"redis:*" = ["/dev/a"], "x" = ["/dev/x"]} | /HostConfig/Devices | [{"PathOnHost": "/dev/a", "PathInContainer": "/dev/a", "CgroupPermissions": "rwm"}]
D | device_cgroup_rules | device_cgroup_rules = ["c 1:3 r"] | /HostConfig/DeviceCgroupRules | ["c 1:3 r"]
D | gpus | gpus = "all" | /HostConfig/DeviceRequests | [{"Driver": "", "Count": -1, "Capabilities": [["gpu"]], "Options": {}}]
D | service_gpus | service_gpus = "device=7" | /HostConfig/DeviceRequests/0/DeviceIDs | ["7"]
D | group_add | group_add = ["audio"] | /HostConfig/GroupAdd | ["audio"]
D | userns_mode | userns_mode = "host" | /HostConfig/UsernsMode | "host"
D | pid_mode | pid_mode = "host" | /HostConfig/PidMode | "host"
D | ipcmode | ipcmode = "host" | /HostConfig/IpcMode | "host"
D | runtime | runtime = "runc" | /HostConfig/Runtime | "runc"
D | isolation | isolation = "default" | /HostConfig/Isolation | "default"
D | volumes | volumes = ["/s:/d/$V:ro,z"] | /HostConfig/Binds | ["/s:/d/x:ro,z"]
D | cache_dir | cache_dir = "/c"\nvolumes = ["/cache"] | /HostConfig/Binds/0 | "/c/runner-5f90df941701715263706fc1b4a80f7c/3c3f060a0374fc8bc39395164f415a70:/cache"
D | disable_cache | disable_cache = true\nvolumes = ["/cache"] | /HostConfig/Mounts/0/VolumeOptions/Labels/com.gitlab.gitlab-runner.reusable | "false"
D | volume_driver | volume_driver = "nfs" | /HostConfig/Mounts/0/VolumeOptions/DriverConfig/Name | "nfs"
D | volume_driver_ops | volume_driver_ops = {o = "ro"} | /HostConfig/Mounts/0/VolumeOptions/DriverConfig/Options | {"o": "ro"}
D | volumes_from | volumes_from = ["c:ro"] | /HostConfig/VolumesFrom | ["c:ro"]
D | network_mode | network_mode = "host" | /HostConfig/NetworkMode | "host"
D | enable_ipv6 | enable_ipv6 = true\n[runners.feature_flags]\nFF_NETWORK_PER_BUILD = true | /EnableIPv6 | true
D | network_mtu | network_mtu = 1400\n[runners.feature_flags]\nFF_NETWORK_PER_BUILD = true | /Options | {"com.docker.network.driver.mtu": "1400"}
D | dns | dns = ["8.8.8.8"] | /HostConfig/Dns | ["8.8.8.8"]
D | dns_search | dns_search = ["a.b"] | /HostConfig/DnsSearch | ["a.b"]
D | extra_hosts | extra_hosts = ["a:1.2.3.4"] | /HostConfig/ExtraHosts | ["a:1.2.3.4"]
D | links | links = ["c:a"] | /HostConfig/Links | ["c:a"]
D | docker_in_docker | docker_in_docker = "socket"\nservices = [{name = "docker:dind"}] | /build/HostConfig/Binds | ["/var/run/docker.sock:/var/run/docker.sock"]
D | log_options | log_options = {env = "A"} | /HostConfig/LogConfig/Config | {"env": "A"}
D | service_memory | service_memory = "1k" | /HostConfig/Memory | 1024
D | service_memory_swap | service_memory_swap = "2k" | /HostConfig/MemorySwap | 2048
D | service_memory_reservation | service_memory_reservation = "3k" | /HostConfig/MemoryReservation | 3072
D | service_cgroup_parent | service_cgroup_parent = "/a" | /HostConfig/CgroupParent | "/a"
D | service_cpuset_cpus | service_cpuset_cpus = "0" | /HostConfig/CpusetCpus | "0"
D | service_cpus | service_cpus = "1/2" | /HostConfig/NanoCpus | 500000000
D | service_cpu_shares | service_cpu_shares = 2 | /HostConfig/CpuShares | 2
R | name | name = "n" | /name | "n"
R | executor | executor = "docker" | /executor | "docker"
R | token | token = "t"\ndocker.volumes = ["/cache"] | /build/HostConfig/Mounts/0/Source | "runner-c9eb9a94811648d10a1a7e986c536a70-cache-3c3f060a0374fc8bc39395164f415a70"
R | environment | environment = ["A=b"] | /variable | "b"
R | output_limit | output_limit = 4 | /outputBytesMax | 4096
R | feature_flags | feature_flags = {FF_NETWORK_PER_BUILD = true} | /flag | "true"
R | custom_build_dir | environment = ["GIT_CLONE_PATH=/builds/x"]\ncustom_build_dir = {enabled = false} | /problems | "error: setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature (`[runners.custom_build_dir]` in the runner's configuration has `enabled = false`)\n"
R | builds_dir | builds_dir = "/b" | /project | "/b/local/shop"
R | pre_get_sources_script | pre_get_sources_script = "first" | /hook | ["first"]
R | pre_build_script | pre_build_script = "before" | /script | ["before", "make"]
R | post_build_script | post_build_script = "after" | /script | ["make", "after"]
R | debug_trace_disabled | debug_trace_disabled = true | /debug | [false, false]
R | shell | shell = "bash" | /shell | true
S | name | services = [{name = "a$V"}] | /services/0/0 | "ax:latest"
S | alias | services = [{name = "a", alias = "b, $V"}] | /services/0/1 | ["a", "b", "x"]
S | entrypoint | services = [{name = "a", entrypoint = ["e"]}] | /services/0/2 | ["e"]
S | command | services = [{name = "a", command = ["c"]}] | /services/0/3 | ["c"]
S | environment | services = [{name = "a", environment = ["B=c$V"]}] | /services/0/4 | ["B", "cx"]
"##;

/// Checks that a row's value is in the requests, and only in those that the table of keys names.
fn check(section: &str, key: &ConfigKey, row: &str) {
    let fields: Vec<&str> = row.split(" | ").collect();
    let [_, _, toml, pointer, expect] = fields[..] else { panic!("{row}") };
    let toml = toml.replace("\\n", "\n");
    let requests = create_requests(&if section == "R" {
        format!("[[runners]]\n{toml}\n")
    } else {
        format!("[[runners]]\n[runners.docker]\n{toml}\n")
    });
    let expect: Value = serde_json::from_str(expect).unwrap();
    let found = |value: &Value| value.pointer(pointer).cloned().unwrap_or_default();
    let (of_build, of_service) = (found(&requests.build), found(&requests.service));
    let Effect::Create { of, field } = key.effect else {
        return assert_eq!(found(&requests.other), expect, "{row}");
    };
    let mut pointers = field.split(", ").map(|field| format!("/{}", field.replace('.', "/")));
    assert!(pointers.any(|begin| pointer.starts_with(&begin)), "{row}: not of {field}");
    let (is_of_build, is_of_service) = match of {
        CreatedObject::Build => (true, false),
        CreatedObject::Services => (false, true),
        CreatedObject::All => (true, true),
        CreatedObject::Network => return assert_eq!(found(&requests.network), expect, "{row}"),
    };
    assert_eq!(of_build == expect, is_of_build, "{row}: {of_build}");
    assert_eq!(of_service == expect, is_of_service, "{row}: {of_service}");
}

#[test]
fn every_key_of_the_table_has_its_effect() {
    let sections = ["R", "D", "S"].into_iter().zip(SECTIONS);
    let mut rows: Vec<&str> = ROWS.trim().lines().collect();
    for (letter, section) in sections {
        for key in section.keys.iter().filter(|key| key.effect != Effect::Nothing) {
            let begins = format!("{letter} | {} | ", key.name);
            let row = rows.iter().position(|row| row.starts_with(&begins));
            let row = rows.remove(row.unwrap_or_else(|| panic!("no row begins with {begins}")));
            check(letter, key, row);
        }
    }
    assert_eq!(rows, Vec::<&str>::new(), "rows whose key does not exist");
}

/// The requests for a job whose service is an engine.
fn with_engine(toml: &str) -> CreateRequests {
    // The last service is the one that is looked at.
    let engine = "services = [{name = \"docker:24-dind\"}]";
    create_requests(&format!("[[runners]]\n[runners.docker]\n{toml}\n{engine}\n"))
}

#[test]
fn a_privileged_engine_and_the_job_share_the_certificates() {
    let requests = with_engine("privileged = true");
    for container in [&requests.build, &requests.service] {
        assert_eq!(container["HostConfig"]["Privileged"], true);
        let mounts = container["HostConfig"]["Mounts"].as_array().unwrap();
        let targets = mounts.iter().filter(|mount| mount["Target"] == "/certs/client");
        assert_eq!(targets.count(), 1, "{mounts:?}");
    }
    assert_eq!(requests.other["services"][0][0], "docker:24-dind");
    let without = with_engine("").build;
    assert!(!without.to_string().contains("/certs"), "{without}");
}

#[test]
fn only_the_job_gets_the_socket_of_the_engine_and_its_service_is_gone() {
    let requests = with_engine("docker_in_docker = \"socket:/run/user/1000/docker.sock\"");
    assert_eq!(
        requests.build["HostConfig"]["Binds"],
        json!(["/run/user/1000/docker.sock:/var/run/docker.sock"])
    );
    assert!(!requests.service.to_string().contains("docker.sock"), "{}", requests.service);
    assert!(
        requests.build["Env"].as_array().unwrap().contains(&json!("DOCKER_HOST=unix:///var/run/docker.sock"))
    );
    assert_eq!(requests.other["services"].as_array().unwrap().len(), 1);
}

//! Keys of the runner's configuration, and what the containers get of them.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use super::engine::{assert_nothing_left_of, get};
use super::run::{Outcome, program, run_job_in, spawn, start_job, wait_with_output};

/// Held by tests with persistent volumes, because `clean --volumes` removes those of all tests.
pub(super) static KEPT_VOLUMES: Mutex<()> = Mutex::new(());

/// Runs job `name` of `yaml` with the keys `docker` in `[runners.docker]`.
fn run_configured(name: &str, docker: &str, yaml: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    run_configured_in(folder.path(), name, docker, yaml)
}

fn run_configured_in(folder: &Path, name: &str, docker: &str, yaml: &str) -> Outcome {
    let config = format!(
        "[[runners]]\nname = \"live\"\n[runners.docker]\npull_policy = [\"if-not-present\"]\n\
         allowed_pull_policies = [\"if-not-present\"]\n{docker}\n"
    );
    std::fs::write(folder.join("config.toml"), config).unwrap();
    std::fs::write(folder.join(".gitlab-ci.yml"), yaml).unwrap();
    run_job_in(folder, name, &["--config", "config.toml", "-v"])
}

fn busybox_job(name: &str, script: &str) -> String {
    format!("{name}:\n  image: busybox:1.35\n  script:\n    - {script}\n")
}

fn clean(arguments: &[&str]) -> Outcome {
    wait_with_output(spawn(program(), Path::new("/"), &[&["clean"], arguments].concat()), |_| {})
}

#[test]
fn memory_is_limited_in_the_control_group() {
    // The first path is that of cgroup v1, the second that of v2.
    let script = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max";
    run_configured("config-memory", "memory = \"64m\"", &busybox_job("config-memory", script))
        .assert(0, &["\n67108864\n"]);
}

#[test]
fn a_service_has_its_own_memory_limit() {
    let docker = "service_memory = \"96m\"\nmemory = \"64m\"\nwait_for_services_timeout = -1";
    let show = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes >/builds/limit || cat /sys/fs/cgroup/memory.max >/builds/limit; sleep 60";
    let yaml = format!(
        "config-service-memory:\n  image: busybox:1.35\n  services: [{{name: busybox:1.35, command: [sh, -c, '{show}']}}]\n  \
         script: ['until [ -s /builds/limit ]; do sleep 0.1; done; cat /builds/limit']\n"
    );
    run_configured("config-service-memory", docker, &yaml).assert(0, &["\n100663296\n"]);
}

#[test]
fn tmpfs_and_shm_size_are_applied() {
    let docker = "shm_size = 1048576\ntmpfs = {\"/in-memory\" = \"rw,noexec,size=2m\"}";
    let script = "df -k /in-memory /dev/shm | tail -n 2; mount | grep in-memory";
    let outcome = run_configured("config-tmpfs", docker, &busybox_job("config-tmpfs", script));
    outcome.assert(0, &["2048", "1024", "noexec"]);
}

#[test]
fn ulimits_and_sysctls_are_applied() {
    let docker = "ulimit = {nofile = \"1234:2345\"}\nsysctls = {\"net.core.somaxconn\" = \"777\"}";
    let script = "ulimit -Sn; ulimit -Hn; cat /proc/sys/net/core/somaxconn";
    run_configured("config-ulimit", docker, &busybox_job("config-ulimit", script))
        .assert(0, &["\n1234\n2345\n777\n"]);
}

#[test]
fn capabilities_are_added_and_dropped() {
    let script = "ip link add dummy0 type dummy && echo link-made; chown 1 /tmp || echo chown-refused";
    let plain = run_configured(
        "config-cap-none",
        "",
        &busybox_job("config-cap-none", "ip link add d type dummy || echo refused"),
    );
    plain.assert(0, &["\nrefused\n"]);
    let docker = "cap_add = [\"NET_ADMIN\"]\ncap_drop = [\"CHOWN\"]";
    // The kernel may lack dummy devices; the test only requires that creating one is permitted.
    let outcome = run_configured("config-cap", docker, &busybox_job("config-cap", script));
    outcome.assert(0, &["\nchown-refused\n"]);
    assert!(!outcome.log().contains("ip: RTNETLINK answers: Operation not permitted"), "{}", outcome.log());
}

#[test]
fn hostname_extra_hosts_and_dns_are_applied() {
    let docker = "hostname = \"configured-host\"\nextra_hosts = [\"extra.example:1.2.3.4\"]\ndns = [\"9.9.9.9\"]\ndns_search = [\"search.example\"]";
    let script = "hostname; cat /etc/hosts /etc/resolv.conf";
    run_configured("config-names", docker, &busybox_job("config-names", script)).assert(
        0,
        &["\nconfigured-host\n", "1.2.3.4\textra.example", "nameserver 9.9.9.9", "search search.example"],
    );
}

#[test]
fn user_and_group_add_are_applied() {
    let docker = "user = \"1234:5\"\ngroup_add = [\"777\"]";
    run_configured("config-user", docker, &busybox_job("config-user", "id -u; id -g; id -G"))
        .assert(0, &["\n1234\n5\n5 777\n"]);
}

/// A machine without some capability cannot start privileged containers; the user then sees the engine's message.
#[test]
fn privileged_is_granted_or_refused_with_the_engines_message() {
    let outcome = run_configured(
        "config-privileged",
        "privileged = true",
        &busybox_job("config-privileged", "grep CapEff /proc/self/status; ls /dev/vda /dev/sda"),
    );
    if outcome.code == 125 {
        let said = format!("{}{}", outcome.log(), outcome.stderr);
        assert!(
            said.contains("cannot start container") && said.contains("operation not permitted"),
            "{said}"
        );
    } else {
        assert!(outcome.log().contains("CapEff:\t000001ff"), "{}", outcome.log());
    }
}

/// The directory is one of the engine's host, which may not be the machine of this test.
#[test]
fn a_host_directory_can_be_mounted_read_only() {
    let script = "test -s /host/passwd && echo there; touch /host/x || echo read-only";
    run_configured("config-host", "volumes = [\"/etc:/host:ro\"]", &busybox_job("config-host", script))
        .assert(0, &["\nthere\n", "\nread-only\n"]);
}

#[test]
fn a_named_volume_is_shared_and_never_removed() {
    let docker = "volumes = [\"runner-lite-live-named:/named\"]";
    let yaml = "
config-named:
  image: busybox:1.35
  services: [{name: busybox:1.35, command: [sh, -c, 'echo from the service >/named/note; sleep 60']}]
  script: ['until [ -s /named/note ]; do sleep 0.1; done; cat /named/note']
";
    run_configured("config-named", &format!("{docker}\nwait_for_services_timeout = -1"), yaml)
        .assert(0, &["\nfrom the service\n"]);
    let script = "cat /named/note";
    run_configured("config-named-2", docker, &busybox_job("config-named-2", script))
        .assert(0, &["\nfrom the service\n"]);
    let removed = super::engine::request("DELETE", "/v1.41/volumes/runner-lite-live-named");
    assert!(removed.starts_with("HTTP/1.1 204"), "{removed}");
}

#[test]
fn a_cache_volume_survives_two_runs_and_is_removed_by_clean() {
    let _kept = KEPT_VOLUMES.lock();
    let folder = tempfile::tempdir().unwrap();
    let yaml = busybox_job("config-cache", "ls -ld /cache; echo run >>/cache/runs; cat /cache/runs");
    let run = || run_configured_in(folder.path(), "config-cache", "volumes = [\"/cache\"]", &yaml);
    run().assert(0, &["drwxrwxrwx", "\nrun\n\nJob succeeded"]);
    run().assert(0, &["\nrun\nrun\n\nJob succeeded"]);
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    let project = format!("/cache of local/{}", name.trim_start_matches('.'));
    let listed = clean(&["--volumes"]);
    listed.assert(1, &["Kept from job to job (", "-cache-3c3f060a0374fc8bc39395164f415a70", &project]);
    assert!(
        listed.stderr.contains("nothing was removed; --force removes without asking"),
        "{}",
        listed.stderr
    );
    clean(&["--volumes", "--force"]).assert(0, &[&project, "Removed "]);
    assert!(!clean(&["--volumes", "--dry-run"]).log().contains(&project));
    run().assert(0, &["\nrun\n\nJob succeeded"]);
    clean(&["--volumes", "--yes"]).assert(0, &[&project]);
}

#[test]
fn git_strategy_decides_which_files_of_the_last_job_are_kept() {
    let _kept = KEPT_VOLUMES.lock();
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, strategy: &str, docker: &str| {
        let yaml = format!(
            "{name}:\n  image: busybox:1.35\n  variables: {{GIT_STRATEGY: {strategy}, GIT_CLEAN_FLAGS: -ffdx -e kept/}}\n  \
             script: ['ls', 'pwd', 'mkdir -p kept; touch kept/a made']\n"
        );
        run_configured_in(folder.path(), name, docker, &yaml)
    };
    let first = "\n$ ls\nconfig.toml\n$ pwd\n";
    let with_kept = "\n$ ls\nconfig.toml\nkept\n$ pwd\n";
    run("config-fetch", "fetch", "").assert(0, &[first]);
    run("config-fetch", "fetch", "").assert(0, &[with_kept]);
    run("config-clone", "clone", "").assert(0, &[first]);
    run("config-empty", "empty", "").assert(0, &["\n$ ls\n$ pwd\n", "-empty\n"]);
    run("config-none", "none", "").assert(0, &["\n$ ls\n$ pwd\n"]);
    // On a configured volume `none` keeps all files, and `clone` starts with an empty directory.
    let builds = "volumes = [\"/builds\"]";
    run("config-kept", "none", builds).assert(0, &["\n$ ls\nconfig.toml\nkept\nmade\n$ pwd\n"]);
    run("config-kept", "clone", builds).assert(0, &[first]);
    clean(&["--volumes", "--force"]).assert(0, &["/builds of local/"]);
}

#[test]
fn anonymous_volumes_are_removed_unless_volume_keep_is_set() {
    for (name, docker, status) in
        [("config-declared", "", 404), ("config-declared-kept", "volume_keep = true", 204)]
    {
        let folder = tempfile::tempdir().unwrap();
        let config = format!("[[runners]]\n[runners.docker]\npull_policy = \"if-not-present\"\n{docker}\n");
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let yaml = format!(
            "{name}:\n  image: busybox:1.35\n  services: [redis:latest]\n  script: [echo here, sleep 2]\n"
        );
        std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
        let mut declared = None;
        let outcome =
            wait_with_output(start_job(folder.path(), name, &["--config", "config.toml"]), |output| {
                if String::from_utf8_lossy(output).contains("\nhere\n") {
                    declared.get_or_insert_with(|| anonymous_volume(name));
                }
            });
        outcome.assert(0, &["Job succeeded"]);
        let removed = super::engine::request("DELETE", &format!("/v1.41/volumes/{}", declared.unwrap()));
        assert!(removed.starts_with(&format!("HTTP/1.1 {status}")), "{removed}");
    }
}

/// The name of the anonymous volume of a job's service, which the engine has generated.
fn anonymous_volume(job: &str) -> String {
    let label = format!(
        "{{\"label\":[\"com.gitlab.gitlab-runner.job.name={job}\",\"com.gitlab.gitlab-runner.type=service\"]}}"
    );
    let filter: String = label.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = get(&format!("/v1.41/containers/json?filters={filter}"));
    let names = answer.split("\"Name\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    names.into_iter().find(|name| name.len() == 64).unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn images_and_services_outside_the_allowed_lists_are_rejected() {
    let yaml = "config-allowed:\n  image: busybox:1.35\n  services: [redis:latest]\n  script: [echo no]\n";
    let refused = |docker: &str, text: &str| {
        let outcome = run_configured("config-allowed", docker, yaml);
        assert_eq!(outcome.code, 3, "{}{}", outcome.log(), outcome.stderr);
        assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
    };
    refused(
        "allowed_images = [\"ruby:*\"]",
        "The \"busybox:1.35\" image is not present on list of allowed images",
    );
    refused(
        "allowed_services = [\"postgres:*\"]",
        "The \"redis:latest\" image is not present on list of allowed services",
    );
    refused("services_limit = 0", "too many services requested: 1, only 0 allowed");
    let allowed = "allowed_images = [\"busybox:*\"]\nallowed_services = [\"redis:*\"]\nservices_limit = 1";
    run_configured("config-allowed", allowed, yaml).assert(0, &["\nno\n"]);
}

#[test]
fn a_negative_service_timeout_disables_waiting() {
    let yaml = "
config-no-wait:
  image: busybox:1.35
  services: [{name: busybox:1.35, command: [sleep, '60'], variables: {HEALTHCHECK_TCP_PORT: '80'}}]
  script: [echo at once]
";
    let outcome = run_configured("config-no-wait", "wait_for_services_timeout = -1", yaml);
    outcome.assert(0, &["\nbusybox:1.35 started\n", "\nat once\n"]);
    assert!(outcome.elapsed.as_secs() < 15, "{:?}", outcome.elapsed);
}

#[test]
fn pre_and_post_build_scripts_run_around_the_jobs_script() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[[runners]]\nname = \"live\"\npre_build_script = \"export A=before\"\npost_build_script = \"echo after $A\"\n\
                  [runners.docker]\npull_policy = \"if-not-present\"\n[runners.feature_flags]\nFF_NETWORK_PER_BUILD = true\n";
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    std::fs::write(
        folder.path().join(".gitlab-ci.yml"),
        busybox_job("config-scripts", "echo $A $FF_NETWORK_PER_BUILD"),
    )
    .unwrap();
    let outcome = run_job_in(folder.path(), "config-scripts", &["--config", "config.toml", "-v"]);
    outcome.assert(0, &["  on live (config.toml)\n", "\nbefore true\n", "\nafter before\n"]);
}

#[test]
fn command_line_flags_outrank_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("config.toml"),
        "[[runners]]\n[runners.docker]\npull_policy = \"if-not-present\"\nhostname = \"file\"\n",
    )
    .unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), busybox_job("config-flags", "hostname; ulimit -Sn"))
        .unwrap();
    let arguments = ["--config", "config.toml", "--docker-hostname", "typed", "--docker-ulimit", "nofile:99"];
    run_job_in(folder.path(), "config-flags", &arguments).assert(0, &["\ntyped\n99\n"]);
}

#[test]
fn services_of_a_registered_runner_are_started_for_a_job() {
    let folder = tempfile::tempdir().unwrap();
    let template = "[[runners]]\n[runners.docker]\ndisable_cache = true\n[[runners.docker.services]]\nname = \"postgres:latest\"\n\
                    [[runners.docker.services]]\nname = \"mysql:latest\"\n";
    std::fs::write(folder.path().join("template.toml"), template).unwrap();
    let arguments = [
        "register",
        "--config",
        "config.toml",
        "--url",
        "https://gitlab.example.com/",
        "--registration-token",
        "PROJECT_REGISTRATION_TOKEN",
        "--description",
        "docker-ruby:2.6",
        "--executor",
        "docker",
        "--template-config",
        "template.toml",
        "--docker-image",
        "ruby:2.6",
    ];
    wait_with_output(spawn(program(), folder.path(), &arguments), |_| {})
        .assert(0, &["No server was contacted"]);
    let yaml = "
variables: {POSTGRES_HOST_AUTH_METHOD: trust, MYSQL_ROOT_PASSWORD: x, MYSQL_DATABASE: d}
config-registered:
  script:
    - psql -h postgres -U postgres -tAc 'select 6 * 7'
    - mysql -h mysql -uroot -px -e 'select 40 + 3' d
";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let arguments = ["--config", "config.toml", "-v", "--pull-policy", "if-not-present"];
    let outcome = run_job_in(folder.path(), "config-registered", &arguments);
    outcome.assert(0, &["  on docker-ruby:2.6 (config.toml)", "image ruby:2.6 ...", "\n42\n", "\n43\n"]);
}

#[test]
fn clean_removes_the_leftovers_of_a_killed_run_and_spares_a_running_job() {
    let _kept = KEPT_VOLUMES.lock();
    let folder = tempfile::tempdir().unwrap();
    let yaml = "
variables: {FF_NETWORK_PER_BUILD: 'true'}
config-killed: {image: busybox:1.35, script: [echo here, sleep 600]}
config-going-on: {image: busybox:1.35, script: [echo here, sleep 600]}
";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let begun = |output: &[u8]| String::from_utf8_lossy(output).contains("\nhere\n");
    let signal = |signal: &str, process: u32| {
        let sent = Command::new("kill").args([signal, &process.to_string()]).status().unwrap();
        assert!(sent.success());
    };
    let goes_on = start_job(folder.path(), "config-going-on", &[]);
    let (process, (tell, told)) = (goes_on.id(), mpsc::channel());
    let going_on = std::thread::spawn(move || {
        wait_with_output(goes_on, |output| {
            if begun(output) {
                // The receiver reads only the first message.
                let _ = tell.send(());
            }
        })
    });
    told.recv_timeout(Duration::from_secs(60)).unwrap();
    let killed = start_job(folder.path(), "config-killed", &[]);
    let (victim, mut is_killed) = (killed.id(), false);
    let outcome = wait_with_output(killed, |output| {
        if begun(output) && !std::mem::replace(&mut is_killed, true) {
            signal("-KILL", victim);
        }
    });
    assert_eq!(outcome.code, -1, "{}", outcome.log());
    let cleaned = clean(&["--force"]);
    cleaned.assert(0, &["job config-killed, running", "-network  job config-killed"]);
    assert!(!cleaned.log().contains("config-going-on"), "{}", cleaned.log());
    assert_nothing_left_of("config-killed");
    signal("-INT", process);
    let stopped = going_on.join().unwrap();
    assert_eq!(stopped.code, 130, "{}", stopped.log());
    assert_nothing_left_of("config-going-on");
}

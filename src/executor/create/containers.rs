//! The create calls of a job's network and containers, from its plan and names.
//!
//! Invariant: pure, and the only place that turns a plan into create calls, so that `show --container` prints what a
//! run sends.

use std::collections::BTreeMap;

use super::delivery::Delivery;
use super::names::{CONTAINER_NAME_LABEL, LABEL_PREFIX, Names, ObjectKind};
use super::{host_config, shell};
use crate::engine::container::create::{ContainerConfig, EndpointSettings, NetworkingConfig, Stdio};
use crate::engine::container::host_config::{HostConfig, LogConfig};
use crate::engine::name::Name;
use crate::engine::network::create::NetworkConfig;
use crate::plan::job_plan::{
    ContainerSettings, EnvironmentVariable, ImagePlan, JobNetwork, JobPlan, SOCKET_IN_JOB, ServicePlan,
    SocketPath,
};

/// A log driver whose logs can be read back; the engine's default driver may not allow that.
const JSON_LOG: &str = "json-file";

/// No log: this program alone receives the output, so a job that prints 10 GB does not fill the engine's disk.
const NO_LOG: &str = "none";

/// The option that sets the MTU of a bridge network.
const MTU: &str = "com.docker.network.driver.mtu";

/// The path of this program in a container that it runs in as `runner-lite probe`.
pub const PROBE_PROGRAM: &str = "/runner-lite-probe";

/// The path of this program in a container that it runs in as `runner-lite collect`.
pub const COLLECT_PROGRAM: &str = "/runner-lite-collect";

/// The create call of a container.
#[derive(Debug, Clone, PartialEq)]
pub struct NewContainer {
    pub name: Name,
    /// `os/arch[/variant]`; `None` lets the engine choose.
    pub platform: Option<String>,
    pub config: ContainerConfig,
}

/// The create calls of one attempt at a job.
#[derive(Debug, Clone, Copy)]
pub struct Containers<'a> {
    pub plan: &'a JobPlan,
    pub names: &'a Names,
}

impl Containers<'_> {
    /// The network of the job, if `FF_NETWORK_PER_BUILD` asks for one.
    pub fn network(&self) -> Option<NetworkConfig> {
        let JobNetwork::PerJob { ipv6, mtu } = self.plan.network else { return None };
        let mut network = NetworkConfig::new(self.names.network(), self.names.network_labels());
        network.enable_ipv6 = ipv6.then_some(true);
        network.options.extend((mtu != 0).then(|| (MTU.to_owned(), mtu.to_string())));
        Some(network)
    }

    /// The container for the job's script, whose command takes part in the `delivery` of its files. `image` is a name or
    /// an id, `hosts` are entries of `ExtraHosts`.
    pub fn build(&self, image: String, hosts: Vec<String>, delivery: Delivery) -> NewContainer {
        let name = self.names.build();
        let config = ContainerConfig {
            cmd: Some(shell::find_shell(self.plan, delivery)),
            networking_config: self.endpoint(vec!["build".to_owned(), name.to_string()]),
            ..self.with_shell(ObjectKind::Build, image, hosts)
        };
        new_container(name, &self.plan.image, config)
    }

    /// The container that runs a hook before the sources are uploaded. It has the settings of the job's container.
    pub fn hook(&self, image: String, hosts: Vec<String>) -> NewContainer {
        let config = self.with_shell(ObjectKind::Hook, image, hosts);
        new_container(self.names.hook(), &self.plan.image, config)
    }

    /// A container whose shell reads a script of the job from its standard input.
    fn with_shell(&self, kind: ObjectKind, image: String, hosts: Vec<String>) -> ContainerConfig {
        let plan = self.plan;
        ContainerConfig {
            image,
            hostname: self.hostname(),
            mac_address: plan.settings.mac_address.clone(),
            user: plan.image.user.clone(),
            entrypoint: plan.image.entrypoint.clone(),
            cmd: Some(shell::find_shell(plan, Delivery::Upload)),
            env: self.environment(&plan.variables),
            labels: with_configured(self.names.labels(kind), &plan.settings),
            stdio: Stdio::ATTACHED,
            host_config: self.with_engine_socket(self.host_config(
                &plan.settings,
                hosts,
                LogConfig::new(NO_LOG),
            )),
            networking_config: self.endpoint(Vec::new()),
        }
    }

    /// The container through which sources are uploaded. GitLab Runner calls its own helper "predefined". It is
    /// started only to clear the project directory, if that lies on a persistent volume.
    pub fn predefined(&self, image: String) -> NewContainer {
        let plan = self.plan;
        let host_config = self.host_config_for_files();
        let clear = shell::clear_project_dir(plan);
        let config = ContainerConfig {
            image,
            hostname: None,
            mac_address: None,
            user: clear.as_ref().map(|_| "0".to_owned()),
            entrypoint: clear.as_ref().map(|_| vec![String::new()]),
            // The engine creates no container without a command, and the image may have none.
            cmd: Some(clear.unwrap_or_else(|| vec!["sh".to_owned()])),
            env: Vec::new(),
            labels: with_configured(self.names.labels(ObjectKind::Predefined), &plan.settings),
            stdio: Stdio::DETACHED,
            host_config,
            networking_config: None,
        };
        new_container(self.names.predefined(), &self.plan.image, config)
    }

    /// The container that checks whether `service` accepts connections: this program runs in it with `arguments`. The
    /// name is that of GitLab Runner's container for this.
    pub fn prober(&self, service: &Name, image: String, arguments: Vec<String>) -> NewContainer {
        let plan = self.plan;
        let mut host_config = HostConfig::new(LogConfig::new(JSON_LOG));
        host_config.network_mode = self.network_mode();
        host_config.userns_mode.clone_from(&plan.settings.userns_mode);
        host_config.runtime.clone_from(&plan.settings.runtime);
        let config = ContainerConfig {
            image,
            hostname: None,
            mac_address: None,
            user: Some("0".to_owned()),
            entrypoint: Some(vec![PROBE_PROGRAM.to_owned()]),
            cmd: Some(arguments),
            env: Vec::new(),
            labels: with_configured(self.names.labels(ObjectKind::Wait), &plan.settings),
            stdio: Stdio::DETACHED,
            host_config,
            networking_config: None,
        };
        new_container(Name::new(&format!("{service}-wait-for-service")), &plan.image, config)
    }

    /// The container that selects the files of artifacts and caches: this program runs in it, and sends them over its
    /// standard output. Like GitLab Runner's helper it runs as root, whatever user the image has. `cap_drop` does not
    /// apply to it: root needs the capability to read the files of all users.
    pub fn collector(&self, image: String) -> NewContainer {
        let plan = self.plan;
        let host_config = self.host_config_for_files();
        let config = ContainerConfig {
            image,
            hostname: None,
            mac_address: None,
            user: Some("0:0".to_owned()),
            entrypoint: Some(vec![COLLECT_PROGRAM.to_owned()]),
            cmd: Some(vec!["collect".to_owned(), "-".to_owned()]),
            env: Vec::new(),
            labels: with_configured(self.names.labels(ObjectKind::Collect), &plan.settings),
            stdio: Stdio::ATTACHED,
            host_config,
            networking_config: None,
        };
        new_container(self.names.collector(), &plan.image, config)
    }

    /// The container of a service. `image` is a name or an id.
    pub fn service(&self, service: &ServicePlan, image: String) -> NewContainer {
        let settings = &service.settings;
        let log = LogConfig { driver: JSON_LOG, config: settings.log_options.clone() };
        let config = ContainerConfig {
            image,
            hostname: None,
            mac_address: settings.mac_address.clone(),
            user: service.image.user.clone(),
            entrypoint: service.image.entrypoint.clone(),
            cmd: service.command.clone(),
            env: self.environment(&service.variables),
            labels: with_configured(self.names.service_labels(service), settings),
            stdio: Stdio::DETACHED,
            host_config: self.host_config(settings, Vec::new(), log),
            networking_config: self.endpoint(service.network_aliases.clone()),
        };
        new_container(self.names.service(service), &service.image, config)
    }

    /// The host name. The engine rejects one for a container that uses the network of another container.
    fn hostname(&self) -> Option<String> {
        let uses_container_network = match &self.plan.network {
            JobNetwork::Mode(mode) => mode.starts_with("container:"),
            _ => false,
        };
        let default = (!uses_container_network).then(|| self.names.project_unique_name().to_owned());
        self.plan.hostname.clone().or(default)
    }

    /// The host configuration: network, volumes, and settings of the runner's configuration.
    fn host_config(&self, settings: &ContainerSettings, hosts: Vec<String>, log: LogConfig) -> HostConfig {
        let mut host_config = host_config::host_config(settings, hosts, log);
        host_config.network_mode = self.network_mode();
        host_config::add_volumes(&mut host_config, self.plan, self.names);
        host_config
    }

    /// Adds the socket of this engine, which only the job's own scripts get.
    fn with_engine_socket(&self, mut host_config: HostConfig) -> HostConfig {
        if let Some(socket) = &self.plan.engine_socket {
            let path = match &socket.path {
                SocketPath::Given(path) => path,
                SocketPath::Own => SOCKET_IN_JOB,
            };
            host_config.binds.push(format!("{path}:{SOCKET_IN_JOB}"));
        }
        host_config
    }

    /// The host configuration of a container that only passes files: the job's volumes, and no network.
    fn host_config_for_files(&self) -> HostConfig {
        let mut host_config = HostConfig::new(LogConfig::new(NO_LOG));
        host_config.network_mode = Some("none".to_owned());
        host_config.userns_mode.clone_from(&self.plan.settings.userns_mode);
        host_config.runtime.clone_from(&self.plan.settings.runtime);
        host_config::add_volumes(&mut host_config, self.plan, self.names);
        host_config
    }

    /// The environment of a container with these variables; only the executor knows the name of a network per job.
    fn environment(&self, variables: &[EnvironmentVariable]) -> Vec<String> {
        let mut environment = environment(variables);
        if let JobNetwork::PerJob { .. } = self.plan.network {
            environment.push(format!("CI_BUILD_NETWORK_NAME={}", self.names.network()));
        }
        environment
    }

    fn network_mode(&self) -> Option<String> {
        match &self.plan.network {
            JobNetwork::DefaultBridge => None,
            JobNetwork::PerJob { .. } => Some(self.names.network().to_string()),
            JobNetwork::Existing(name) | JobNetwork::Mode(name) => Some(name.clone()),
        }
    }

    /// The container's aliases, on a network that supports aliases.
    fn endpoint(&self, aliases: Vec<String>) -> Option<NetworkingConfig> {
        let network = match &self.plan.network {
            JobNetwork::DefaultBridge | JobNetwork::Mode(_) => return None,
            JobNetwork::PerJob { .. } => self.names.network().to_string(),
            JobNetwork::Existing(name) => name.clone(),
        };
        let settings = EndpointSettings { aliases, ..EndpointSettings::default() };
        Some(NetworkingConfig { endpoints_config: BTreeMap::from([(network, settings)]) })
    }
}

/// Adds `container_labels` of the runner's configuration.
fn with_configured(
    mut labels: BTreeMap<String, String>,
    settings: &ContainerSettings,
) -> BTreeMap<String, String> {
    labels.extend(settings.labels.clone());
    labels
}

fn new_container(name: Name, image: &ImagePlan, mut config: ContainerConfig) -> NewContainer {
    config.labels.insert(format!("{LABEL_PREFIX}{CONTAINER_NAME_LABEL}"), name.to_string());
    NewContainer { name, platform: image.platform.clone(), config }
}

fn environment(variables: &[EnvironmentVariable]) -> Vec<String> {
    variables.iter().map(|variable| format!("{}={}", variable.key, variable.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::testing::{image, plan};

    fn postgres() -> ServicePlan {
        ServicePlan {
            image: ImagePlan { user: Some("70".to_owned()), ..image("postgres:16") },
            name: "postgres".to_owned(),
            version: "16".to_owned(),
            index: 0,
            aliases: vec!["postgres".to_owned()],
            network_aliases: vec!["postgres".to_owned(), "db".to_owned()],
            command: Some(vec!["-c".to_owned()]),
            variables: vec![EnvironmentVariable { key: "A".to_owned(), value: "1=2".to_owned() }],
            settings: ContainerSettings::default(),
        }
    }

    #[test]
    fn the_containers_of_a_job_with_a_network_of_its_own() {
        let plan = JobPlan {
            image: ImagePlan {
                entrypoint: Some(vec!["bash".to_owned()]),
                platform: Some("linux/arm64".to_owned()),
                ..image("ruby:2.6")
            },
            variables: vec![EnvironmentVariable { key: "CI".to_owned(), value: "true".to_owned() }],
            network: JobNetwork::PerJob { ipv6: false, mtu: 0 },
            services: vec![postgres()],
            ..plan()
        };
        let names = Names::of_run(&plan, 1);
        let containers = Containers { plan: &plan, names: &names };
        let build =
            containers.build("sha256:0".to_owned(), vec!["db:172.17.0.2".to_owned()], Delivery::Upload);
        assert_eq!(build.platform.as_deref(), Some("linux/arm64"));
        insta::assert_json_snapshot!("build", build.config);
        insta::assert_json_snapshot!(
            "service",
            containers.service(&postgres(), "sha256:1".to_owned()).config
        );
        insta::assert_json_snapshot!("network", containers.network());
    }

    #[test]
    fn the_container_for_the_sources_has_no_network_and_no_environment() {
        let plan = JobPlan { network: JobNetwork::PerJob { ipv6: false, mtu: 0 }, ..plan() };
        let names = Names::of_run(&plan, 1);
        let config = Containers { plan: &plan, names: &names }.predefined("sha256:0".to_owned()).config;
        assert_eq!(config.host_config.network_mode.as_deref(), Some("none"));
        assert_eq!((config.networking_config, config.env), (None, Vec::new()));
    }

    #[test]
    fn the_collector_is_root_without_a_network_and_keeps_its_capabilities() {
        let mut plan = JobPlan { network: JobNetwork::PerJob { ipv6: false, mtu: 0 }, ..plan() };
        plan.settings.cap_drop = vec!["ALL".to_owned()];
        plan.settings.runtime = Some("runc".to_owned());
        let names = Names::of_run(&plan, 1);
        let config = Containers { plan: &plan, names: &names }.collector("sha256:0".to_owned()).config;
        insta::assert_json_snapshot!("collector", config);
    }

    #[test]
    fn the_hook_container_differs_from_the_build_container_in_names_only() {
        let plan = JobPlan { network: JobNetwork::PerJob { ipv6: false, mtu: 0 }, ..plan() };
        let names = Names::of_run(&plan, 1);
        let containers = Containers { plan: &plan, names: &names };
        let mut build = containers.build("a:1".to_owned(), Vec::new(), Delivery::Upload);
        let hook = containers.hook("a:1".to_owned(), Vec::new());
        assert_eq!(hook.name, names.hook());
        let of_hook = [("type", "hook".to_owned()), (CONTAINER_NAME_LABEL, names.hook().to_string())];
        build.config.labels.extend(of_hook.map(|(key, value)| (format!("{LABEL_PREFIX}{key}"), value)));
        build.config.networking_config = containers.endpoint(Vec::new());
        assert_eq!(hook.config, build.config);
    }

    #[test]
    fn containers_on_a_network_per_job_know_its_name() {
        let plan = JobPlan { network: JobNetwork::PerJob { ipv6: false, mtu: 0 }, ..plan() };
        let names = Names::of_run(&plan, 1);
        let containers = Containers { plan: &plan, names: &names };
        let expect = format!("CI_BUILD_NETWORK_NAME={}", names.network());
        let build = containers.build("a:1".to_owned(), Vec::new(), Delivery::Upload).config;
        let service = containers.service(&postgres(), "sha256:1".to_owned()).config;
        assert!(build.env.contains(&expect) && service.env.contains(&expect));
    }

    #[test]
    fn configured_labels_do_not_replace_the_label_by_which_a_renamed_container_is_found() {
        let mut plan = plan();
        let key = format!("{LABEL_PREFIX}{CONTAINER_NAME_LABEL}");
        plan.settings.labels.insert(key.clone(), "other".to_owned());
        let names = Names::of_run(&plan, 1);
        let build =
            Containers { plan: &plan, names: &names }.build("a:1".to_owned(), Vec::new(), Delivery::Stream);
        assert_eq!(build.config.labels.get(&key).map(String::as_str), Some(names.build().as_str()));
    }

    #[test]
    fn on_the_default_bridge_no_network_is_configured() {
        let plan = plan();
        let names = Names::of_run(&plan, 1);
        let containers = Containers { plan: &plan, names: &names };
        let config = containers.build("a:1".to_owned(), Vec::new(), Delivery::Upload).config;
        assert_eq!((config.networking_config, config.host_config.network_mode), (None, None));
        assert_eq!(containers.network(), None);
    }
}

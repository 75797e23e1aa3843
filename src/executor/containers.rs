//! What the engine is asked to create for a job, decided from its plan and the names of the run.
//!
//! Invariant: pure, and the only place that says how a plan becomes a create call, so that what `show --container`
//! prints is what a run sends.

use std::collections::BTreeMap;

use super::names::{Kind, Names, PROJECT_UNIQUE_NAME};
use super::script;
use crate::engine::container::create::{
    ContainerConfig, EndpointSettings, HostConfig, LogConfig, Mount, NetworkingConfig, Stdio, VolumeOptions,
};
use crate::engine::name::Name;
use crate::engine::network::create::NetworkConfig;
use crate::plan::job_plan::{EnvironmentVariable, ImagePlan, JobNetwork, JobPlan, ServicePlan};

/// A log that can be read again, whatever driver the engine prefers.
const JSON_LOG: LogConfig = LogConfig { driver: "json-file" };

/// No log: the output goes to us alone, and a job that prints 10 GB does not fill the engine's disk.
const NO_LOG: LogConfig = LogConfig { driver: "none" };

/// A container to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewContainer {
    /// Its name.
    pub name: Name,
    /// `os/arch[/variant]`, where the file asks for one.
    pub platform: Option<String>,
    /// The rest.
    pub config: ContainerConfig,
}

/// The containers of one run of a job.
#[derive(Debug, Clone, Copy)]
pub struct Containers<'a> {
    /// The job.
    pub plan: &'a JobPlan,
    /// The names of the run.
    pub names: &'a Names,
}

impl Containers<'_> {
    /// The job's own network, if it has one.
    pub fn network(&self) -> Option<NetworkConfig> {
        match self.plan.network {
            JobNetwork::DefaultBridge => None,
            JobNetwork::PerJob => Some(NetworkConfig::new(self.names.network(), self.names.network_labels())),
        }
    }

    /// The job's container, from `image`, a name or an id. `hosts` are the lines for `/etc/hosts`.
    pub fn build(&self, image: String, hosts: Vec<String>) -> NewContainer {
        let (plan, name) = (self.plan, self.names.build());
        let kind = script::entrypoint_kind(plan.image.entrypoint.as_deref());
        let config = ContainerConfig {
            image,
            hostname: Some(PROJECT_UNIQUE_NAME.to_owned()),
            user: plan.image.user.clone(),
            entrypoint: plan.image.entrypoint.clone(),
            cmd: Some(script::command(kind)),
            env: environment(&plan.variables),
            labels: self.names.labels(Kind::Build),
            stdio: Stdio::ATTACHED,
            host_config: self.host_config(hosts, NO_LOG),
            networking_config: self.endpoint(vec!["build".to_owned(), name.to_string()]),
        };
        new(name, &plan.image, config)
    }

    /// The container through which the sources go in; GitLab Runner calls its own "predefined". It is never run.
    pub fn predefined(&self, image: String) -> NewContainer {
        let host_config =
            HostConfig { network_mode: Some("none".to_owned()), ..self.host_config(Vec::new(), NO_LOG) };
        let config = ContainerConfig {
            image,
            hostname: None,
            user: None,
            entrypoint: None,
            // An image without a command of its own needs one to be created from.
            cmd: Some(vec!["sh".to_owned()]),
            env: Vec::new(),
            labels: self.names.labels(Kind::Predefined),
            stdio: Stdio::DETACHED,
            host_config,
            networking_config: None,
        };
        new(self.names.predefined(), &self.plan.image, config)
    }

    /// A service's container, from `image`, a name or an id.
    pub fn service(&self, service: &ServicePlan, image: String) -> NewContainer {
        let config = ContainerConfig {
            image,
            hostname: None,
            user: service.image.user.clone(),
            entrypoint: service.image.entrypoint.clone(),
            cmd: service.command.clone(),
            env: environment(&service.variables),
            labels: self.names.service_labels(service),
            stdio: Stdio::DETACHED,
            host_config: self.host_config(Vec::new(), JSON_LOG),
            networking_config: self.endpoint(service.network_aliases.clone()),
        };
        new(self.names.service(service), &service.image, config)
    }

    /// Settings that the job's container and its services share: network, log, and the volume at `/builds`.
    fn host_config(&self, extra_hosts: Vec<String>, log_config: LogConfig) -> HostConfig {
        let volume = Mount {
            kind: "volume",
            source: self.names.builds_volume().to_string(),
            target: self.plan.builds_dir.clone(),
            volume_options: VolumeOptions { labels: self.names.labels(Kind::Cache) },
        };
        let network_mode = match self.plan.network {
            JobNetwork::DefaultBridge => None,
            JobNetwork::PerJob => Some(self.names.network().to_string()),
        };
        HostConfig { network_mode, extra_hosts, mounts: vec![volume], log_config }
    }

    /// A container's names on the job's own network, if it has one.
    fn endpoint(&self, aliases: Vec<String>) -> Option<NetworkingConfig> {
        let settings = EndpointSettings { aliases };
        match self.plan.network {
            JobNetwork::DefaultBridge => None,
            JobNetwork::PerJob => Some(NetworkingConfig {
                endpoints_config: BTreeMap::from([(self.names.network().to_string(), settings)]),
            }),
        }
    }
}

fn new(name: Name, image: &ImagePlan, config: ContainerConfig) -> NewContainer {
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
            network: JobNetwork::PerJob,
            services: vec![postgres()],
            ..plan()
        };
        let names = Names::of_run(&plan, 1);
        let containers = Containers { plan: &plan, names: &names };
        let build = containers.build("sha256:0".to_owned(), vec!["db:172.17.0.2".to_owned()]);
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
        let plan = JobPlan { network: JobNetwork::PerJob, ..plan() };
        let names = Names::of_run(&plan, 1);
        let config = Containers { plan: &plan, names: &names }.predefined("sha256:0".to_owned()).config;
        assert_eq!(config.host_config.network_mode.as_deref(), Some("none"));
        assert_eq!((config.networking_config, config.env), (None, Vec::new()));
    }

    #[test]
    fn on_the_default_bridge_nothing_is_said_of_networks() {
        let plan = plan();
        let names = Names::of_run(&plan, 1);
        let containers = Containers { plan: &plan, names: &names };
        let config = containers.build("a:1".to_owned(), Vec::new()).config;
        assert_eq!((config.networking_config, config.host_config.network_mode), (None, None));
        assert_eq!(containers.network(), None);
    }
}

//! One job, decided: everything resolved and expanded, nothing left to look up.
//!
//! Invariant: a `JobPlan` is plain owned data; the executor takes nothing else.

#![warn(missing_docs)]

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use super::container_plan::{
    ContainerSettings, Device, GpuRequest, UlimitSetting, VolumeDriver, VolumePlan, VolumeSource,
};
pub use super::identity::Slot;
pub use crate::pipeline::allow_failure::AllowFailure;
pub use crate::pipeline::expression::Pattern;
pub use crate::pipeline::retry::{FailureReason, Retry};
use crate::registry::credential_source::CredentialSource;
use crate::registry::pull_policy::PullPolicy;
use crate::secret::Secret;

/// A job ready to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPlan {
    /// The job's name.
    pub name: String,
    /// The stage it belongs to.
    pub stage: String,
    /// `CI_JOB_ID`.
    pub job_id: u64,
    /// The slot that the job runs in, which no other job has at the same time.
    pub slot: Slot,
    /// The image its script runs in.
    pub image: ImagePlan,
    /// The host name of its container; GitLab Runner's own where it is absent.
    pub hostname: Option<String>,
    /// What else the runner's configuration gives its container.
    pub settings: ContainerSettings,
    /// The volumes of all containers, in order.
    pub volumes: Vec<VolumePlan>,
    /// How those are made that are made.
    pub volume_driver: VolumeDriver,
    /// What becomes of volumes that images declare.
    pub anonymous_volumes: AnonymousVolumes,
    /// Where credentials for images are looked for, in this order.
    pub credentials: Vec<CredentialSource>,
    /// Texts that must not be seen in what is told of the job.
    pub secrets: Vec<Secret>,
    /// The services to start before it, in the order of the file; skipped duplicates are gone.
    pub services: Vec<ServicePlan>,
    /// Every variable of the job in order of precedence, keys unique, values fully expanded.
    pub variables: Vec<EnvironmentVariable>,
    /// Contents of variables of type file, which lie in `<project_dir>.tmp`.
    pub variable_files: Vec<VariableFile>,
    /// `hooks:pre_get_sources_script`; empty where no sources are put in.
    pub pre_get_sources: Vec<String>,
    /// `before_script` and `script`, one item a command, trimmed as GitLab trims them.
    pub script: Vec<String>,
    /// `after_script`; empty when there is none.
    pub after_script: Vec<String>,
    /// `/builds/<group>/<project>`: `CI_PROJECT_DIR`.
    pub project_dir: String,
    /// What is done with what `project_dir` has in it already.
    pub project_dir_content: ProjectDirContent,
    /// What is put into `project_dir`.
    pub sources: Sources,
    /// How service names reach the job.
    pub network: JobNetwork,
    /// How long the job may take.
    pub timeout: Duration,
    /// How long the script may take, where that is less: `after_script` runs all the same (`RUNNER_SCRIPT_TIMEOUT`).
    pub script_timeout: Option<Duration>,
    /// How long `after_script` may take (5 minutes in GitLab).
    pub after_script_timeout: Duration,
    /// `wait_for_services_timeout`: how long services may take to open a port; `None` if they are not waited for.
    pub services_timeout: Option<Duration>,
    /// Whether a failing `after_script` fails the job (`AFTER_SCRIPT_IGNORE_ERRORS: "false"`).
    pub after_script_counts: bool,
    /// Whether the shell prints each command that it runs (`CI_DEBUG_TRACE`).
    pub debug_trace: bool,
    /// Which failures are no failure.
    pub allow_failure: AllowFailure,
    /// After which failures the job is run again.
    pub retry: Retry,
    /// `coverage`: what finds the figure in the output.
    pub coverage: Option<Pattern>,
}

impl JobPlan {
    /// The value of the variable `key`.
    pub fn variable(&self, key: &str) -> Option<&str> {
        self.variables.iter().rev().find(|variable| variable.key == key).map(|variable| &*variable.value)
    }
}

/// A container's image, with what the file overrides of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePlan {
    /// The image reference, expanded, as GitLab Runner would hand it to the engine.
    pub reference: String,
    /// The entrypoint to use; `None` keeps the image's own. Never an empty list.
    pub entrypoint: Option<Vec<String>>,
    /// The user to run as; `None` keeps the image's own.
    pub user: Option<String>,
    /// `os/arch[/variant]`.
    pub platform: Option<String>,
    /// The policies to try in turn; never empty.
    pub pull_policies: Vec<PullPolicy>,
}

/// A service to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlan {
    /// Image, with `:latest` where the name has neither tag nor digest.
    pub image: ImagePlan,
    /// The service's name without registry port, tag and digest (`tutum/wordpress`).
    pub name: String,
    /// Tag or `@sha256:…`.
    pub version: String,
    /// Position in the file's list, from 0.
    pub index: usize,
    /// Host names: derived ones first, then explicit ones. Never empty, unique over all services of the job.
    pub aliases: Vec<String>,
    /// All host names as asked for, those that another service owns included: the aliases on a network of the
    /// job's own.
    pub network_aliases: Vec<String>,
    /// The command to use; `None` keeps the image's own.
    pub command: Option<Vec<String>>,
    /// The service container's environment.
    pub variables: Vec<EnvironmentVariable>,
    /// What else the runner's configuration gives its container.
    pub settings: ContainerSettings,
}

/// One `KEY=VALUE`. Values may be secret, and are not in its `Debug` text.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvironmentVariable {
    /// The name.
    pub key: String,
    /// The value, expanded.
    pub value: String,
}

impl fmt::Debug for EnvironmentVariable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}=[{} bytes]", self.key, self.value.len())
    }
}

/// A variable of type file: its value in the job is the path of a file with this content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableFile {
    /// The name, also of the file.
    pub key: String,
    /// What the file has in it.
    pub content: Secret,
}

/// Where the project directory's content comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sources {
    /// `GIT_STRATEGY: none` or `empty`: an empty directory.
    None,
    /// The working tree at this path of the host.
    WorkingTree {
        /// The repository's root.
        root: PathBuf,
    },
}

/// What is done with what the project directory has in it already, on a volume that outlives jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectDirContent {
    /// Nothing: it is new, or stays as it is.
    Left,
    /// It is removed, but for entries that one of these shell patterns stands for.
    Removed {
        /// `-e` of `GIT_CLEAN_FLAGS`.
        but: Vec<String>,
    },
}

/// What becomes of volumes that images declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnonymousVolumes {
    /// They are removed with the job.
    Removed,
    /// They stay (`volume_keep`).
    Kept,
}

/// Which network containers are on, and so how the names of services reach the job's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobNetwork {
    /// Hosts entries on the engine's default bridge.
    DefaultBridge,
    /// A network made for the job (`FF_NETWORK_PER_BUILD: "true"`).
    PerJob {
        /// `enable_ipv6`.
        ipv6: bool,
        /// `network_mtu`; 0 for the engine's default.
        mtu: i64,
    },
    /// A network that exists.
    Existing(String),
    /// `bridge`, `host`, `none` or `container:NAME`.
    Mode(String),
}

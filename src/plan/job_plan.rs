//! The plan of one job: all variables are expanded and all names resolved.
//!
//! Invariant: a `JobPlan` is plain owned data, and the only description of the job that the executor gets.

#![warn(missing_docs)]

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use super::artifacts::{
    ArchivePlan, ArtifactsPlan, ExpireIn, ReceivedArchive, ReportFormat, ReportPlan, SavedWhen, archive_name,
};
pub use super::caches::{CachePlan, CachePolicy, KeyWarning, ResolvedKey, UnknownCachePolicy};
pub use super::checkout::{Checkout, DetachedHead, RepositoryFolders, SourceFiles, Submodules, Umask};
pub use super::container_plan::{
    ContainerSettings, Device, GpuRequest, UlimitSetting, VolumeDriver, VolumePlan, VolumeSource,
};
pub use super::engine_socket::{EngineInJob, EngineSocket, SOCKET_IN_JOB, SocketPath};
pub use super::identity::Slot;
use super::identity::number_of;
pub use super::log_plan::{LogPlan, LongCommands};
pub use super::script_item::{ItemPlace, ScriptItem};
pub use super::terminal_use::{TERMINAL_TIMEOUT, TerminalUse};
use super::volumes::covering;
pub use crate::pipeline::allow_failure::AllowFailure;
pub use crate::pipeline::expression::Pattern;
pub use crate::pipeline::retry::{FailureReason, Retry};
use crate::registry::credential_source::CredentialSource;
use crate::registry::pull_policy::PullPolicy;
use crate::secret::Secret;
use crate::source::map::Span;

/// A job that is ready to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPlan {
    /// The job's name, unique in the pipeline.
    pub name: String,
    /// The name of the job's stage.
    pub stage: String,
    /// `CI_JOB_ID`, unique in the pipeline.
    pub job_id: u64,
    /// The job's slot, which no other job has at the same time.
    pub slot: Slot,
    /// The image of the job's container.
    pub image: ImagePlan,
    /// The host name of the job's container; `None` for GitLab Runner's default.
    pub hostname: Option<String>,
    /// Further settings of the container, from the runner's configuration.
    pub settings: ContainerSettings,
    /// The socket of this engine, if the job gets it in place of a service (`docker_in_docker`).
    pub engine_socket: Option<EngineSocket>,
    /// The volumes that all containers mount, in this order.
    pub volumes: Vec<VolumePlan>,
    /// The driver that creates persistent and temporary volumes.
    pub volume_driver: VolumeDriver,
    /// Whether volumes that images declare are removed with the job.
    pub anonymous_volumes: AnonymousVolumes,
    /// Where to look for registry credentials, in this order.
    pub credentials: Vec<CredentialSource>,
    /// The texts to mask in the log.
    pub secrets: Vec<Secret>,
    /// How the log of the job is made.
    pub log: LogPlan,
    /// The services of the job, in the order of the file, without duplicates that GitLab Runner skips.
    pub services: Vec<ServicePlan>,
    /// All variables of the job, from the lowest precedence to the highest. Names are unique, values expanded.
    pub variables: Vec<EnvironmentVariable>,
    /// The variables of type file. Their files are in `<project_dir>.tmp`.
    pub variable_files: Vec<VariableFile>,
    /// `hooks:pre_get_sources_script`; empty if no sources are copied.
    pub pre_get_sources: Vec<ScriptItem>,
    /// `before_script` and `script`, one item per command.
    pub script: Vec<ScriptItem>,
    /// `after_script`, one item per command.
    pub after_script: Vec<ScriptItem>,
    /// `CI_PROJECT_DIR`, such as `/builds/<group>/<project>`.
    pub project_dir: String,
    /// What happens to the old content of `project_dir`.
    pub project_dir_content: ProjectDirContent,
    /// The sources to copy into `project_dir`.
    pub sources: Sources,
    /// The network of the containers, which decides how the job resolves the host names of services.
    pub network: JobNetwork,
    /// The time limit of the job.
    pub timeout: Duration,
    /// `RUNNER_SCRIPT_TIMEOUT`, if less than the job's limit. `after_script` runs even if the script exceeds it.
    pub script_timeout: Option<Duration>,
    /// The time limit of `after_script` (`RUNNER_AFTER_SCRIPT_TIMEOUT`, 5 minutes by default).
    pub after_script_timeout: Duration,
    /// `wait_for_services_timeout`: how long services may take to open a port; `None` not to wait for them.
    pub services_timeout: Option<Duration>,
    /// Whether a failing `after_script` fails the job (`AFTER_SCRIPT_IGNORE_ERRORS: "false"`).
    pub after_script_counts: bool,
    /// Whether the shell prints each command that it runs (`CI_DEBUG_TRACE`).
    pub debug_trace: bool,
    /// Which failures of the job the pipeline allows.
    pub allow_failure: AllowFailure,
    /// After which failures the job runs again.
    pub retry: Retry,
    /// When a person gets a terminal in the job's container.
    pub terminal: TerminalUse,
    /// `coverage`: the pattern that finds the coverage in the log.
    pub coverage: Option<Pattern>,
    /// `artifacts`: what the job stores.
    pub artifacts: ArtifactsPlan,
    /// `cache`: the caches with `paths` or `untracked`, in the order of the file.
    pub caches: Vec<CachePlan>,
    /// The archives of other jobs to deliver, in the order of their jobs. They replace files of sources and caches.
    pub received: Vec<ReceivedArchive>,
}

impl JobPlan {
    /// The job's running number in its pipeline, from 1.
    pub fn number(&self) -> u64 {
        number_of(self.job_id)
    }

    /// The innermost volume that contains the project's directory.
    pub fn project_volume(&self) -> Option<&VolumePlan> {
        covering(&self.volumes, &self.project_dir)
    }

    /// The value of a variable, expanded.
    pub fn variable(&self, key: &str) -> Option<&str> {
        self.variables.iter().rev().find(|variable| variable.key == key).map(|variable| &*variable.value)
    }
}

/// A container's image, with the settings that override the image's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePlan {
    /// The image reference, expanded, as GitLab Runner passes it to the engine.
    pub reference: String,
    /// The entrypoint to use; `None` keeps the image's own. Never an empty list.
    pub entrypoint: Option<Vec<String>>,
    /// The user to run as; `None` keeps the image's own.
    pub user: Option<String>,
    /// The platform to pull, as `os/arch[/variant]`; `None` for the engine's own.
    pub platform: Option<String>,
    /// The pull policies to try in turn; never empty.
    pub pull_policies: Vec<PullPolicy>,
    /// Where the pipeline file names the image; `None` if an option or the configuration does.
    pub span: Option<Span>,
}

/// A service of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePlan {
    /// The image, with `:latest` if the name has neither tag nor digest.
    pub image: ImagePlan,
    /// The service's name without registry port, tag and digest (`tutum/wordpress`).
    pub name: String,
    /// The image's tag, or `@sha256:…`.
    pub version: String,
    /// The service's position among those of the runner's configuration and of the job, from 0.
    pub index: usize,
    /// Host names: first those derived from the image, then those in `alias`. Never empty; no two services of a job
    /// have the same one.
    pub aliases: Vec<String>,
    /// All derived and explicit host names, also those that an earlier service has: the aliases on a network per job.
    pub network_aliases: Vec<String>,
    /// The command to use; `None` keeps the image's own.
    pub command: Option<Vec<String>>,
    /// The service container's environment.
    pub variables: Vec<EnvironmentVariable>,
    /// Further settings of the container, from the runner's configuration.
    pub settings: ContainerSettings,
}

impl ServicePlan {
    /// Whether the service is an engine: an image `docker` with a tag such as `24-dind`.
    pub fn is_engine(&self) -> bool {
        self.name.rsplit('/').next() == Some("docker") && self.version.contains("dind")
    }

    /// Whether the service is an engine that lacks the privileges which it needs.
    pub fn is_unprivileged_engine(&self) -> bool {
        self.is_engine() && !self.settings.privileged
    }
}

/// One `KEY=VALUE` of an environment. `Debug` output omits the value, because it may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvironmentVariable {
    /// A name that an environment can hold: not empty, without `=`.
    pub key: String,
    /// The expanded value, without NUL characters.
    pub value: String,
}

impl fmt::Debug for EnvironmentVariable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}=[{} bytes]", self.key, self.value.len())
    }
}

/// A variable of type file: in the job its value is the path of a file with this content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableFile {
    /// The name of the variable and of the file.
    pub key: String,
    /// The content of the file.
    pub content: Secret,
}

/// The sources of the project directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sources {
    /// No sources (`GIT_STRATEGY: none` or `empty`).
    None,
    /// The working tree on the host.
    WorkingTree {
        /// The root of the repository, or of the project without one.
        root: PathBuf,
        /// What differs from the host's repository, and what is added to it.
        checkout: Checkout,
    },
}

/// What happens to the old content of a project directory on a volume that outlives jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectDirContent {
    /// Nothing: the directory is new, or its content stays.
    Left,
    /// All of it is removed, except entries that match a shell pattern.
    Removed {
        /// The patterns of `-e` in `GIT_CLEAN_FLAGS`.
        but: Vec<String>,
    },
}

/// What happens to volumes that images declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnonymousVolumes {
    /// The engine removes them with their container.
    Removed,
    /// They stay, with `volume_keep`.
    Kept,
}

/// The network of the containers, and so the way in which the job resolves the host names of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobNetwork {
    /// The engine's default bridge, with host names in `/etc/hosts`.
    DefaultBridge,
    /// A network that is created for the job (`FF_NETWORK_PER_BUILD: "true"`).
    PerJob {
        /// Whether the network has IPv6 (`enable_ipv6`).
        ipv6: bool,
        /// `network_mtu`; 0 for the engine's default.
        mtu: i64,
    },
    /// An existing network, by its name.
    Existing(String),
    /// A network mode: `bridge`, `host`, `none` or `container:NAME`.
    Mode(String),
}

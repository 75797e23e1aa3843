//! What the executor reports besides a job's output: notices, and activities that take a while.
//!
//! They carry data and no prose: each listener chooses its own words, or none. Errors are the exception; they come as
//! the text that the error's type gives.

#![warn(missing_docs)]

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use super::activity::Activity;
use super::failed_command::FailedCommand;
use super::shutdown::Signal;
pub use crate::plan::job_plan::EngineInJob;
use crate::registry::pull_policy::PullPolicy;
use crate::workspace::list::Method;
use crate::workspace::pack::SkipReason;

/// Something that the user of a run may want to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// The next of the several jobs of a run begins.
    JobOfRun {
        /// The name of the job.
        job: String,
        /// Its number in the run, from 1.
        number: usize,
        /// How many jobs the run has.
        total: usize,
    },
    /// The job runs in containers of this image.
    ExecutorSelected {
        /// The name of the job.
        job: String,
        /// The reference of the image, as planned.
        image: String,
    },
    /// The job's container is about to be created.
    ContainerHostSelected {
        /// GitLab Runner's unique name of the project on the runner.
        project_unique_name: String,
        /// The host name of this machine, if the kernel gives it.
        host: Option<String>,
    },
    /// The image's entrypoint is a shell without `-c`, which GitLab Runner calls in a way that fails.
    BareShellEntrypoint {
        /// The shell, as the job's `entrypoint` names it.
        shell: String,
    },

    /// The job uses an engine, or wants to.
    EngineInJob(EngineInJob),

    /// The policies by which an image is provided, in the order in which they are tried.
    PullPoliciesSelected {
        /// The reference of the image.
        image: String,
        /// Never empty.
        policies: Vec<PullPolicy>,
    },
    /// The policies before this one did not provide the image.
    PullPolicyAttempted {
        /// The reference of the image.
        image: String,
        /// The number of the attempt; the first one, which is 1, is not reported.
        attempt: usize,
        /// The policy that is tried now.
        policy: PullPolicy,
    },
    /// A policy did not provide the image, and another one follows.
    PullPolicyFailed {
        /// The reference of the image.
        image: String,
        /// The policy.
        policy: PullPolicy,
        /// Why it failed.
        error: String,
    },
    /// The policy `if-not-present` found the image on the engine.
    LocalImageFound {
        /// The reference of the image.
        image: String,
    },
    /// Containers are created from this image.
    ImageSelected {
        /// The reference of the image.
        image: String,
        /// The engine's id of the image.
        id: String,
        /// `repository@sha256:…`, if the image came from a registry.
        digest: Option<String>,
    },

    /// A pull sends the credentials of this source to the registry.
    CredentialsSelected {
        /// The reference of the image to pull.
        image: String,
        /// The name of the source, such as `$DOCKER_AUTH_CONFIG` or a path.
        source: String,
    },
    /// A source of credentials could not be read; pulls go on without it.
    CredentialSourceFailed {
        /// The name of the source.
        source: String,
        /// Why it could not be read.
        error: String,
    },
    /// A pull begins.
    PullStarted {
        /// The reference of the image.
        image: String,
        /// The platform to pull, if the job or the runner asks for one.
        platform: Option<String>,
    },
    /// A pull failed for a reason that may pass, and is repeated after a pause.
    PullRetried {
        /// The reference of the image.
        image: String,
        /// The number of the attempt that failed, from 1.
        attempt: usize,
        /// What the engine said.
        error: String,
    },
    /// A pull succeeded.
    PullFinished {
        /// The reference of the image.
        image: String,
        /// The layers that the engine reported on; 0 if the image was up to date.
        layers: usize,
        /// The downloaded bytes, without the layers that the engine had.
        bytes: u64,
        /// The time from the request to the end of the engine's answer.
        elapsed: Duration,
    },

    /// A service is about to be created and started.
    ServiceStarting {
        /// The reference of the service's image.
        image: String,
    },
    /// The health checks of all services begin.
    ServicesAwaited {
        /// How long each service may take.
        timeout: Duration,
    },
    /// A service accepts connections.
    ServiceReady {
        /// The service.
        service: ServiceLabel,
        /// The time since its container was started.
        elapsed: Duration,
    },
    /// A service has been started, and nothing checks whether it accepts connections.
    ServiceUnchecked {
        /// The service.
        service: ServiceLabel,
    },
    /// It is not known whether a service has ended, and will not be told.
    ServiceUnwatched {
        /// The service.
        service: ServiceLabel,
        /// Why nothing is known of it.
        error: String,
    },
    /// A service cannot be dialled from this process, so a container dials it.
    ServiceCheckMoved {
        /// The name of the service's container.
        container: String,
    },
    /// The container of this process could not join a network of the services, so a container dials them.
    NetworkNotJoined {
        /// The engine's error, which names the network.
        error: String,
    },
    /// A volume is bound to a directory of the engine's host, while this process runs in a container.
    HostDirectoryMounted {
        /// The directory of the host.
        source: String,
        /// The path in the job's containers.
        destination: String,
    },

    /// The project's files are in the job's container.
    SourcesCopied {
        /// Files and symbolic links.
        files: u64,
        /// The size of their content.
        bytes: u64,
        /// How the files were found.
        method: Method,
        /// The directory in the container.
        project_dir: String,
    },
    /// The job's `GIT_STRATEGY` asks for no sources.
    SourcesSkipped,
    /// The files belong to the job's user, and nobody else can write them.
    UmaskUnused,
    /// The files should belong to the job's user, whose number is not known.
    OwnerUnknown {
        /// The name of the user.
        user: String,
    },
    /// `tar` in the job's container has not unpacked the project's files, which are uploaded instead.
    FilesRefused,
    /// A path of the project was not copied.
    SourceLeftOut {
        /// The path, relative to the project's root.
        path: PathBuf,
        /// Why it was not copied.
        reason: SkipReason,
    },

    /// The user has stopped the script.
    ScriptCanceled {
        /// The signal that this process got.
        signal: Signal,
    },
    /// A script was stopped because a time limit was exceeded.
    TimeLimitExceeded {
        /// The script.
        script: LimitedScript,
    },
    /// The container has ended with its own exit code, and no shell in it has read the script.
    ScriptIgnored,
    /// Output of the job's processes may be missing.
    OutputIncomplete {
        /// Why.
        problem: OutputProblem,
    },
    /// The kernel has killed a process of the job because its memory limit was exceeded.
    OutOfMemory,
    /// A process of the job was killed while the container had a memory limit, and the engine does not say why. Docker may
    /// miss that memory was short if the container ends at once.
    KilledBelowMemoryLimit,
    /// `after_script` failed, which does not change the result of the job.
    AfterScriptFailed {
        /// Why it failed.
        error: String,
        /// The command that failed, if the shell has reported it.
        command: Option<Box<FailedCommand>>,
    },
    /// The job failed, and `retry` runs it again.
    JobRetried {
        /// The number of this retry, from 1.
        retry: u32,
        /// The retries that the job may have.
        max: u32,
    },
    /// An object of the job stays on the engine.
    ObjectNotRemoved {
        /// Why it could not be removed; names the object.
        error: String,
        /// The `docker` command that removes the object.
        command: String,
    },

    /// The user did not wait for the removal of these objects.
    ObjectsAbandoned {
        /// What each object is, and its name.
        objects: Vec<String>,
    },

    /// The engine has every image that was asked for.
    ImagesProvided {
        /// How many images were asked for.
        count: usize,
    },
    /// The engine lacks some of the images that were asked for.
    ImagesMissing {
        /// How many images are unavailable.
        missing: usize,
        /// How many images were asked for.
        count: usize,
    },
    /// An image is unavailable.
    ImageFailed {
        /// Why; names the image.
        error: String,
    },
    /// The user ended the provision of images.
    Interrupted {
        /// What the user sent, or that the pipe of the log was closed.
        signal: Signal,
    },
}

/// How urgent a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeLevel {
    /// The run proceeds as planned.
    Information,
    /// The run proceeds as planned, and GitLab Runner's log has the line in the colour of a warning.
    Remark,
    /// Something may surprise the user; the run goes on.
    Warning,
    /// Something failed.
    Error,
    /// Something of the job failed, which its own log says, and does not change its result.
    JobError,
    /// Something of the job failed, which its own log says, and fails the job.
    Fatal,
}

impl Notice {
    /// How urgent the notice is.
    pub fn level(&self) -> NoticeLevel {
        match self {
            Self::JobOfRun { .. }
            | Self::ExecutorSelected { .. }
            | Self::ContainerHostSelected { .. }
            | Self::PullPoliciesSelected { .. }
            | Self::PullPolicyAttempted { .. }
            | Self::LocalImageFound { .. }
            | Self::ImageSelected { .. }
            | Self::CredentialsSelected { .. }
            | Self::PullStarted { .. }
            | Self::PullFinished { .. }
            | Self::ServiceStarting { .. }
            | Self::ServicesAwaited { .. }
            | Self::ServiceReady { .. }
            | Self::ServiceUnchecked { .. }
            | Self::ServiceCheckMoved { .. }
            | Self::SourcesCopied { .. }
            | Self::SourcesSkipped
            | Self::UmaskUnused
            | Self::JobRetried { .. }
            | Self::ImagesProvided { .. } => NoticeLevel::Information,
            Self::BareShellEntrypoint { .. }
            | Self::EngineInJob(_)
            | Self::PullPolicyFailed { .. }
            | Self::CredentialSourceFailed { .. }
            | Self::PullRetried { .. }
            | Self::ServiceUnwatched { .. }
            | Self::NetworkNotJoined { .. }
            | Self::HostDirectoryMounted { .. }
            | Self::FilesRefused
            | Self::OwnerUnknown { .. }
            | Self::SourceLeftOut { .. }
            | Self::ScriptCanceled { .. }
            | Self::TimeLimitExceeded { .. }
            | Self::ScriptIgnored
            | Self::OutputIncomplete { .. }
            | Self::OutOfMemory
            | Self::KilledBelowMemoryLimit
            | Self::AfterScriptFailed { .. }
            | Self::ObjectNotRemoved { .. } => NoticeLevel::Warning,
            Self::ObjectsAbandoned { .. }
            | Self::ImagesMissing { .. }
            | Self::ImageFailed { .. }
            | Self::Interrupted { .. } => NoticeLevel::Error,
        }
    }
}

/// A service, as the job's author knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLabel {
    /// The reference of its image.
    pub image: String,
    /// The host names that the job gives it with `alias`.
    pub aliases: Vec<String>,
}

impl fmt::Display for ServiceLabel {
    /// Its image and the job's own names for it: `postgres:11.7 (db)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.aliases {
            [] => f.write_str(&self.image),
            aliases => write!(f, "{} ({})", self.image, aliases.join(", ")),
        }
    }
}

/// A script that has a time limit, with GitLab Runner's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedScript {
    /// `step_script`: `before_script` and `script`.
    StepScript,
    /// `after_script`
    AfterScript,
}

/// Why output of a container may be missing although its exit code is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputProblem {
    /// The connection or its content broke.
    Broken {
        /// Why.
        error: String,
    },
    /// The output did not end after the container had exited.
    Endless {
        /// How long nothing more arrived.
        after: Duration,
    },
    /// The listener did not take the output, and the job's time was over or the user had stopped it.
    NotTaken,
}

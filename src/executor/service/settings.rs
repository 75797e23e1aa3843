//! What a run does about its services besides checking that they are ready.

#![warn(missing_docs)]

/// What the user has decided about the services of all jobs of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServiceSettings {
    /// What follows if a service ends before the script does.
    pub exit_effect: ServiceExitEffect,
    /// When the log of a job has the output of its services.
    pub logs: ServiceLogUse,
    /// What makes a service ready.
    pub readiness: Readiness,
}

/// What makes a service ready.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Readiness {
    /// One of its ports accepts a connection, as with GitLab Runner.
    #[default]
    Ports,
    /// If its image has a `HEALTHCHECK`, that has succeeded, too (`--healthcheck`).
    HealthCheck,
}

/// What follows if a service ends before the script does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ServiceExitEffect {
    /// The log warns of it, as GitLab's does of a service that does not start.
    #[default]
    Warning,
    /// The script goes on, and the job fails at the script's end unless the script has failed itself (`--fail-on-service`).
    Failure,
}

/// When the log of a job has the output of its services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ServiceLogUse {
    /// If the job asks for it with `CI_DEBUG_SERVICES`.
    #[default]
    AsJobAsks,
    /// Always (`--service-logs`).
    Always,
}

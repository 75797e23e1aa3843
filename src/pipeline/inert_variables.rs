//! Variables by which GitLab and GitLab Runner are configured, and which have no effect here.

use crate::source::diagnostic::{Code, Diagnostic};
use crate::source::map::Span;

/// Why a variable has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// Sources are copied from the working tree.
    Sources,
    /// Caches and artifacts are stored on this host.
    Archives,
    /// A step that does not happen here, or only once.
    Step,
    /// GitLab Runner makes a container again that somebody has removed, for the section of the job that needs it.
    Container,
    /// The times that GitLab Runner puts before the lines for the server.
    Times,
    /// A feature flag for a part of GitLab Runner.
    Flag,
}

/// The variables, other than `FF_*` with an effect (`vars/feature_flags.rs`) and those that docs/jobs.md names.
const INERT: [(&str, Reason); 51] = [
    ("GIT_DEPTH", Reason::Sources),
    ("GIT_CLONE_EXTRA_FLAGS", Reason::Sources),
    ("GIT_FETCH_EXTRA_FLAGS", Reason::Sources),
    ("GIT_LFS_SKIP_SMUDGE", Reason::Sources),
    ("GIT_SUBMODULE_DEPTH", Reason::Sources),
    ("GIT_SUBMODULE_FORCE_HTTPS", Reason::Sources),
    ("GIT_SUBMODULE_PATHS", Reason::Sources),
    ("GIT_SUBMODULE_UPDATE_FLAGS", Reason::Sources),
    ("GIT_SUBMODULE_UPDATE_JOBS", Reason::Sources),
    ("GIT_CHECKOUT", Reason::Sources),
    ("ARTIFACT_COMPRESSION_LEVEL", Reason::Archives),
    ("ARTIFACT_DOWNLOAD_ATTEMPTS", Reason::Archives),
    ("CACHE_COMPRESSION_FORMAT", Reason::Archives),
    ("CACHE_COMPRESSION_LEVEL", Reason::Archives),
    ("CACHE_REQUEST_TIMEOUT", Reason::Archives),
    ("RESTORE_CACHE_ATTEMPTS", Reason::Archives),
    ("TRANSFER_METER_FREQUENCY", Reason::Archives),
    ("EXECUTOR_JOB_SECTION_ATTEMPTS", Reason::Container),
    ("GET_SOURCES_ATTEMPTS", Reason::Step),
    ("RUNNER_GENERATE_ARTIFACTS_METADATA", Reason::Step),
    ("SECRETS_RETRIEVAL_ATTEMPTS", Reason::Step),
    ("FF_CLEAN_UP_FAILED_CACHE_EXTRACT", Reason::Flag),
    ("FF_CMD_DISABLE_DELAYED_ERROR_LEVEL_EXPANSION", Reason::Flag),
    ("FF_CONCRETE", Reason::Flag),
    ("FF_DISABLE_POWERSHELL_STDIN", Reason::Flag),
    ("FF_DISABLE_UMASK_FOR_KUBERNETES_EXECUTOR", Reason::Flag),
    ("FF_ENABLE_BASH_EXIT_CODE_CHECK", Reason::Flag),
    ("FF_ENABLE_JOB_CLEANUP", Reason::Flag),
    ("FF_ENABLE_JOB_INPUTS_INTERPOLATION", Reason::Flag),
    ("FF_GIT_URLS_WITHOUT_TOKENS", Reason::Flag),
    ("FF_LOG_IMAGES_CONFIGURED_FOR_JOB", Reason::Flag),
    ("FF_POSIXLY_CORRECT_ESCAPES", Reason::Flag),
    ("FF_RESOLVE_FULL_TLS_CHAIN", Reason::Flag),
    ("FF_SCRIPT_TO_STEP_MIGRATION", Reason::Flag),
    ("FF_SKIP_DOCKER_MACHINE_PROVISION_ON_CREATION_FAILURE", Reason::Flag),
    ("FF_SKIP_NOOP_BUILD_STAGES", Reason::Flag),
    ("FF_SUSPENDABLE_ENVIRONMENTS", Reason::Flag),
    ("FF_TIMESTAMPS", Reason::Times),
    ("FF_USE_DIRECT_DOWNLOAD", Reason::Flag),
    ("FF_USE_DOCKER_AUTOSCALER_DIAL_STDIO", Reason::Flag),
    ("FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY", Reason::Flag),
    ("FF_USE_FASTZIP", Reason::Flag),
    ("FF_USE_GITALY_CORRELATION_ID", Reason::Flag),
    ("FF_USE_GIT_BUNDLE_URIS", Reason::Flag),
    ("FF_USE_GIT_NATIVE_CLONE", Reason::Flag),
    ("FF_USE_GIT_PROACTIVE_AUTH", Reason::Flag),
    ("FF_USE_LEGACY_BASH_EVAL", Reason::Flag),
    ("FF_USE_LEGACY_KUBERNETES_EXECUTION_STRATEGY", Reason::Flag),
    ("FF_USE_NATIVE_CONTAINER_STOP", Reason::Flag),
    ("FF_USE_NEW_BASH_EVAL_STRATEGY", Reason::Flag),
    ("FF_USE_WINDOWS_LEGACY_PROCESS_STRATEGY", Reason::Flag),
];

/// What is said of a variable that has no effect; `None` for all others.
pub fn message(key: &str) -> Option<String> {
    let (name, reason) = INERT.iter().find(|(name, _)| *name == key)?;
    let why = match reason {
        Reason::Sources => "the sources are those of the working tree",
        Reason::Archives => "artifacts and caches stay on this host",
        Reason::Step => "the step that it configures does not exist here",
        Reason::Container => "a container that somebody removes is not created again",
        Reason::Times => "it concerns the log that GitLab keeps; `--timestamps` shows times",
        Reason::Flag => "the feature flag is for a part of GitLab Runner that does not exist here",
    };
    Some(format!("variable `{name}` has no effect here: {why}"))
}

/// A warning about a variable of the file that has no effect; `None` for all others.
pub(super) fn warning(key: &str, span: Span) -> Option<Diagnostic> {
    message(key).map(|message| Diagnostic::warning(Code::Unsupported, message).label(span, "ignored"))
}

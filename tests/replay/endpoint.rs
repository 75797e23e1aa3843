//! What a caller may expect of each endpoint: the statuses of its errors, the operations that its errors name, and how
//! long a silent engine is waited for.

use std::time::Duration;

use runner_lite::engine::container::archive::UPLOAD_SILENCE;
use runner_lite::engine::container::start::START_WITHIN;
use runner_lite::engine::request::HEAD_WITHIN;
use runner_lite::executor::cleanup::ledger::{LATE_CREATION, TEARDOWN_WITHIN};
use runner_lite::executor::run::attempt::CANCELED_AFTER_SCRIPT_WITHIN;
use runner_lite::executor::run::file_receiver::UNPACK_SILENCE;
use runner_lite::executor::run::session_state::EXIT_GRACE;
use runner_lite::executor::run::terminate::TERMINATION_GRACE;

use crate::jobs;

/// An endpoint, by the name that its recorded exchanges have.
pub(crate) struct Endpoint {
    pub(crate) kind: &'static str,
    /// What the text of an error may begin with, after "cannot".
    pub(crate) operations: &'static [&'static str],
    /// The error statuses that the API documents, in 1.41 or 1.53.
    pub(crate) statuses: &'static [u16],
    /// The longest wait for a silent engine.
    silence: Duration,
}

/// The limit of a pull's silence.
const PULL_SILENCE: Duration = Duration::from_secs(900);

/// The limit of reading a log.
const LOG_WITHIN: Duration = Duration::from_secs(30);

/// The most that a fault adds to a run without a silent engine: the exit code may come so long after the output, a
/// network may be released so late, and a pull is repeated after 2 s and 4 s.
pub(crate) const PATIENCE: Duration = EXIT_GRACE;

/// The most that signals add: for the processes, for `after_script`, and for objects that appear late.
pub(crate) const PATIENCE_WITH_SIGNALS: Duration =
    TERMINATION_GRACE.saturating_add(CANCELED_AFTER_SCRIPT_WITHIN).saturating_add(LATE_CREATION);

const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        kind: "GET-_ping",
        operations: &["reach the engine at"],
        statuses: &[500],
        silence: HEAD_WITHIN,
    },
    Endpoint {
        kind: "GET-images-json",
        operations: &["inspect image"],
        statuses: &[404, 500],
        silence: HEAD_WITHIN,
    },
    Endpoint {
        kind: "POST-images-create",
        operations: &["pull image"],
        statuses: &[404, 500],
        silence: PULL_SILENCE,
    },
    Endpoint {
        kind: "POST-containers-create",
        operations: &["create container"],
        statuses: &[400, 404, 409, 500],
        silence: HEAD_WITHIN,
    },
    Endpoint {
        kind: "POST-containers-attach",
        operations: &["attach to container", "read the output of container"],
        statuses: &[400, 404, 500],
        // Its head is waited for less long than the report of a command that unpacks files.
        silence: UNPACK_SILENCE,
    },
    Endpoint {
        kind: "POST-containers-wait",
        operations: &["wait for container"],
        statuses: &[400, 404, 500],
        silence: jobs::TIMEOUT,
    },
    Endpoint {
        kind: "POST-containers-start",
        operations: &["start container"],
        statuses: &[400, 404, 500],
        silence: START_WITHIN,
    },
    Endpoint {
        kind: "POST-containers-stop",
        operations: &["stop container"],
        statuses: &[404, 500],
        silence: HEAD_WITHIN,
    },
    Endpoint {
        kind: "POST-containers-kill",
        operations: &["kill container"],
        statuses: &[404, 409, 500],
        silence: HEAD_WITHIN,
    },
    Endpoint {
        kind: "POST-containers-exec",
        operations: &["run a command in container"],
        statuses: &[404, 409, 500],
        silence: TERMINATION_GRACE,
    },
    Endpoint {
        kind: "POST-exec-start",
        operations: &["start exec"],
        statuses: &[404, 409],
        silence: TERMINATION_GRACE,
    },
    Endpoint {
        kind: "PUT-containers-archive",
        operations: &["copy files into container"],
        statuses: &[400, 403, 404, 500],
        silence: UPLOAD_SILENCE,
    },
    Endpoint {
        kind: "GET-containers-json",
        operations: &["inspect container"],
        statuses: &[404, 500],
        silence: HEAD_WITHIN,
    },
    Endpoint {
        kind: "GET-containers-logs",
        operations: &["read the log of container"],
        statuses: &[404, 500],
        silence: LOG_WITHIN,
    },
    Endpoint {
        kind: "DELETE-containers",
        operations: &["remove container"],
        statuses: &[400, 404, 409, 500],
        silence: TEARDOWN_WITHIN,
    },
    Endpoint {
        kind: "POST-networks-create",
        operations: &["create network"],
        statuses: &[400, 403, 404, 500],
        silence: HEAD_WITHIN,
    },
    Endpoint {
        kind: "DELETE-networks",
        operations: &["remove network"],
        statuses: &[403, 404, 500],
        silence: TEARDOWN_WITHIN,
    },
    Endpoint {
        kind: "POST-volumes-create",
        operations: &["create volume"],
        statuses: &[500],
        silence: HEAD_WITHIN,
    },
    Endpoint {
        kind: "DELETE-volumes",
        operations: &["remove volume"],
        statuses: &[404, 409, 500],
        silence: TEARDOWN_WITHIN,
    },
];

impl Endpoint {
    pub(crate) fn of(kind: &str) -> &'static Self {
        let found = ENDPOINTS.iter().find(|endpoint| endpoint.kind == kind);
        found.unwrap_or_else(|| panic!("no row for {kind}"))
    }

    /// How much a silent engine may add to the time of a run.
    pub(crate) fn patience_with_silence(&self) -> Duration {
        self.silence + PATIENCE
    }

    /// Whether the job only calls it when its result is known, or to stop processes, so that its failure has no effect on
    /// the result.
    pub(crate) fn follows_the_result(&self) -> bool {
        self.kind.starts_with("DELETE-")
            || matches!(self.kind, "POST-containers-kill" | "POST-containers-stop")
    }

    /// Whether only the time limit of the job ends the wait for a silent engine.
    pub(crate) fn is_limited_by_the_job(&self) -> bool {
        self.silence == jobs::TIMEOUT
    }
}

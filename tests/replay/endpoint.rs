//! What a caller may expect of each endpoint: the statuses of its errors, the operations that its errors name, and how
//! long a silent engine is waited for.

use std::time::Duration;

use crate::jobs;

/// An endpoint, by the name that its recorded exchanges have.
pub(crate) struct Endpoint {
    pub(crate) kind: &'static str,
    /// What the text of an error may begin with, after "cannot".
    pub(crate) operations: &'static [&'static str],
    /// The error statuses that the API documents, in 1.41 or 1.53.
    pub(crate) statuses: &'static [u16],
    /// The longest wait for a silent engine, in seconds.
    stall_seconds: u64,
}

/// Head and body of an ordinary answer have 60 s and 30 s.
const ORDINARY: u64 = 60;
/// The limit of a pull's silence.
const SILENCE: u64 = 900;
/// The limit of a start.
const START: u64 = 120;
/// The limit of the teardown.
const TEARDOWN: u64 = 60;
/// The time limit of the recorded jobs.
const JOB: u64 = jobs::TIMEOUT.as_secs();

/// The most that a fault adds to a run without a silent engine: 10 s for the exit code after the end of the output, or
/// 10 s for the release of a network, or 2 s and 4 s before a pull is repeated.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The most that signals add: 10 s after SIGTERM, 30 s for `after_script`, and 3 s for objects that appear late.
pub(crate) const PATIENCE_WITH_SIGNALS: Duration = Duration::from_secs(10 + 30 + 3);

const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        kind: "GET-_ping",
        operations: &["reach the engine at"],
        statuses: &[500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "GET-images-json",
        operations: &["inspect image"],
        statuses: &[404, 500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "POST-images-create",
        operations: &["pull image"],
        statuses: &[404, 500],
        stall_seconds: SILENCE,
    },
    Endpoint {
        kind: "POST-containers-create",
        operations: &["create container"],
        statuses: &[400, 404, 409, 500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "POST-containers-attach",
        operations: &["attach to container", "read the output of container"],
        statuses: &[400, 404, 500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "POST-containers-wait",
        operations: &["wait for container"],
        statuses: &[400, 404, 500],
        stall_seconds: JOB,
    },
    Endpoint {
        kind: "POST-containers-start",
        operations: &["start container"],
        statuses: &[400, 404, 500],
        stall_seconds: START,
    },
    Endpoint {
        kind: "POST-containers-stop",
        operations: &["stop container"],
        statuses: &[404, 500],
        stall_seconds: ORDINARY + 10,
    },
    Endpoint {
        kind: "POST-containers-kill",
        operations: &["kill container"],
        statuses: &[404, 409, 500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "POST-containers-exec",
        operations: &["run a command in container"],
        statuses: &[404, 409, 500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "POST-exec-start",
        operations: &["start exec"],
        statuses: &[404, 409],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "PUT-containers-archive",
        operations: &["copy files into container"],
        statuses: &[400, 403, 404, 500],
        stall_seconds: JOB,
    },
    Endpoint {
        kind: "GET-containers-json",
        operations: &["inspect container"],
        statuses: &[404, 500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "GET-containers-logs",
        operations: &["read the log of container"],
        statuses: &[404, 500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "DELETE-containers",
        operations: &["remove container"],
        statuses: &[400, 404, 409, 500],
        stall_seconds: TEARDOWN,
    },
    Endpoint {
        kind: "POST-networks-create",
        operations: &["create network"],
        statuses: &[400, 403, 404, 500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "DELETE-networks",
        operations: &["remove network"],
        statuses: &[403, 404, 500],
        stall_seconds: TEARDOWN,
    },
    Endpoint {
        kind: "POST-volumes-create",
        operations: &["create volume"],
        statuses: &[500],
        stall_seconds: ORDINARY,
    },
    Endpoint {
        kind: "DELETE-volumes",
        operations: &["remove volume"],
        statuses: &[404, 409, 500],
        stall_seconds: TEARDOWN,
    },
];

impl Endpoint {
    pub(crate) fn of(kind: &str) -> &'static Self {
        let found = ENDPOINTS.iter().find(|endpoint| endpoint.kind == kind);
        found.unwrap_or_else(|| panic!("no row for {kind}"))
    }

    /// How much a silent engine may add to the time of a run.
    pub(crate) fn patience_with_silence(&self) -> Duration {
        Duration::from_secs(self.stall_seconds) + PATIENCE
    }

    /// Whether only the time limit of the job ends the wait for a silent engine.
    pub(crate) fn is_limited_by_the_job(&self) -> bool {
        self.stall_seconds == JOB
    }
}

//! Every field of the objects that programs read: its type, and what it means.

use super::reason;

/// The states of a job, and of a pipeline.
const STATES: [&str; 10] = [
    "created",
    "manual",
    "scheduled",
    "waiting_for_resource",
    "pending",
    "running",
    "success",
    "failed",
    "canceled",
    "skipped",
];

/// The type of a value.
pub(super) enum FieldType {
    Text,
    /// RFC 3339 in UTC, with milliseconds.
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An integer that is not negative.
    Count,
    Integer,
    Number,
    Boolean,
    List(&'static FieldType),
    Object(&'static [Field]),
    /// `null`, or a value of that type.
    Optional(&'static FieldType),
}

/// A field of an object. All fields are always there.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: FieldType,
    pub(super) meaning: &'static str,
}

/// An object, with the fields that it has beside those of every object of its family.
pub(super) struct ObjectFields {
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) fields: &'static [Field],
}

const fn field(name: &'static str, kind: FieldType, meaning: &'static str) -> Field {
    Field { name, kind, meaning }
}

const VERSION: Field = field(
    "version",
    FieldType::Count,
    "1. It increases if a field is removed or its meaning changes, but not if fields are added",
);
const RUN: Field = field(
    "run",
    FieldType::Optional(&FieldType::Text),
    "the name of the run, as in `runner-lite runs list`; `null` if nothing is stored",
);
const PIPELINE_ID: Field = field("pipeline_id", FieldType::Count, "`CI_PIPELINE_ID`");
const COMMIT: Field = field(
    "commit",
    FieldType::Optional(&FieldType::Text),
    "the commit that is checked out; `null` outside of a repository, or without a commit",
);
const DIRTY: Field = field(
    "dirty",
    FieldType::Optional(&FieldType::Boolean),
    "whether files differ from the commit; `null` if unknown",
);
const JOB: Field = field("job", FieldType::Text, "the name of the job");
const NAME: Field = field("name", FieldType::Text, "the name of the job");
const STAGE: Field = field("stage", FieldType::Text, "the stage of the job");
const NEEDS: Field = field(
    "needs",
    FieldType::Optional(&FieldType::List(&FieldType::Text)),
    "the jobs that this job needs; `null` if it waits for all earlier stages",
);
const REASON: Field = field(
    "reason",
    FieldType::Optional(&FieldType::Word(&reason::WORDS)),
    "why the job has this state; `null` if the state needs no reason",
);
const REASON_JOBS: Field =
    field("reason_jobs", FieldType::List(&FieldType::Text), "the jobs that the reason refers to");
const EXIT_CODE: Field = field(
    "exit_code",
    FieldType::Optional(&FieldType::Integer),
    "the exit code of the script; `null` if the script did not exit, for instance after a timeout",
);
const FILES: Field = field("files", FieldType::Count, "the number of files and symbolic links");
const BYTES: Field = field("bytes", FieldType::Count, "the total size of the files");
const CACHE_BYTES: Field = field(
    "bytes",
    FieldType::Optional(&FieldType::Count),
    "the total size of the files that were restored (`hit`) or stored (`saved`); `null` if no file was transferred",
);
const STATUS: Field = field(
    "status",
    FieldType::Word(&STATES),
    "the state of the pipeline; `manual` and `scheduled` mean that a job blocks it",
);
const HAS_WARNINGS: Field =
    field("has_warnings", FieldType::Boolean, "whether a job failed that is allowed to fail");
const CODE: Field = field("code", FieldType::Count, "the exit code of the program");
const WALL: Field = field("wall_ms", FieldType::Count, "the duration of the run, in milliseconds");

/// The fields of every event.
pub(super) const OF_EVENTS: [Field; 4] = [
    VERSION,
    field("t", FieldType::Time, "the time of the event"),
    RUN,
    field("type", FieldType::Text, "the type of the event"),
];

/// The types of events.
pub(super) const EVENTS: [ObjectFields; 6] = [
    ObjectFields {
        name: "run_started",
        meaning: "A run begins. It is the first event",
        fields: &[
            PIPELINE_ID,
            COMMIT,
            DIRTY,
            field("slots", FieldType::Count, "the maximum number of jobs that run at the same time"),
            field(
                "jobs",
                FieldType::List(&FieldType::Object(&STARTED_JOB)),
                "the jobs, in the order of the pipeline",
            ),
        ],
    },
    ObjectFields {
        name: "job_state",
        meaning: "The state of a job has changed",
        fields: &[
            JOB,
            field("attempt", FieldType::Count, "the number of the attempt to run the job, from 1"),
            field("from", FieldType::Word(&STATES), "the old state"),
            field("to", FieldType::Word(&STATES), "the new state"),
            REASON,
            REASON_JOBS,
            EXIT_CODE,
            field("will_retry", FieldType::Boolean, "whether the attempt has failed and will be repeated"),
        ],
    },
    ObjectFields {
        name: "job_line",
        meaning: "A line of a job's log; only with `--events-lines`. A line of more than 16 KiB is split into several \
                  events. A line that is overwritten repeatedly, such as a progress bar, is sent in its last state",
        fields: &[
            JOB,
            field(
                "source",
                FieldType::Word(&["output", "runner", "service"]),
                "`output`: the job's commands; `runner`: runner-lite; `service`: a service, if the log shows its output",
            ),
            field("text", FieldType::Text, "the line without its line break; invalid UTF-8 is replaced"),
        ],
    },
    ObjectFields {
        name: "cache",
        meaning: "A cache was looked up before a job or stored after it",
        fields: &[
            JOB,
            field("key", FieldType::Text, "the key of the cache"),
            field(
                "result",
                FieldType::Word(&["hit", "miss", "saved", "unchanged", "not_saved"]),
                "`hit` or `miss` for a lookup; `saved`, `unchanged` or `not_saved` after the job",
            ),
            CACHE_BYTES,
        ],
    },
    ObjectFields {
        name: "artifacts",
        meaning: "Artifacts of a job were stored",
        fields: &[
            JOB,
            field("kind", FieldType::Text, "`archive`, or the type of a report, such as `junit`"),
            FILES,
            BYTES,
        ],
    },
    ObjectFields {
        name: "run_finished",
        meaning: "The run has ended. It is the last event",
        fields: &[STATUS, CODE, HAS_WARNINGS, WALL],
    },
];

const STARTED_JOB: [Field; 4] = [
    NAME,
    STAGE,
    NEEDS,
    field(
        "when",
        FieldType::Word(&["on_success", "on_failure", "always", "manual", "delayed", "never"]),
        "when the job starts",
    ),
];

/// The object of `--report`.
pub(super) const REPORT: ObjectFields = ObjectFields {
    name: "report",
    meaning: "The result of the run",
    fields: &[
        VERSION,
        RUN,
        PIPELINE_ID,
        COMMIT,
        DIRTY,
        STATUS,
        HAS_WARNINGS,
        CODE,
        field("started", FieldType::Time, "when the run began"),
        WALL,
        field(
            "jobs",
            FieldType::List(&FieldType::Object(&REPORTED_JOB)),
            "the jobs, in the order of the pipeline",
        ),
    ],
};

const REPORTED_JOB: [Field; 14] = [
    NAME,
    STAGE,
    field("state", FieldType::Word(&STATES), "the state of the job"),
    REASON,
    REASON_JOBS,
    EXIT_CODE,
    field("allow_failure", FieldType::Boolean, "whether the job failed and `allow_failure` covers it"),
    field("attempts", FieldType::Count, "the number of attempts; 0 if the job did not run"),
    field(
        "started",
        FieldType::Optional(&FieldType::Time),
        "when the first attempt began; `null` if the job did not run",
    ),
    field("duration_ms", FieldType::Count, "the total duration of all attempts, in milliseconds"),
    NEEDS,
    field(
        "artifacts",
        FieldType::Optional(&FieldType::Object(&[FILES, BYTES])),
        "the archive of artifacts; `null` if none is stored",
    ),
    field("coverage", FieldType::Optional(&FieldType::Number), "the number that `coverage` found in the log"),
    field("log", FieldType::Optional(&FieldType::Text), "the path of the log; `null` if nothing is stored"),
];

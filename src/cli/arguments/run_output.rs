//! The arguments about what programs read of a run.

use std::path::PathBuf;

use clap::ValueHint;

use crate::cli::arguments::values::JobLogsArgument;

/// The argument about the logs of jobs that may run at the same time.
#[derive(Debug, clap::Args)]
pub struct JobLogsArgs {
    /// Which logs of jobs are printed, and when
    #[arg(long, value_name = "LOGS", default_value = "prefix", hide_short_help = true)]
    pub output: JobLogsArgument,
}

/// The argument about the output of services.
#[derive(Debug, clap::Args)]
pub struct ServiceLogsArgs {
    /// Show the output of services
    ///
    /// Each line begins with the names of its service, as with the variable CI_DEBUG_SERVICES. Without the option,
    /// `logs JOB --service NAME` prints it.
    #[arg(long, hide_short_help = true)]
    pub service_logs: bool,
}

/// The arguments about the services of jobs.
#[derive(Debug, clap::Args)]
pub struct ServiceArgs {
    /// Fail the job if a service exits before the script ends
    ///
    /// The script still runs to its end. Without the option, the exit is only a warning.
    #[arg(long, hide_short_help = true)]
    pub fail_on_service: bool,
    #[command(flatten)]
    pub logs: ServiceLogsArgs,
    #[command(flatten)]
    pub health: HealthCheckArgs,
}

/// The argument about the checks that images bring.
#[derive(Debug, clap::Args)]
pub struct HealthCheckArgs {
    /// Wait for the HEALTHCHECK of services whose images have one
    ///
    /// The check runs every quarter of a second, within the time limit of services. A port has to accept connections, too,
    /// unless the image declares none or `--probe off` is given. docs/services.md says more.
    #[arg(long, hide_short_help = true)]
    pub healthcheck: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "For programs")]
pub struct RunOutputArgs {
    /// Write events as JSON, one on each line; `-` is standard output
    ///
    /// With `-`, the log goes to standard error. docs/events.md describes the events.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub events: Option<PathBuf>,
    /// Also write each line of the jobs' logs as an event
    #[arg(long, requires = "events", hide_short_help = true)]
    pub events_lines: bool,
    /// Write how the run and its jobs ended, as JSON
    ///
    /// The file is written whatever the result is. docs/events.md describes it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub report: Option<PathBuf>,
    /// Write how the run and its jobs ended, as JUnit XML
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub junit: Option<PathBuf>,
    /// Show how long each phase and engine call took
    ///
    /// The table follows the log, on standard error. With FILE, trace events for Perfetto and
    /// chrome://tracing are written instead.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, num_args = 0..=1, require_equals = true)]
    #[arg(hide_short_help = true)]
    pub timings: Option<Option<PathBuf>>,
}

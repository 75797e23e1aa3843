//! The options about the services of jobs.

use crate::cli::arguments::{HealthCheckArgs, ServiceArgs, ServiceLogsArgs};
use crate::executor::service::settings::{Readiness, ServiceExitEffect, ServiceLogUse, ServiceSettings};

/// What the user has decided about services.
pub(super) fn service_settings(args: &ServiceArgs) -> ServiceSettings {
    let exit_effect = match args.fail_on_service {
        true => ServiceExitEffect::Failure,
        false => ServiceExitEffect::Warning,
    };
    ServiceSettings { exit_effect, ..settings_before_script(&args.health, &args.logs) }
}

/// What the user has decided about services other than what follows from their end.
pub(super) fn settings_before_script(health: &HealthCheckArgs, logs: &ServiceLogsArgs) -> ServiceSettings {
    let readiness = match health.healthcheck {
        true => Readiness::HealthCheck,
        false => Readiness::Ports,
    };
    let logs = match logs.service_logs {
        true => ServiceLogUse::Always,
        false => ServiceLogUse::AsJobAsks,
    };
    ServiceSettings { readiness, logs, ..ServiceSettings::default() }
}

//! The options about the services of jobs.

use crate::cli::arguments::{HealthCheckArgs, ServiceArgs};
use crate::executor::service::settings::{Readiness, ServiceExitEffect, ServiceSettings};

/// What the user has decided about services.
pub(super) fn service_settings(args: &ServiceArgs) -> ServiceSettings {
    let exit_effect = match args.fail_on_service {
        true => ServiceExitEffect::Failure,
        false => ServiceExitEffect::Warning,
    };
    ServiceSettings { exit_effect, readiness: readiness(&args.health) }
}

/// What the user wants services to be ready for, without further decisions.
pub(super) fn readiness(args: &HealthCheckArgs) -> Readiness {
    match args.healthcheck {
        true => Readiness::HealthCheck,
        false => Readiness::Ports,
    }
}

//! The options about the services of jobs.

use crate::cli::arguments::ServiceArgs;
use crate::executor::service::settings::{ServiceExitEffect, ServiceSettings};

/// What the user has decided about services.
pub(super) fn service_settings(args: &ServiceArgs) -> ServiceSettings {
    let exit_effect = match args.fail_on_service {
        true => ServiceExitEffect::Failure,
        false => ServiceExitEffect::Warning,
    };
    ServiceSettings { exit_effect }
}

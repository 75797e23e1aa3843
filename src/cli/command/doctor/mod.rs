//! `runner-lite doctor`: checks whether this host can run jobs, and advises what to do if not.

mod checks;
mod engine_queries;

use crate::cli::command_error::CommandError;
use crate::cli::exit_code;
use crate::cli::options::{DoctorOptions, Format};
use crate::cli::runtime::block_on;
use crate::report::console;
use crate::report::doctor::{CheckState, json, text};

/// Runs `doctor` and returns its exit code.
pub fn run(options: DoctorOptions) -> Result<u8, CommandError> {
    let DoctorOptions { engine, credentials, format, style } = options;
    let mut all = block_on(engine_queries::check_engine(engine))?;
    all.push(checks::check_credentials(&credentials));
    console::answer(match format {
        Format::Text => text(&all, style),
        Format::Json => json(&all).into(),
    });
    let has_failed = all.iter().any(|check| check.state == CheckState::Failed);
    Ok(if has_failed { exit_code::CHECK_FAILED } else { exit_code::PASSED })
}

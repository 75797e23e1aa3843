//! Exit codes: a part of the interface, listed in `--help` and in docs/exit-codes.md.

use crate::cli::command_error::CommandErrorKind;
use crate::executor::image::prefetch::PrefetchOutcome;
use crate::executor::outcome::{Allowed, Failure, JobOutcome};
use crate::executor::shutdown::Signal;

/// The command did its work; a job passed, or failed with `allow_failure`.
pub const PASSED: u8 = 0;
/// The job failed.
pub const JOB_FAILED: u8 = 1;
/// `auth`: no credentials apply to the image.
pub const NO_CREDENTIALS: u8 = 1;
/// `clean`: the user did not agree to the removal.
pub const NOT_AGREED: u8 = 1;
/// `doctor`: a check failed.
pub const CHECK_FAILED: u8 = 1;
/// `include fetch --check`: a copy is missing or outdated (like `git diff --exit-code`).
pub const OUTDATED: u8 = 1;
/// An argument is wrong.
pub const USAGE: u8 = 2;
/// The pipeline file is invalid.
pub const INVALID_CONFIGURATION: u8 = 3;
/// `pipeline --fail-blocked`: a manual or delayed job blocks the pipeline, and nothing has failed.
pub const BLOCKED: u8 = 4;
/// The engine or the runner failed. `git bisect run` skips a commit on this code.
pub const SYSTEM_FAILED: u8 = 125;
/// Added to the number of a signal that ended the program: 130 after Ctrl-C.
pub const SIGNAL: u8 = 128;

/// The exit code of `exec` if a script fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptExitCode {
    /// [`JOB_FAILED`].
    One,
    /// The script's own (`--exit-code script`).
    Own,
}

/// The exit code of `exec`.
pub fn of_job(outcome: &JobOutcome, of_script: ScriptExitCode) -> u8 {
    match outcome {
        JobOutcome::Failed(Failure::Interrupted(signal), _) => of_signal(*signal),
        JobOutcome::Passed | JobOutcome::Failed(_, Allowed::Yes) => PASSED,
        JobOutcome::Failed(Failure::Script { exit_code, .. }, Allowed::No)
            if of_script == ScriptExitCode::Own =>
        {
            u8::try_from(*exit_code).unwrap_or(JOB_FAILED)
        }
        JobOutcome::Failed(failure, Allowed::No) if failure.is_the_scripts() => JOB_FAILED,
        JobOutcome::Failed(_, Allowed::No) => SYSTEM_FAILED,
    }
}

/// The exit code of `pull`.
pub fn of_prefetch(outcome: PrefetchOutcome) -> u8 {
    match outcome {
        PrefetchOutcome::Complete => PASSED,
        PrefetchOutcome::Incomplete => SYSTEM_FAILED,
        PrefetchOutcome::Interrupted(signal) => of_signal(signal),
    }
}

/// The exit code of a command that `signal` stopped.
pub fn of_signal(signal: Signal) -> u8 {
    SIGNAL.saturating_add(signal.number())
}

/// The exit code of a command that stopped with an error.
pub fn of_error(kind: CommandErrorKind) -> u8 {
    match kind {
        CommandErrorKind::Job => JOB_FAILED,
        CommandErrorKind::Usage => USAGE,
        CommandErrorKind::InvalidConfiguration => INVALID_CONFIGURATION,
        CommandErrorKind::System => SYSTEM_FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_own_code_is_given_only_where_it_was_asked_for_and_counts() {
        let failed = |failure, allowed| of_job(&JobOutcome::Failed(failure, allowed), ScriptExitCode::Own);
        assert_eq!(failed(Failure::script(42), Allowed::No), 42);
        assert_eq!(failed(Failure::script(42), Allowed::Yes), 0);
        assert_eq!(failed(Failure::script(4242), Allowed::No), 1);
        let after = std::time::Duration::from_secs(1);
        assert_eq!(failed(Failure::ScriptTimeout { after }, Allowed::No), 1);
        assert_eq!(failed(Failure::Interrupted(Signal::Interrupt), Allowed::No), 130);
    }

    #[test]
    fn an_allowed_failure_passes_and_an_interrupted_job_does_not() {
        let failed = |failure, allowed| of_job(&JobOutcome::Failed(failure, allowed), ScriptExitCode::One);
        assert_eq!(of_job(&JobOutcome::Passed, ScriptExitCode::One), 0);
        assert_eq!(failed(Failure::script(42), Allowed::No), 1);
        assert_eq!(failed(Failure::script(42), Allowed::Yes), 0);
        let clear = || Failure::Clear { project_dir: "/builds/g/p".to_owned(), exit_code: 1 };
        assert_eq!(failed(clear(), Allowed::No), 125);
        assert_eq!(failed(clear(), Allowed::Yes), 0);
        assert_eq!(failed(Failure::Interrupted(Signal::Terminate), Allowed::No), 143);
        assert_eq!(of_prefetch(PrefetchOutcome::Incomplete), 125);
        assert_eq!(of_prefetch(PrefetchOutcome::Interrupted(Signal::Interrupt)), 130);
    }
}

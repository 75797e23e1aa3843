//! Exit codes: a part of the interface, listed in `--help` and in the README.

use crate::executor::outcome::Verdict;

/// The job passed, or failed with `allow_failure`.
pub const PASSED: u8 = 0;
/// The job failed.
pub const JOB_FAILED: u8 = 1;
/// `auth`: there are none for the image.
pub const NO_CREDENTIALS: u8 = 1;
/// `clean`: something is to be removed, and nobody has agreed.
pub const NOT_AGREED: u8 = 1;
/// `doctor`: something is in the way of jobs.
pub const UNFIT: u8 = 1;
/// What was typed makes no sense.
pub const USAGE: u8 = 2;
/// The pipeline file makes no sense.
pub const INVALID_CONFIGURATION: u8 = 3;
/// The engine or the runner failed; `git bisect run` skips a commit on this one.
pub const SYSTEM_FAILED: u8 = 125;
/// Added to a signal's number: 130 after Ctrl-C.
pub const SIGNAL: u8 = 128;

/// The table of `--help`.
pub const TABLE: &str = "Exit codes:
  0    the job passed, or failed with allow_failure
  1    the job failed
  2    wrong usage
  3    the pipeline file is invalid
  125  the engine or runner-lite failed, or an image is not to be had
  129, 130, 141, 143
       stopped: terminal closed, Ctrl-C, log's reader gone, SIGTERM";

/// The exit code of a run.
pub fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Passed => PASSED,
        Verdict::JobFailed => JOB_FAILED,
        Verdict::SystemFailed => SYSTEM_FAILED,
        Verdict::Interrupted(signal) => SIGNAL.saturating_add(signal.number()),
    }
}

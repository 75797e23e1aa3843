//! The line that says how a job ended, and where it belongs.

use super::style::{Colour, Style};
use crate::executor::outcome::{Allowed, Failure, JobOutcome, chain};

/// Where a result is written: the job's own failure is part of its log, the runner's is for standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// With the job's log.
    Log,
    /// Standard error.
    Stderr,
}

/// The result's text and place.
pub fn line(outcome: &JobOutcome, style: Style) -> (Place, String) {
    let (failure, allowed) = match outcome {
        JobOutcome::Passed => return (Place::Log, style.paint(Colour::BoldGreen, "Job succeeded")),
        JobOutcome::Failed(failure, allowed) => (failure, *allowed),
    };
    let kind = if failure.is_system() { " (system failure)" } else { "" };
    let text = style.paint(Colour::BoldRed, &format!("ERROR: Job failed{kind}: {}", chain(failure)));
    let text = match allowed {
        Allowed::Yes => {
            format!("{text}\n{}", style.paint(Colour::Yellow, "WARNING: the job is allowed to fail"))
        }
        Allowed::No => text,
    };
    let place = match failure {
        Failure::Interrupted(_) => Place::Log,
        failure if failure.is_the_scripts() => Place::Log,
        _ => Place::Stderr,
    };
    (place, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::error::{EngineError, EngineErrorKind};

    fn check(outcome: JobOutcome, place: Place, text: &str) {
        assert_eq!(line(&outcome, Style::Plain), (place, text.to_owned()));
    }

    #[test]
    fn results_read_as_gitlab_writes_them() {
        check(JobOutcome::Passed, Place::Log, "Job succeeded");
        let failure = Failure::Script { exit_code: 42 };
        check(JobOutcome::Failed(failure, Allowed::No), Place::Log, "ERROR: Job failed: exit code 42");
        let failure = Failure::Script { exit_code: 1 };
        let text = "ERROR: Job failed: exit code 1\nWARNING: the job is allowed to fail";
        check(JobOutcome::Failed(failure, Allowed::Yes), Place::Log, text);
    }

    #[test]
    fn an_engines_error_names_operation_subject_and_the_engines_words() {
        let kind = EngineErrorKind::Status { status: 409, message: "name in use".to_owned() };
        let error = EngineError { operation: "create container", subject: "x".to_owned(), kind };
        let text = "ERROR: Job failed (system failure): cannot create container `x`: the engine answered 409: name in use";
        check(JobOutcome::Failed(Failure::Engine(error), Allowed::No), Place::Stderr, text);
    }
}

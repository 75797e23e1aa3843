//! The line that says how a job ended, and the stream that it goes to.

use super::style::{Colour, Style};
use super::terminal_text::TerminalText;
use crate::error_chain::chain;
use crate::executor::outcome::{Allowed, Failure, JobOutcome};

/// The stream that a result goes to: a failure of the job belongs to its log, one of the runner to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultStream {
    /// The job's log.
    Log,
    /// Standard error.
    Stderr,
}

/// Formats the result, and chooses its stream.
pub fn line(outcome: &JobOutcome, style: Style) -> (ResultStream, TerminalText) {
    let (failure, allowed) = match outcome {
        JobOutcome::Passed => return (ResultStream::Log, style.paint(Colour::BoldGreen, "Job succeeded")),
        JobOutcome::Failed(failure, allowed) => (failure, *allowed),
    };
    let kind = if failure.is_system() { " (system failure)" } else { "" };
    let mut text = style.paint(Colour::BoldRed, &format!("ERROR: Job failed{kind}: {}", chain(failure)));
    if allowed == Allowed::Yes {
        text.push("\n");
        text.append(&style.paint(Colour::Yellow, "WARNING: the job is allowed to fail"));
    }
    let stream = match failure {
        Failure::Interrupted(_) => ResultStream::Log,
        failure if failure.is_the_scripts() => ResultStream::Log,
        _ => ResultStream::Stderr,
    };
    (stream, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::error::{EngineError, EngineErrorKind};

    fn check(outcome: JobOutcome, stream: ResultStream, text: &str) {
        assert_eq!(line(&outcome, Style::Plain), (stream, text.into()));
    }

    #[test]
    fn results_have_gitlab_runners_wording() {
        check(JobOutcome::Passed, ResultStream::Log, "Job succeeded");
        let failure = Failure::Script { exit_code: 42 };
        check(JobOutcome::Failed(failure, Allowed::No), ResultStream::Log, "ERROR: Job failed: exit code 42");
        let failure = Failure::Script { exit_code: 1 };
        let text = "ERROR: Job failed: exit code 1\nWARNING: the job is allowed to fail";
        check(JobOutcome::Failed(failure, Allowed::Yes), ResultStream::Log, text);
    }

    #[test]
    fn an_engine_error_names_the_operation_the_object_and_the_engines_message() {
        let kind = EngineErrorKind::Status { status: 409, message: "name in use".to_owned() };
        let error = EngineError { operation: "create container", subject: "x".to_owned(), kind };
        let text = "ERROR: Job failed (system failure): cannot create container `x`: the engine answered 409: name in use";
        check(JobOutcome::Failed(Failure::Engine(error), Allowed::No), ResultStream::Stderr, text);
    }
}

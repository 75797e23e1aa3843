//! The line that says how a job ended, and the stream that it goes to.

use super::hint_text::{self, hint_text};
use super::mask::Mask;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;
use crate::error_chain::chain;
use crate::executor::failed_command::FailedCommand;
use crate::executor::outcome::{Allowed, Failure, JobOutcome};

/// How much of a command is shown: it tells commands apart, and a line of a terminal is not much longer.
const COMMAND_CHARS_MAX: usize = 120;

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

/// The line about the command that failed, if it is known.
pub fn failed_command(outcome: &JobOutcome, mask: &Mask) -> Option<String> {
    let Some(Failure::Script { exit_code, command: Some(command), .. }) = outcome.failure() else {
        return None;
    };
    Some(format!("error: command failed (exit {exit_code}) {}", place_and_text(command, mask)))
}

/// Where a command is, and the command. The text is masked before it is cut: a part of a secret is not recognised.
pub fn place_and_text(command: &FailedCommand, mask: &Mask) -> String {
    let place = match &command.place {
        Some(place) => format!("at {place}"),
        None => "in a script of the runner's configuration".to_owned(),
    };
    let text = mask.text(&command.text);
    let shown: String = text.chars().take(COMMAND_CHARS_MAX).collect();
    let rest = if shown.len() < text.len() || command.more_lines > 0 { " ..." } else { "" };
    format!("{place}: {shown}{rest}")
}

/// The line about what may help.
pub fn hint(outcome: &JobOutcome) -> Option<String> {
    let text = match outcome.failure()? {
        Failure::Script { hint, .. } => hint_text(hint.as_ref()?),
        failure => hint_text::of_failure(failure)?.to_owned(),
    };
    Some(format!("hint: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::error::{EngineError, EngineErrorKind};
    use crate::executor::failed_command::CommandPlace;
    use crate::secret::Secret;

    fn check(outcome: JobOutcome, stream: ResultStream, text: &str) {
        assert_eq!(line(&outcome, Style::Plain), (stream, text.into()));
    }

    #[test]
    fn the_command_that_failed_is_told_with_its_place() {
        let line = |text: &str, more_lines, place| {
            let command = FailedCommand { text: text.to_owned(), more_lines, place };
            let failure = Failure::Script { exit_code: 1, command: Some(Box::new(command)), hint: None };
            failed_command(&JobOutcome::Failed(failure, Allowed::No), &Mask::default()).unwrap()
        };
        let place = |first, last| Some(CommandPlace { file: ".gitlab-ci.yml".to_owned(), first, last });
        assert_eq!(
            line("cat /no/such/file", 0, place(58, 58)),
            "error: command failed (exit 1) at .gitlab-ci.yml:58: cat /no/such/file"
        );
        assert_eq!(
            line("if a; then", 2, place(5, 7)),
            "error: command failed (exit 1) at .gitlab-ci.yml:5-7: if a; then ..."
        );
        assert_eq!(
            line("a", 0, None),
            "error: command failed (exit 1) in a script of the runner's configuration: a"
        );
        let long = line(&"é".repeat(200), 0, None);
        assert!(long.ends_with(&format!(": {} ...", "é".repeat(COMMAND_CHARS_MAX))), "{long}");
        assert_eq!(failed_command(&JobOutcome::Passed, &Mask::default()), None);
    }

    #[test]
    fn a_secret_where_the_command_is_cut_is_masked() {
        let mut mask = Mask::default();
        mask.add(&[Secret::new("hunter22-hunter22")]);
        let text = format!("{}hunter22-hunter22", "a".repeat(COMMAND_CHARS_MAX - 5));
        let command = FailedCommand { text, more_lines: 0, place: None };
        let failure = Failure::Script { exit_code: 1, command: Some(Box::new(command)), hint: None };
        let line = failed_command(&JobOutcome::Failed(failure, Allowed::No), &mask).unwrap();
        assert!(line.ends_with("a[MASK ..."), "{line}");
    }

    #[test]
    fn results_have_gitlab_runners_wording() {
        check(JobOutcome::Passed, ResultStream::Log, "Job succeeded");
        let failure = Failure::script(42);
        check(JobOutcome::Failed(failure, Allowed::No), ResultStream::Log, "ERROR: Job failed: exit code 42");
        let failure = Failure::script(1);
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

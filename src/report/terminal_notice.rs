//! The lines about a terminal in a job's container.

use super::mask::Mask;
use super::result::place_and_text;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;
use crate::executor::failed_command::FailedCommand;
use crate::executor::terminal_notice::TerminalNotice;

/// What opens it, what it waits for, or why it could not be opened. A command is shown masked.
pub(super) fn terminal_notice(notice: &TerminalNotice, mask: &Mask, style: Style) -> TerminalText {
    match notice {
        TerminalNotice::Waits { exit_code, command, holder } => {
            let mut text = failure(*exit_code, command.as_ref(), mask, style);
            let line = format!("A shell opens in the job's container after the shell of `{holder}`.");
            text.append(&TerminalText::line(&line));
            text
        }
        TerminalNotice::AfterFailure { exit_code, command, followers } => {
            let mut text = failure(*exit_code, command.as_ref(), mask, style);
            let line = "A shell opens in the job's container; after it, the job ends.";
            text.append(&TerminalText::line(line));
            if !followers.is_empty() {
                let names: Vec<String> = followers.iter().map(|name| format!("`{name}`")).collect();
                text.push("\n");
                text.append(&TerminalText::line(&format!("Waiting for the terminal: {}", names.join(", "))));
            }
            text
        }
        TerminalNotice::Failed { error } => {
            let line = format!("WARNING: cannot open a shell in the container: {error}");
            style.paint(Colour::Yellow, &line)
        }
    }
}

/// The line about the command that failed, with its line break.
fn failure(exit_code: i64, command: Option<&FailedCommand>, mask: &Mask, style: Style) -> TerminalText {
    let command = command.map(|command| format!(" {}", place_and_text(command, mask)));
    let failed = format!("error: command failed (exit {exit_code}){}", command.unwrap_or_default());
    let mut text = style.paint(Colour::BoldRed, &failed);
    text.push("\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_name_the_command_and_the_reason() {
        let text = |notice| terminal_notice(&notice, &Mask::default(), Style::Plain).as_str().to_owned();
        let command = FailedCommand { text: "make test".to_owned(), more_lines: 1, place: None };
        let (holder, followers) = ("lint".to_owned(), Vec::new());
        let waits = TerminalNotice::Waits { exit_code: 2, command: Some(command.clone()), holder };
        insta::assert_snapshot!(text(waits), @r"
        error: command failed (exit 2) in a script of the runner's configuration: make test ...
        A shell opens in the job's container after the shell of `lint`.
        ");
        let opens = TerminalNotice::AfterFailure { exit_code: 2, command: Some(command), followers };
        insta::assert_snapshot!(text(opens), @r"
        error: command failed (exit 2) in a script of the runner's configuration: make test ...
        A shell opens in the job's container; after it, the job ends.
        ");
        let followers = vec!["lint".to_owned(), "unit".to_owned()];
        let opens = TerminalNotice::AfterFailure { exit_code: 137, command: None, followers };
        insta::assert_snapshot!(text(opens), @r"
        error: command failed (exit 137)
        A shell opens in the job's container; after it, the job ends.
        Waiting for the terminal: `lint`, `unit`
        ");
        insta::assert_snapshot!(text(TerminalNotice::Failed { error: "x".to_owned() }), @"WARNING: cannot open a shell in the container: x");
    }
}

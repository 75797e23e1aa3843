//! The lines about a terminal in a job's container.

use super::mask::Mask;
use super::result::place_and_text;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;
use crate::executor::terminal_notice::TerminalNotice;

/// What opens it, or why it could not be opened. A command is shown masked.
pub(super) fn terminal_notice(notice: &TerminalNotice, mask: &Mask, style: Style) -> TerminalText {
    match notice {
        TerminalNotice::AfterFailure { exit_code, command } => {
            let command = command.as_ref().map(|command| format!(" {}", place_and_text(command, mask)));
            let failed = format!("error: command failed (exit {exit_code}){}", command.unwrap_or_default());
            let mut text = style.paint(Colour::BoldRed, &failed);
            text.push("\n");
            text.append(&TerminalText::line("A shell opens in the job's container; after it, the job ends."));
            text
        }
        TerminalNotice::Failed { error } => {
            style.paint(Colour::Yellow, &format!("WARNING: no terminal: {error}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::failed_command::FailedCommand;

    #[test]
    fn the_lines_name_the_command_and_the_reason() {
        let text = |notice| terminal_notice(&notice, &Mask::default(), Style::Plain).as_str().to_owned();
        let command = FailedCommand { text: "make test".to_owned(), more_lines: 1, place: None };
        insta::assert_snapshot!(text(TerminalNotice::AfterFailure { exit_code: 2, command: Some(command) }), @r"
        error: command failed (exit 2) in a script of the runner's configuration: make test ...
        A shell opens in the job's container; after it, the job ends.
        ");
        insta::assert_snapshot!(text(TerminalNotice::AfterFailure { exit_code: 137, command: None }), @r"
        error: command failed (exit 137)
        A shell opens in the job's container; after it, the job ends.
        ");
        insta::assert_snapshot!(text(TerminalNotice::Failed { error: "x".to_owned() }), @"WARNING: no terminal: x");
    }
}

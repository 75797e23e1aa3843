//! The command of a script that failed, as far as the shell has reported it. Pure.

use std::fmt;

use super::script_lines::ScriptLines;
use super::shell_message::shell_message;
use crate::plan::job_plan::ScriptItem;

/// Where a script is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptPosition {
    /// The command that has begun last, from 0.
    pub command: usize,
    /// The line of the command that failed, from 0; `None` if the shell has not reported it.
    pub line: Option<usize>,
}

/// The exit codes with which a shell ends because it cannot do what a line says: wrong syntax or a builtin command that
/// fails, a file that is not executable, and a missing command.
const SHELL_GAVE_UP: [i64; 3] = [2, 126, 127];

impl ScriptPosition {
    /// The position with the line that the shell's own message names, if it has reported none and output that ends with
    /// `tail` ends with such a message.
    pub fn with_line_of_message(self, exit_code: i64, tail: &str, lines: &ScriptLines) -> Self {
        let last = || tail.lines().rev().find(|line| !line.trim().is_empty());
        if self.line.is_some() || !SHELL_GAVE_UP.contains(&exit_code) {
            return self;
        }
        let named = last().and_then(|line| shell_message(line, lines)).map(|message| message.line);
        let line = named.filter(|line| line.command == self.command).map(|line| line.index);
        Self { line, ..self }
    }
}

/// The command whose failure ended a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCommand {
    /// The line that failed, or the first line of the command if the shell has not reported which one did.
    pub text: String,
    /// How many further lines the command has, of which any may have failed.
    pub more_lines: usize,
    /// Where it is written; `None` for a command of the runner's configuration.
    pub place: Option<CommandPlace>,
}

/// Lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandPlace {
    /// The name of the file in messages.
    pub file: String,
    /// The first line, from 1.
    pub first: usize,
    /// The last line.
    pub last: usize,
}

impl FailedCommand {
    /// The command at this position of a script that consists of `items`.
    pub fn at(position: ScriptPosition, items: &[ScriptItem]) -> Option<Self> {
        let item = items.get(position.command)?;
        let lines: Vec<&str> = item.text.lines().collect();
        let known = position.line.filter(|index| lines.get(*index).is_some_and(|line| is_command(line)));
        let text = lines.get(known.unwrap_or(0)).map(|line| line.trim()).unwrap_or_default();
        let place = item.place.as_ref().and_then(|place| {
            let first = *place.lines.get(known.unwrap_or(0))?;
            let last = known.map_or_else(|| place.lines.last().copied(), |_| Some(first))?;
            Some(CommandPlace { file: place.file.clone(), first, last: last.max(first) })
        });
        let more_lines = if known.is_some() { 0 } else { lines.len().saturating_sub(1) };
        Some(Self { text: text.to_owned(), more_lines, place })
    }
}

impl fmt::Display for CommandPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.first)?;
        if self.last > self.first { write!(out, "-{}", self.last) } else { Ok(()) }
    }
}

/// Whether a line can be what failed. `bash` gives the last line of a compound command, which says nothing.
fn is_command(line: &str) -> bool {
    let word = line.trim().split([' ', ';', '|', '&', '>', '<']).next().unwrap_or_default();
    !matches!(word, "" | ")" | "}" | "fi" | "done" | "esac" | "then" | "else" | "do")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::job_plan::ItemPlace;

    fn check(command: usize, line: Option<usize>, expect: &str) {
        let place = |lines: &[usize]| Some(ItemPlace { file: "ci.yml".to_owned(), lines: lines.to_vec() });
        let item = |text: &str, place| ScriptItem { text: text.to_owned(), place };
        let items = [
            item("make", place(&[3])),
            item("if true; then\n  false\nfi", place(&[5, 6, 7])),
            item("a\nb", place(&[9, 9])),
            item("of the runner", None),
        ];
        let shown = FailedCommand::at(ScriptPosition { command, line }, &items).map(|failed| {
            let place = failed.place.map(|place| place.to_string()).unwrap_or_default();
            format!("{place}: {} +{}", failed.text, failed.more_lines)
        });
        assert_eq!(shown.unwrap_or_default(), expect, "{command} {line:?}");
    }

    #[test]
    fn a_line_that_the_shell_reports_is_named_alone() {
        check(0, None, "ci.yml:3: make +0");
        check(0, Some(0), "ci.yml:3: make +0");
        check(1, Some(1), "ci.yml:6: false +0");
        check(2, Some(1), "ci.yml:9: b +0");
    }

    #[test]
    fn without_a_line_the_whole_command_is_named() {
        check(1, None, "ci.yml:5-7: if true; then +2");
        check(2, None, "ci.yml:9: a +1");
        check(3, None, ": of the runner +0");
    }

    #[test]
    fn the_line_in_the_last_message_of_a_shell_that_reports_none_is_the_one_that_failed() {
        let place = ItemPlace { file: "ci.yml".to_owned(), lines: vec![7, 8] };
        let item = ScriptItem { text: "first\nfoo".to_owned(), place: Some(place) };
        let lines = ScriptLines::new(0, [(10, &item), (20, &item)]);
        let check = |command, line, exit_code, tail: &str, expect| {
            let position = ScriptPosition { command, line }.with_line_of_message(exit_code, tail, &lines);
            assert_eq!(position, ScriptPosition { command, line: expect }, "{exit_code}: {tail}");
        };
        let missing = "first\n/bin/sh: eval: line 21: foo: not found\n\n";
        check(1, None, 127, missing, Some(1));
        check(1, Some(0), 127, missing, Some(0));
        // Another command has said it, which was not the last one or has not ended the script.
        check(0, None, 127, missing, None);
        check(1, None, 1, missing, None);
        check(1, None, 127, &format!("{missing}more"), None);
        check(1, None, 127, "", None);
    }

    #[test]
    fn the_end_of_a_compound_command_is_no_command() {
        check(1, Some(2), "ci.yml:5-7: if true; then +2");
        for line in [")", "}", "fi", "done", "done < file", "  esac", "fi; exit", ""] {
            assert!(!is_command(line), "{line}");
        }
        assert!(is_command("firefox") && is_command("done_it"));
    }

    #[test]
    fn a_position_that_does_not_exist_is_no_command() {
        check(4, None, "");
        check(0, Some(7), "ci.yml:3: make +0");
    }
}

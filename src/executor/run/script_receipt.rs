//! What a container's standard error says about its script: whether a shell was started, and received all of it. Pure.

use bytes::{Bytes, BytesMut};

use crate::engine::stream::stdcopy::{Channel, OutputChunk};
use crate::executor::create::reports::{
    FILES_REFUSED, FILES_WANTED, NO_SHELL, NO_TAR, RunningReport, SCRIPT_RECEIVED, SHELL_STARTS,
    may_become_running_report, running_report,
};
use crate::executor::failed_command::ScriptPosition;

/// How far the script has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScriptState {
    /// No report has arrived: the first process of the container is something else, or its output is missing.
    #[default]
    Unreported,
    /// The command unpacks the job's files.
    FilesWanted,
    /// The command cannot unpack files, and ends.
    NoTar,
    /// The command has not unpacked all of the job's files, and ends.
    FilesRefused,
    /// The image has no shell.
    NoShell,
    /// A shell has been started, but has not received the whole script.
    ShellStarted,
    /// The shell has received the script and runs it.
    Received,
}

/// Takes the reports out of a container's output. They are written to standard error. An entrypoint may have joined that
/// with standard output, and then none comes once the script runs.
#[derive(Debug, Default)]
pub struct ScriptReceipt {
    state: ScriptState,
    position: Option<ScriptPosition>,
    /// The first line of the command that has begun last, counted in the shell's input.
    first_line: Option<usize>,
    /// The exit code of a script that waits for a terminal.
    waits: Option<i64>,
    stdout: ReportLines,
    stderr: ReportLines,
}

/// One stream, as far as reports may come.
#[derive(Debug, Default)]
struct ReportLines {
    /// The beginning of a line that may be a report; never longer than the longest of them.
    line: BytesMut,
    /// Whether the current line is known not to be a report.
    in_other_line: bool,
}

/// A report.
enum ScriptReport {
    Reaches(ScriptState),
    Running(RunningReport),
}

impl ScriptReceipt {
    /// The state that the output so far tells of.
    pub fn state(&self) -> ScriptState {
        self.state
    }

    /// The position of the script, as far as the shell reports it.
    pub fn position(&self) -> Option<ScriptPosition> {
        self.position
    }

    /// The exit code with which the script waits for a terminal. It is given once.
    pub fn take_wait(&mut self) -> Option<i64> {
        self.waits.take()
    }

    /// Returns the part of `chunk` that is output.
    pub fn output(&mut self, chunk: OutputChunk) -> Bytes {
        let OutputChunk { channel, bytes, .. } = chunk;
        let is_stderr = channel == Channel::Stderr;
        let lines = if is_stderr { &mut self.stderr } else { &mut self.stdout };
        // The job's commands have standard output alone.
        if self.state == ScriptState::Received && !is_stderr && lines.line.is_empty() {
            return bytes;
        }
        let (mut output, mut running) = (BytesMut::new(), Vec::new());
        for (index, byte) in bytes.iter().enumerate() {
            if self.state == ScriptState::Received && !is_stderr {
                output.extend_from_slice(&lines.line.split());
                output.extend_from_slice(bytes.get(index..).unwrap_or_default());
                break;
            }
            match lines.push(*byte, self.state, &mut output) {
                Some(ScriptReport::Reaches(state)) => self.state = state,
                Some(ScriptReport::Running(report)) => running.push(report),
                None => {}
            }
        }
        running.into_iter().for_each(|report| self.move_on(report));
        output.freeze()
    }

    fn move_on(&mut self, report: RunningReport) {
        match report {
            RunningReport::Begins { number, line } => {
                let command = number.checked_sub(1);
                self.position = command.map(|command| ScriptPosition { command, line: None });
                // The report stands on the line before.
                self.first_line = line.and_then(|line| line.checked_add(1));
            }
            RunningReport::Failed { line } => {
                let index = self.first_line.and_then(|first| line.checked_sub(first));
                self.position = self.position.map(|position| ScriptPosition { line: index, ..position });
            }
            RunningReport::Waits { exit_code } => self.waits = Some(exit_code),
        }
    }

    /// What was held back, because the output has ended before it became a report.
    pub fn rest(&mut self) -> Bytes {
        let mut rest = self.stdout.line.split();
        rest.unsplit(self.stderr.line.split());
        rest.freeze()
    }
}

impl ReportLines {
    /// Takes a byte; what is no report goes to `output`. Returns the report that the byte completes.
    fn push(&mut self, byte: u8, state: ScriptState, output: &mut BytesMut) -> Option<ScriptReport> {
        self.line.extend_from_slice(&[byte]);
        if !self.in_other_line {
            match report(&self.line, state) {
                Some(Some(report)) => {
                    self.line.clear();
                    return Some(report);
                }
                Some(None) => return None,
                None => {}
            }
        }
        output.extend_from_slice(&self.line.split());
        self.in_other_line = byte != b'\n';
        None
    }
}

/// The report that `line` is in this state; `Some(None)` if it is the beginning of one.
fn report(line: &[u8], state: ScriptState) -> Option<Option<ScriptReport>> {
    match (line.strip_suffix(b"\n"), state) {
        (None, ScriptState::Received) => may_become_running_report(line).then_some(None),
        (Some(line), ScriptState::Received) => {
            running_report(std::str::from_utf8(line).ok()?).map(|report| Some(ScriptReport::Running(report)))
        }
        (None, _) => REPORTS.iter().any(|(report, _)| report.as_bytes().starts_with(line)).then_some(None),
        (Some(line), _) => {
            let known = REPORTS.iter().find(|(report, _)| report.as_bytes() == line);
            known.map(|(_, state)| Some(ScriptReport::Reaches(*state)))
        }
    }
}

/// The reports before the script runs.
const REPORTS: [(&str, ScriptState); 6] = [
    (FILES_WANTED, ScriptState::FilesWanted),
    (FILES_REFUSED, ScriptState::FilesRefused),
    (NO_TAR, ScriptState::NoTar),
    (NO_SHELL, ScriptState::NoShell),
    (SHELL_STARTS, ScriptState::ShellStarted),
    (SCRIPT_RECEIVED, ScriptState::Received),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The output and the state after standard error has had `text`, in pieces of `size` bytes.
    fn after(text: &str, size: usize) -> (String, ScriptState) {
        let mut receipt = ScriptReceipt::default();
        let mut output = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            let chunk = OutputChunk {
                channel: Channel::Stderr,
                bytes: Bytes::copy_from_slice(piece),
                begins_frame: true,
            };
            output.extend_from_slice(&receipt.output(chunk));
        }
        output.extend_from_slice(&receipt.rest());
        (String::from_utf8(output).unwrap(), receipt.state())
    }

    fn check(text: &str, output: &str, state: ScriptState) {
        for size in 1..=text.len() {
            assert_eq!(after(text, size), (output.to_owned(), state), "pieces of {size} bytes of {text:?}");
        }
    }

    #[test]
    fn reports_are_no_output() {
        let (starts, received) = (format!("{SHELL_STARTS}\n"), format!("{SCRIPT_RECEIVED}\n"));
        check(&starts, "", ScriptState::ShellStarted);
        check(&format!("{starts}{received}"), "", ScriptState::Received);
        check(&format!("{NO_SHELL}\n"), "", ScriptState::NoShell);
        check(&format!("{NO_TAR}\n"), "", ScriptState::NoTar);
        check(&format!("{FILES_WANTED}\n{starts}"), "", ScriptState::ShellStarted);
        check(&format!("{FILES_WANTED}\n{FILES_REFUSED}\ntar: no\n"), "tar: no\n", ScriptState::FilesRefused);
        check(&format!("a warning\n{starts}b\n{received}"), "a warning\nb\n", ScriptState::Received);
    }

    #[test]
    fn everything_else_on_standard_error_is_output() {
        let received = format!("{SCRIPT_RECEIVED}\n");
        check("runner-lite: the shell", "runner-lite: the shell", ScriptState::Unreported);
        check(&format!("{SHELL_STARTS} x\n"), &format!("{SHELL_STARTS} x\n"), ScriptState::Unreported);
        check(&format!("x{received}"), &format!("x{received}"), ScriptState::Unreported);
        check(&format!("\n\r{received}"), &format!("\n\r{received}"), ScriptState::Unreported);
        check(&format!("{received}a\n{received}"), &format!("a\n{received}"), ScriptState::Received);
    }

    /// The output, and the command and its line after standard error has had `text`, in pieces of each size.
    fn check_position(text: &str, output: &str, position: Option<(usize, Option<usize>)>) {
        let text = format!("{SCRIPT_RECEIVED}\n{text}");
        for size in 1..=text.len() {
            let (mut receipt, mut had) = (ScriptReceipt::default(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                let chunk = OutputChunk {
                    channel: Channel::Stderr,
                    bytes: Bytes::copy_from_slice(piece),
                    begins_frame: true,
                };
                had.extend_from_slice(&receipt.output(chunk));
            }
            had.extend_from_slice(&receipt.rest());
            let is = receipt.position().map(|position| (position.command, position.line));
            let had = String::from_utf8(had).unwrap();
            assert_eq!((&*had, is), (output, position), "pieces of {size} bytes of {text:?}");
        }
    }

    #[test]
    fn a_script_that_runs_reports_its_commands_and_the_line_that_failed() {
        check_position("runner-lite: command 1 12\n", "", Some((0, None)));
        check_position("runner-lite: command 1 \nrunner-lite: command 2 \n", "", Some((1, None)));
        check_position("runner-lite: command 1 12\nrunner-lite: failed in line 15\n", "", Some((0, Some(2))));
        let next = "runner-lite: command 2 20\n";
        check_position(
            &format!("runner-lite: command 1 12\nrunner-lite: failed in line 15\n{next}"),
            "",
            Some((1, None)),
        );
        // A shell that counts no lines has no line to compare with.
        check_position("runner-lite: command 1 \nrunner-lite: failed in line 15\n", "", Some((0, None)));
    }

    #[test]
    fn a_line_that_only_resembles_a_report_of_a_command_is_output() {
        for text in [
            "runner-lite: command x 1\n",
            "runner-lite: failed in line x\n",
            "runner-lite: comma",
            "x\n",
            "\n",
        ] {
            check_position(text, text, None);
        }
        let long = format!("runner-lite: command {}", "1".repeat(200));
        check_position(&long, &long, None);
    }

    #[test]
    fn an_entrypoint_may_join_the_streams() {
        let mut receipt = ScriptReceipt::default();
        let mut push = |channel, text: &str| {
            receipt.output(OutputChunk {
                channel,
                bytes: Bytes::copy_from_slice(text.as_bytes()),
                begins_frame: true,
            })
        };
        assert_eq!(push(Channel::Stdout, &format!("a\n{SHELL_STARTS}\nrunner-l")), "a\n");
        assert_eq!(push(Channel::Stderr, &format!("{SCRIPT_RECEIVED}\n")), "");
        // What looked like the beginning of a report is output after all.
        assert_eq!(push(Channel::Stdout, "ight\n"), "runner-light\n");
        assert_eq!(push(Channel::Stdout, &format!("{SCRIPT_RECEIVED}\n")), format!("{SCRIPT_RECEIVED}\n"));
        assert_eq!(receipt.state(), ScriptState::Received);
    }
}

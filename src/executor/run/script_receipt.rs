//! What a container's standard error says about its script: whether a shell was started, and received all of it. Pure.

use bytes::{Bytes, BytesMut};

use crate::engine::stream::stdcopy::{Channel, OutputChunk};
use crate::executor::create::reports::{
    FILES_REFUSED, FILES_WANTED, NO_SHELL, SCRIPT_RECEIVED, SHELL_STARTS,
};

/// How far the script has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScriptState {
    /// No report has arrived: the first process of the container is something else, or its output is missing.
    #[default]
    Unreported,
    /// The command waits for the job's files.
    FilesWanted,
    /// The command has not unpacked all of the job's files, and ends.
    FilesRefused,
    /// The image has no shell.
    NoShell,
    /// A shell has been started, but has not received the whole script.
    ShellStarted,
    /// The shell has received the script and runs it.
    Received,
}

/// Takes the reports out of a container's output. They are written to standard error, which an entrypoint may have
/// joined with standard output; none of the job's commands runs before the last of them.
#[derive(Debug, Default)]
pub struct ScriptReceipt {
    state: ScriptState,
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

impl ScriptReceipt {
    /// The state that the output so far tells of.
    pub fn state(&self) -> ScriptState {
        self.state
    }

    /// Returns the part of `chunk` that is output. Once the script has been received, that is all of it.
    pub fn output(&mut self, chunk: OutputChunk) -> Bytes {
        let OutputChunk { channel, bytes } = chunk;
        let lines = match channel {
            Channel::Stderr => &mut self.stderr,
            Channel::Stdout | Channel::Engine => &mut self.stdout,
        };
        if self.state == ScriptState::Received && lines.line.is_empty() {
            return bytes;
        }
        let mut output = BytesMut::new();
        for (index, byte) in bytes.iter().enumerate() {
            if self.state == ScriptState::Received {
                output.extend_from_slice(&lines.line.split());
                output.extend_from_slice(bytes.get(index..).unwrap_or_default());
                break;
            }
            if let Some(state) = lines.push(*byte, &mut output) {
                self.state = state;
            }
        }
        output.freeze()
    }

    /// What was held back, because the output has ended before it became a report.
    pub fn rest(&mut self) -> Bytes {
        let mut rest = self.stdout.line.split();
        rest.unsplit(self.stderr.line.split());
        rest.freeze()
    }
}

impl ReportLines {
    /// Takes a byte; what is no report goes to `output`. Returns the state that a report tells of.
    fn push(&mut self, byte: u8, output: &mut BytesMut) -> Option<ScriptState> {
        self.line.extend_from_slice(&[byte]);
        if !self.in_other_line {
            match report(&self.line) {
                Some(Some(state)) => {
                    self.line.clear();
                    return Some(state);
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

/// The report that `line` is; `Some(None)` if it is the beginning of one.
fn report(line: &[u8]) -> Option<Option<ScriptState>> {
    let reports = [
        (FILES_WANTED, ScriptState::FilesWanted),
        (FILES_REFUSED, ScriptState::FilesRefused),
        (NO_SHELL, ScriptState::NoShell),
        (SHELL_STARTS, ScriptState::ShellStarted),
        (SCRIPT_RECEIVED, ScriptState::Received),
    ];
    let (text, ended) = match line.strip_suffix(b"\n") {
        Some(text) => (text, true),
        None => (line, false),
    };
    match ended {
        true => reports.iter().find(|(report, _)| report.as_bytes() == text).map(|(_, state)| Some(*state)),
        false => reports.iter().any(|(report, _)| report.as_bytes().starts_with(text)).then_some(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The output and the state after standard error has had `text`, in pieces of `size` bytes.
    fn after(text: &str, size: usize) -> (String, ScriptState) {
        let mut receipt = ScriptReceipt::default();
        let mut output = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            let chunk = OutputChunk { channel: Channel::Stderr, bytes: Bytes::copy_from_slice(piece) };
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

    #[test]
    fn an_entrypoint_may_join_the_streams() {
        let mut receipt = ScriptReceipt::default();
        let mut push = |channel, text: &str| {
            receipt.output(OutputChunk { channel, bytes: Bytes::copy_from_slice(text.as_bytes()) })
        };
        assert_eq!(push(Channel::Stdout, &format!("a\n{SHELL_STARTS}\nrunner-l")), "a\n");
        assert_eq!(push(Channel::Stderr, &format!("{SCRIPT_RECEIVED}\n")), "");
        // What looked like the beginning of a report is output after all.
        assert_eq!(push(Channel::Stdout, "ight\n"), "runner-light\n");
        assert_eq!(push(Channel::Stdout, &format!("{SCRIPT_RECEIVED}\n")), format!("{SCRIPT_RECEIVED}\n"));
        assert_eq!(receipt.state(), ScriptState::Received);
    }
}

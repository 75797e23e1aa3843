//! The reports that a container's command and its script make to this program, as lines on standard error.
//!
//! A container's exit code alone does not tell whether the job's commands ran: a shell whose input is closed before the
//! script arrives exits with 0. So the command that finds the shell reports that a shell starts, and the script, which a
//! shell runs only if it has read all of it, reports that it was received. The job's own processes have one stream for
//! both outputs, standard output; what else arrives on standard error is passed on as output.
//!
//! While the script runs, it reports which of its commands begins, and `bash` also in which line a command failed. These
//! reports bypass the outputs of the commands: the first shell keeps the container's standard error open, without passing
//! it on to the commands' shell, and the reports open it by its path below `/proc`. Where that is impossible, or both
//! outputs of the container are the same, they are missing.
//!
//! An entrypoint that discards standard error discards the reports, too. Its container then counts as one that reads no
//! script: the exit code is the entrypoint's.

/// The command of the container has found a shell, which is about to read the script.
pub const SHELL_STARTS: &str = "runner-lite: the shell starts";

/// The command of the container unpacks an archive of the job's files, the last of which is the script.
pub const FILES_WANTED: &str = "runner-lite: ready for the files";

/// The command of the container has not unpacked all of that archive, and ends.
pub const FILES_REFUSED: &str = "runner-lite: the files have not been unpacked";

/// The command of the container has no `tar`, and ends.
pub const NO_TAR: &str = "runner-lite: there is no tar";

/// The shell has read the whole script and begins to run it.
pub const SCRIPT_RECEIVED: &str = "runner-lite: the script has been received";

/// The command of the container has found no shell.
pub const NO_SHELL: &str = "runner-lite: there is no shell";

/// A command of the script begins. Its number follows, from 1, and the line of the shell's input in which this report
/// stands; nothing in place of the line if the shell does not count lines.
pub const COMMAND_BEGINS: &str = "runner-lite: command ";

/// A command has failed, which ends the script. The line of the shell's input follows.
pub const COMMAND_FAILED: &str = "runner-lite: failed in line ";

/// The script waits until a terminal in its container is over. The exit code follows that it will have.
pub const SCRIPT_WAITS: &str = "runner-lite: waits with exit code ";

/// The file descriptor of the first shell that reports go to. Every shell accepts a number of one digit.
pub const REPORTS: u8 = 9;

/// The longest report of a running script: the texts above and two numbers.
pub const RUNNING_REPORT_BYTES_MAX: usize = 80;

/// What a script that runs reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunningReport {
    /// [`COMMAND_BEGINS`]
    Begins { number: usize, line: Option<usize> },
    /// [`COMMAND_FAILED`]
    Failed { line: usize },
    /// [`SCRIPT_WAITS`]
    Waits { exit_code: i64 },
}

/// Reads a line without its line break. `None` if it is no report of a script that runs.
pub fn running_report(line: &str) -> Option<RunningReport> {
    if let Some(line) = line.strip_prefix(COMMAND_FAILED) {
        return Some(RunningReport::Failed { line: line.parse().ok()? });
    }
    if let Some(code) = line.strip_prefix(SCRIPT_WAITS) {
        return Some(RunningReport::Waits { exit_code: code.parse().ok()? });
    }
    let (number, line) = line.strip_prefix(COMMAND_BEGINS)?.split_once(' ')?;
    let line = if line.is_empty() { None } else { Some(line.parse().ok()?) };
    Some(RunningReport::Begins { number: number.parse().ok()?, line })
}

/// Whether a report of a script that runs may begin with `text`.
pub fn may_become_running_report(text: &[u8]) -> bool {
    let begins = |report: &str| text.starts_with(report.as_bytes()) || report.as_bytes().starts_with(text);
    text.len() < RUNNING_REPORT_BYTES_MAX
        && [COMMAND_BEGINS, COMMAND_FAILED, SCRIPT_WAITS].into_iter().any(begins)
}

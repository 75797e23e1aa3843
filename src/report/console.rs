//! Standard output and standard error. Nothing outside `report/` writes to them: `tests/it/output.rs` holds this.
//!
//! Answers go to standard output, everything else to standard error. No function fails: a reader who has closed the
//! pipe is no reason to stop a command. The log of a job, which such a reader does stop, gets the streams themselves.

use std::fmt::Display;
use std::io::{self, Stderr, Stdout, Write};

/// Writes what a command was asked for, such as the YAML of `show`. The caller ends the last line.
pub fn answer(content: impl AsRef<[u8]>) {
    let mut stdout = io::stdout();
    let _ = stdout.write_all(content.as_ref()).and_then(|()| stdout.flush());
}

/// Writes why a command stops.
pub fn error(message: impl Display) {
    line(format_args!("error: {message}"));
}

/// Writes what may surprise the user, while the command goes on.
pub fn warning(message: impl Display) {
    line(format_args!("warning: {message}"));
}

/// Writes what helps to understand an answer.
pub fn note(message: impl Display) {
    line(format_args!("note: {message}"));
}

/// Writes a line without a prefix: one of a list below an error, or a detail that `-v` asks for.
pub fn line(message: impl Display) {
    // One call of write, so that the lines of two threads do not mix.
    let _ = io::stderr().write_all(format!("{message}\n").as_bytes());
}

/// Writes a question and leaves the cursor behind it.
pub fn question(message: impl Display) {
    let _ = io::stderr().write_all(format!("{message} ").as_bytes());
}

/// Writes what clap has to say: a usage error to standard error, help and version to standard output.
pub fn usage(message: &clap::Error) {
    let _ = message.print();
}

/// Standard output, for a writer whose errors matter.
pub(super) fn standard_output() -> Stdout {
    io::stdout()
}

/// Standard error, for a writer whose errors matter.
pub(super) fn standard_error() -> Stderr {
    io::stderr()
}

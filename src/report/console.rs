//! Standard output and standard error. Nothing outside `report/` writes to them: `tests/it/output.rs` holds this.
//!
//! Answers go to standard output, everything else to standard error. No function fails: a reader who has closed the
//! pipe is no reason to stop a command. The log of a job, which such a reader does stop, gets the streams themselves.
//! Everything written here is a [`TerminalText`], so that no name or message of others commands the terminal.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read, Stderr, Stdout, Write};
use std::os::fd::AsFd;

use clap::error::{ContextKind, ContextValue};
use rustix::termios::tcgetwinsize;

use super::printable::printable_line;
use super::terminal_text::TerminalText;

/// One read of a stored log.
const PIECE_BYTES: usize = 64 << 10;

/// Writes what a command was asked for, such as the YAML of `show`. The caller ends the last line.
pub fn answer(content: impl Into<TerminalText>) {
    let mut stdout = io::stdout();
    let _ = stdout.write_all(content.into().as_str().as_bytes()).and_then(|()| stdout.flush());
}

/// Copies the stored log of a job to standard output. As in the log of a job that runs, the output of its commands
/// passes as it is, and everything else is printable.
///
/// # Errors
/// The log cannot be read. A reader who has closed the pipe ends the copy.
pub fn stored_log(mut log: impl Read) -> io::Result<()> {
    let mut stdout = io::stdout();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = match log.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if stdout.write_all(piece.get(..length).unwrap_or_default()).is_err() {
            return Ok(());
        }
    }
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
    lines(&TerminalText::line(&message.to_string()));
}

/// Writes lines that may have colours, such as a diagnostic, and ends the last one.
pub fn lines(text: &TerminalText) {
    // One call of write, so that the lines of two threads do not mix.
    let _ = io::stderr().write_all(format!("{}\n", text.as_str()).as_bytes());
}

/// Writes a question and leaves the cursor behind it.
pub fn question(message: impl Display) {
    let text = TerminalText::line(&format!("{message} "));
    let _ = io::stderr().write_all(text.as_str().as_bytes());
}

/// Writes what clap has to say: a usage error to standard error, help and version to standard output.
pub fn usage(mut message: clap::Error) {
    if !message.use_stderr() {
        // Help quotes nothing, so clap may write it with its own colours.
        let _ = message.print();
        return;
    }
    let quoted: Vec<(ContextKind, String)> = message
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, printable_line(text).into_owned())),
            _ => None,
        })
        .collect();
    for (kind, text) in quoted {
        message.insert(kind, ContextValue::String(text));
    }
    let text = TerminalText::from(message.render().to_string());
    let _ = io::stderr().write_all(text.as_str().as_bytes());
}

/// The width of the terminal that standard output is; `None` if it is another file, or the width is unknown.
pub fn answer_width() -> Option<usize> {
    let width = tcgetwinsize(io::stdout()).map(|size| usize::from(size.ws_col));
    width.ok().filter(|width| *width > 0)
}

/// Standard output as a file, for the stream of bytes that another process of this program reads.
///
/// # Errors
/// The process has no standard output, or no file descriptor is left.
pub fn byte_stream() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// Standard output, for a writer whose errors matter.
pub(super) fn standard_output() -> Stdout {
    io::stdout()
}

/// Standard error, for a writer whose errors matter.
pub(super) fn standard_error() -> Stderr {
    io::stderr()
}

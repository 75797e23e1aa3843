//! Translates the line numbers in a shell's own messages: the shell counts the lines of its input, in which the variables
//! of the job come first, and a reader looks for the line of the file.
//!
//! Which lines are such messages decides [`shell_message`].

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::executor::script_lines::ScriptLines;
use crate::executor::shell_message::{ShellMessage, may_be_shell_message, shell_message};

/// How much of a line that may be a message is held back until it ends: a path, a line number and a word have come then.
const HELD_BYTES_MAX: usize = 160;

/// The output of a job, on its way to the log.
#[derive(Debug)]
pub(super) struct ShellMessages {
    lines: Arc<ScriptLines>,
    /// The beginning of a line that may be a message.
    held: BytesMut,
    is_at_line_start: bool,
}

impl ShellMessages {
    /// No script has begun.
    pub(super) fn new() -> Self {
        Self { lines: Arc::default(), held: BytesMut::new(), is_at_line_start: true }
    }

    /// A script begins, with a shell of its own.
    pub(super) fn begin(&mut self, lines: Arc<ScriptLines>) {
        self.lines = lines;
    }

    /// Takes the next piece of output, and returns the output that is known to need no other translation.
    pub(super) fn push(&mut self, piece: Bytes) -> Bytes {
        let is_interesting = !self.held.is_empty() || (self.is_at_line_start && piece.starts_with(b"/"));
        if !is_interesting && !has_line_of_path(&piece) {
            self.is_at_line_start = piece.last().map_or(self.is_at_line_start, |byte| *byte == b'\n');
            return piece;
        }
        let mut output = BytesMut::new();
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            self.push_line(line, &mut output);
        }
        output.freeze()
    }

    /// What is held back, because no more output follows for now.
    pub(super) fn flush(&mut self) -> Bytes {
        self.is_at_line_start = self.is_at_line_start && self.held.is_empty();
        self.held.split().freeze()
    }

    /// Takes a line, or a part of one.
    fn push_line(&mut self, part: &[u8], output: &mut BytesMut) {
        let is_ended = part.ends_with(b"\n");
        if !self.is_at_line_start {
            output.extend_from_slice(part);
        } else {
            self.held.extend_from_slice(part);
            if !is_ended && self.held.len() < HELD_BYTES_MAX && may_be_shell_message(&self.held) {
                return;
            }
            let held = self.held.split();
            match std::str::from_utf8(&held).ok().and_then(|line| shell_message(line, &self.lines)) {
                Some(message) => output.extend_from_slice(translated(&message).as_bytes()),
                None => output.extend_from_slice(&held),
            }
        }
        self.is_at_line_start = is_ended;
    }
}

/// The message with the line of the file.
fn translated(message: &ShellMessage<'_>) -> String {
    let ShellMessage { shell, line, builtin, text } = message;
    match builtin {
        Some(builtin) => format!("{shell}: {}: {builtin}: {text}", line.place),
        None => format!("{shell}: {}: {text}", line.place),
    }
}

/// Whether a line after the first begins with a path.
fn has_line_of_path(piece: &[u8]) -> bool {
    piece.contains(&b'\n') && piece.windows(2).any(|pair| pair == b"\n/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::job_plan::{ItemPlace, ScriptItem};

    /// A script whose shell counts its only command, of two lines, from line 20.
    fn messages() -> ShellMessages {
        let place = ItemPlace { file: "ci.yml".to_owned(), lines: vec![7, 8] };
        let item = ScriptItem { text: "nonesuch --x\n./build.sh".to_owned(), place: Some(place) };
        let mut messages = ShellMessages::new();
        messages.begin(Arc::new(ScriptLines::new(0, [(20, &item)])));
        messages
    }

    #[track_caller]
    fn check(output: &str, expect: &str) {
        for size in 1..=output.len() {
            let mut messages = messages();
            let mut had = Vec::new();
            for piece in output.as_bytes().chunks(size) {
                had.extend_from_slice(&messages.push(Bytes::copy_from_slice(piece)));
            }
            had.extend_from_slice(&messages.flush());
            assert_eq!(String::from_utf8(had).unwrap(), expect, "pieces of {size} bytes of {output:?}");
        }
    }

    #[test]
    fn the_line_of_the_file_replaces_that_of_the_input() {
        check(
            "a\n/usr/bin/bash: line 20: nonesuch: command not found\n",
            "a\n/usr/bin/bash: ci.yml:7: nonesuch: command not found\n",
        );
        check(
            "/bin/sh: eval: line 21: ./build.sh: not found\n/bin/sh: b\n",
            "/bin/sh: ci.yml:8: ./build.sh: not found\n/bin/sh: b\n",
        );
        check(
            "/bin/sh: nonesuch: line 20: no\n/bin/dash: a\n",
            "/bin/sh: ci.yml:7: nonesuch: no\n/bin/dash: a\n",
        );
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        for line in [
            "/usr/bin/bash: line 22: nonesuch: command not found\n",
            "/usr/bin/bash: line 20: other: command not found\n",
            "/usr/bin/bash: line 20\n",
            "/usr/bin/bash: line 20: nonesuch",
            "/usr/bin/bash: line x: nonesuch: a\n",
            "bash: line 20: nonesuch: command not found\n",
            "./a.sh: line 20: nonesuch: command not found\n",
            "x /usr/bin/bash: line 20: nonesuch: command not found\n",
            "/usr/bin/bas\n/usr\n/\n\n",
            "/usr/bin/bash: eval: nonesuch\n",
        ] {
            check(line, line);
        }
        let long = format!("/bin/sh: line 20: {}\n", "x".repeat(500));
        check(&long, &long);
    }
}

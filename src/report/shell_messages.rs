//! Translates the line numbers in a shell's own messages: the shell counts the lines of its input, in which the variables
//! of the job come first, and a reader looks for the line of the file.
//!
//! Only lines are changed that are certainly such messages: they begin with the path of the job's shell, and name a line
//! of the input in which a command has the word that the message is about.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::executor::create::shell::SCRIPT_SHELLS;
use crate::executor::script_lines::ScriptLines;

/// How much of a line is held back until it is known whether it is a message: a path, a line number and a word.
const HELD_BYTES_MAX: usize = 160;

/// The output of a job, on its way to the log.
#[derive(Debug)]
pub(super) struct ShellMessages {
    lines: Arc<ScriptLines>,
    /// The beginning of a line that may be a message.
    held: BytesMut,
    is_at_line_start: bool,
}

/// What the beginning of a line is.
#[derive(Debug, PartialEq, Eq)]
enum LineHead {
    /// No message, or one that needs no translation.
    Other,
    /// More of the line is needed.
    Undecided,
    /// A message: so many bytes are replaced by this text.
    Message { length: usize, replacement: String },
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
        if !self.is_at_line_start {
            output.extend_from_slice(part);
        } else {
            self.held.extend_from_slice(part);
            let head = match std::str::from_utf8(&self.held) {
                Ok(head) => line_head(head, &self.lines),
                Err(_) => LineHead::Other,
            };
            match head {
                LineHead::Undecided if self.held.len() < HELD_BYTES_MAX => return,
                LineHead::Undecided | LineHead::Other => output.extend_from_slice(&self.held.split()),
                LineHead::Message { length, replacement } => {
                    output.extend_from_slice(replacement.as_bytes());
                    output.extend_from_slice(self.held.split().get(length..).unwrap_or_default());
                }
            }
        }
        self.is_at_line_start = part.ends_with(b"\n");
    }
}

/// Whether a line after the first begins with a path.
fn has_line_of_path(piece: &[u8]) -> bool {
    piece.contains(&b'\n') && piece.windows(2).any(|pair| pair == b"\n/")
}

/// Decides about the beginning of a line.
fn line_head(head: &str, lines: &ScriptLines) -> LineHead {
    let behind = |shell: &&'static str| Some((*shell, head.strip_prefix(*shell)?.strip_prefix(": ")?));
    let Some((shell, rest)) = SCRIPT_SHELLS.iter().find_map(behind) else {
        let may_become = |shell: &&str| {
            shell.starts_with(head) || head.strip_prefix(*shell).is_some_and(|rest| ": ".starts_with(rest))
        };
        return if SCRIPT_SHELLS.iter().any(may_become) { LineHead::Undecided } else { LineHead::Other };
    };
    let is_ended = head.ends_with('\n');
    let rest = rest.strip_prefix("eval: ").unwrap_or(rest);
    let Some(numbered) = rest.strip_prefix("line ") else {
        let may_become = "eval: line ".starts_with(rest) || "line ".starts_with(rest);
        return if may_become && !is_ended { LineHead::Undecided } else { LineHead::Other };
    };
    let Some((number, message)) = numbered.split_once(": ") else {
        let may_become = numbered.trim_end_matches(':').bytes().all(|byte| byte.is_ascii_digit());
        return if may_become && !is_ended { LineHead::Undecided } else { LineHead::Other };
    };
    let Some(word_end) = message.find([':', '\n']) else { return LineHead::Undecided };
    let word = message.get(..word_end).unwrap_or_default();
    let written = number.parse().ok().and_then(|number| lines.get(number));
    match written.filter(|line| !word.is_empty() && line.text.contains(word)) {
        Some(line) => LineHead::Message {
            length: head.len() - message.len(),
            replacement: format!("{shell}: {}: ", line.place),
        },
        None => LineHead::Other,
    }
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
        messages.begin(Arc::new(ScriptLines::new([(20, &item)])));
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

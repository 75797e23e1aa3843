//! The end of a stored log, for the summary.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::report::whole_lines::WholeLines;

/// The lines that are shown: what a failure is about stands near the end.
const LINES_MAX: usize = 20;

/// The bytes that are read, of which the lines are the last ones.
const END_BYTES_MAX: u64 = 64 << 10;

/// The last lines of a log, without the codes for colours.
///
/// # Errors
/// The file cannot be read.
pub(super) fn log_end(path: &Path) -> io::Result<Vec<String>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let begin = length.saturating_sub(END_BYTES_MAX);
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    file.take(END_BYTES_MAX).read_to_end(&mut bytes)?;
    let mut whole = WholeLines::default();
    let mut lines = whole.push(&bytes);
    lines.extend(whole.end());
    // The first line has lost its beginning.
    let lines = lines.into_iter().skip(usize::from(begin > 0));
    let lines: Vec<String> = lines.map(|line| without_codes(&String::from_utf8_lossy(&line))).collect();
    let first = lines.len().saturating_sub(LINES_MAX);
    Ok(lines.into_iter().skip(first).collect())
}

/// The text without escape sequences of the form `ESC [ … letter`.
fn without_codes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((text, code)) = rest.split_once("\x1b[") {
        out.push_str(text);
        rest = code.trim_start_matches(|c: char| c.is_ascii_digit() || ";:?".contains(c));
        let mut after = rest.chars();
        after.next();
        rest = after.as_str();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_read_without_their_colours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let lines: Vec<String> =
            (0..30_000).map(|number| format!("\x1b[31;1mline\x1b[0m {number}\n")).collect();
        std::fs::write(&path, lines.concat() + "open").unwrap();
        let end = log_end(&path).unwrap();
        assert_eq!((end.len(), &*end[0], &*end[19]), (20, "line 29981", "open"));
        std::fs::write(&path, "a\r\nb").unwrap();
        assert_eq!(log_end(&path).unwrap(), ["a", "b"]);
        assert!(log_end(&folder.path().join("missing")).is_err());
    }

    #[test]
    fn a_code_that_is_cut_is_left_out() {
        assert_eq!(without_codes("a\x1b[31"), "a");
        assert_eq!(without_codes("\x1b[0Ka\x1b["), "a");
    }
}

//! Cuts a stream of output into whole lines. Of a line of a job only the last state is kept: a progress bar that returns to
//! the start of its line again and again is one line.

/// The longest line: a longer one is cut, so that a job which prints no line break fills no memory.
const LINE_BYTES_MAX: usize = 16 << 10;

/// What a carriage return does.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum CarriageReturn {
    /// What follows replaces the line.
    #[default]
    Replaces,
    /// It is a byte like others, except before a line break.
    Stays,
}

/// The line that goes on.
#[derive(Debug, Default)]
pub(super) struct WholeLines {
    carriage_return: CarriageReturn,
    line: Vec<u8>,
    /// Whether the cursor has returned to the start of the line: what follows replaces it, unless that is a line break.
    has_returned: bool,
}

impl WholeLines {
    /// Lines of which everything is kept, also what precedes a carriage return.
    pub(super) fn with_carriage_returns() -> Self {
        Self { carriage_return: CarriageReturn::Stays, ..Self::default() }
    }

    /// The lines that end in `bytes`, without their line breaks.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let returns = self.carriage_return == CarriageReturn::Replaces;
        let mut lines = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let ends = |byte: &u8| *byte == b'\n' || (*byte == b'\r' && returns);
            let length = rest.iter().position(ends).unwrap_or(rest.len());
            let (text, after) = rest.split_at(length);
            self.add(text, &mut lines);
            match after.split_first() {
                Some((b'\n', after)) => {
                    self.has_returned = false;
                    if self.line.last() == Some(&b'\r') {
                        self.line.pop();
                    }
                    lines.push(std::mem::take(&mut self.line));
                    rest = after;
                }
                Some((_, after)) => {
                    self.has_returned = true;
                    rest = after;
                }
                None => rest = after,
            }
        }
        lines
    }

    /// The line that has no end, if there is one.
    pub(super) fn end(&mut self) -> Option<Vec<u8>> {
        self.has_returned = false;
        let line = std::mem::take(&mut self.line);
        (!line.is_empty()).then_some(line)
    }

    fn add(&mut self, mut text: &[u8], lines: &mut Vec<Vec<u8>>) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.has_returned) {
            self.line.clear();
        }
        while self.line.len() + text.len() > LINE_BYTES_MAX {
            let (begin, rest) = text.split_at(room(&self.line, text));
            self.line.extend_from_slice(begin);
            lines.push(std::mem::take(&mut self.line));
            text = rest;
        }
        self.line.extend_from_slice(text);
    }
}

/// How much of `text` fits into the line, without the beginning of a character that does not fit as a whole.
fn room(line: &[u8], text: &[u8]) -> usize {
    const CHARACTER_BYTES: usize = 4;
    let room = LINE_BYTES_MAX.saturating_sub(line.len());
    let is_inside = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let begins = (0..CHARACTER_BYTES).filter_map(|back| room.checked_sub(back));
    begins.into_iter().find(|at| !is_inside(at)).unwrap_or(room)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let mut whole = WholeLines::default();
        let mut lines: Vec<Vec<u8>> = pieces.iter().flat_map(|piece| whole.push(piece)).collect();
        lines.extend(whole.end());
        lines.into_iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
    }

    #[test]
    fn a_line_comes_as_a_whole_and_the_last_one_at_the_end() {
        assert_eq!(lines(&[b"a", b"b\n\nc", b"\nd"]), ["ab", "", "c", "d"]);
        assert_eq!(lines(&[b"a\n"]), ["a"]);
        assert_eq!(lines(&[]), Vec::<String>::new());
    }

    #[test]
    fn of_a_progress_bar_the_last_state_is_kept() {
        assert_eq!(lines(&[b"10%\r50", b"%\r", b"100%\r\nnext\r\n"]), ["100%", "next"]);
        assert_eq!(lines(&[b"10%\r50%\r"]), ["50%"]);
        assert_eq!(lines(&[b"dots\r", b"\n"]), ["dots"]);
    }

    #[test]
    fn carriage_returns_stay_where_everything_is_kept() {
        let mut whole = WholeLines::with_carriage_returns();
        assert_eq!(whole.push(b"10%\r50%\r"), [b""; 0]);
        assert_eq!(whole.push(b"last\nnext\r\n"), [&b"10%\r50%\rlast"[..], b"next"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_characters() {
        let text = "é".repeat(LINE_BYTES_MAX);
        let cut = lines(&[b"x", text.as_bytes(), b"\n"]);
        assert_eq!(cut.concat(), format!("x{text}"));
        assert_eq!((cut.len(), cut.iter().map(String::len).max()), (3, Some(LINE_BYTES_MAX)));
        let whole = "a".repeat(LINE_BYTES_MAX);
        assert_eq!(lines(&[whole.as_bytes(), b"\nb\n"]), [&whole, "b"]);
    }

    proptest! {
        #[test]
        fn the_cuts_of_the_stream_do_not_matter(text in "[ab\r\n]{0,40}", cut in 0_usize..40) {
            let (first, second) = text.as_bytes().split_at(cut.min(text.len()));
            prop_assert_eq!(lines(&[first, second]), lines(&[text.as_bytes()]));
        }
    }
}

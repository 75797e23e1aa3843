//! Cuts a job's output off that is longer than `output_limit` allows.

use bytes::Bytes;

/// Lets output pass up to a number of bytes.
#[derive(Debug, Default)]
pub(super) struct OutputLimit {
    /// The limit, and how many bytes may follow; `None` without a limit.
    limit: Option<(u64, u64)>,
}

impl OutputLimit {
    pub(super) fn new(bytes_max: Option<u64>) -> Self {
        Self { limit: bytes_max.map(|max| (max, max)) }
    }

    /// The part of the next piece of output that may pass, and a message if the output ends with it.
    pub(super) fn push(&mut self, piece: Bytes) -> (Bytes, Option<String>) {
        let Some((max, room)) = &mut self.limit else { return (piece, None) };
        let length = piece.len() as u64;
        if length < *room || length == 0 {
            *room = room.saturating_sub(length);
            return (piece, None);
        }
        if *room == 0 {
            return (Bytes::new(), None);
        }
        let mut end = usize::try_from(*room).unwrap_or(usize::MAX).min(piece.len());
        // A character that does not fit is left out as a whole.
        while piece.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end = end.saturating_sub(1);
        }
        *room = 0;
        let message = format!(
            "the log has reached its limit of {max} bytes (`output_limit`). The job goes on, and no more of its \
             output is shown"
        );
        (piece.slice(..end), Some(message))
    }

    /// As [`OutputLimit::push`] for whole lines, of which those pass that fit.
    pub(super) fn push_lines(&mut self, lines: Bytes) -> (Bytes, Option<String>) {
        let (passed, message) = self.push(lines);
        let end = passed.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
        (passed.slice(..end), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(max: Option<u64>, pieces: &[&'static str]) -> Vec<String> {
        let mut limit = OutputLimit::new(max);
        let mut shown = Vec::new();
        for piece in pieces {
            let (bytes, message) = limit.push(Bytes::from_static(piece.as_bytes()));
            shown.push(String::from_utf8(bytes.to_vec()).unwrap());
            shown.extend(message.map(|_| "!".to_owned()));
        }
        shown
    }

    #[test]
    fn output_passes_up_to_the_limit_and_one_message_follows() {
        assert_eq!(shown(None, &["abc", "def"]), ["abc", "def"]);
        assert_eq!(shown(Some(7), &["abc", "def"]), ["abc", "def"]);
        assert_eq!(shown(Some(6), &["abc", "def", "g"]), ["abc", "def", "!", ""]);
        assert_eq!(shown(Some(4), &["abc", "", "def", "g"]), ["abc", "", "d", "!", ""]);
    }

    #[test]
    fn of_lines_no_part_passes() {
        let mut limit = OutputLimit::new(Some(8));
        let mut push = |lines: &'static str| {
            let (passed, message) = limit.push_lines(Bytes::from_static(lines.as_bytes()));
            (String::from_utf8(passed.to_vec()).unwrap(), message.is_some())
        };
        assert_eq!(push("a\nb\n"), ("a\nb\n".to_owned(), false));
        assert_eq!(push("c\ndefgh\n"), ("c\n".to_owned(), true));
        assert_eq!(push("i\n"), (String::new(), false));
    }

    #[test]
    fn a_character_is_not_cut_in_two() {
        assert_eq!(shown(Some(2), &["aéb"]), ["a", "!"]);
    }
}

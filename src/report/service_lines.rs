//! Cuts what services print into whole lines, masked.

use std::collections::HashMap;

use bytes::Bytes;

use super::mask::Mask;
use super::whole_lines::WholeLines;
use crate::engine::stream::stdcopy::Channel;
use crate::secret::{MaskedTokens, Secret};

/// The lines of all services of a job that go on. Each stream of a service has a mask of its own, because secrets are found
/// wherever their stream is cut.
#[derive(Default)]
pub(super) struct ServiceLines {
    secrets: Vec<Secret>,
    tokens: MaskedTokens,
    streams: HashMap<StreamOfService, MaskedLines>,
}

/// The place of a service among those of its job, and one of its two streams.
type StreamOfService = (usize, Channel);

struct MaskedLines {
    mask: Mask,
    lines: WholeLines,
}

/// The lines of a [`LogPart::ServiceLines`], without their line breaks.
///
/// [`LogPart::ServiceLines`]: super::transcript::LogPart::ServiceLines
pub(super) fn lines_of_part(part: &[u8]) -> impl Iterator<Item = &[u8]> {
    part.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

impl ServiceLines {
    /// Adds secrets to replace from now on.
    pub(super) fn add_secrets(&mut self, secrets: &[Secret]) {
        self.secrets.extend_from_slice(secrets);
        self.streams.values_mut().for_each(|stream| stream.mask.add(secrets));
    }

    /// Decides which tokens are masked from now on.
    pub(super) fn set_tokens(&mut self, tokens: MaskedTokens) {
        self.tokens = tokens;
        self.streams.values_mut().for_each(|stream| stream.mask.set_tokens(tokens));
    }

    /// The lines that end in the next bytes of a stream, without their line breaks.
    pub(super) fn push(&mut self, service: usize, channel: Channel, bytes: Bytes) -> Vec<Vec<u8>> {
        let Self { secrets, tokens, streams } = self;
        let stream = streams.entry((service, channel)).or_insert_with(|| {
            let mut mask = Mask::default();
            mask.set_tokens(*tokens);
            mask.add(secrets);
            MaskedLines { mask, lines: WholeLines::with_carriage_returns() }
        });
        stream.lines.push(&stream.mask.push(bytes))
    }

    /// Forgets lines that have no end: other services take the places of those that have printed them.
    pub(super) fn begin(&mut self) {
        self.streams.clear();
    }

    /// The lines of a service that have no end, once no more comes.
    pub(super) fn end(&mut self, service: usize) -> Vec<Vec<u8>> {
        let streams =
            [Channel::Stdout, Channel::Stderr].map(|channel| self.streams.remove(&(service, channel)));
        streams.into_iter().flatten().flat_map(MaskedLines::end).collect()
    }
}

impl MaskedLines {
    fn end(mut self) -> Vec<Vec<u8>> {
        let mut lines = self.lines.push(&self.mask.flush());
        lines.extend(self.lines.end());
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: Vec<Vec<u8>>) -> Vec<String> {
        lines.into_iter().map(|line| String::from_utf8(line).unwrap()).collect()
    }

    fn push(lines: &mut ServiceLines, service: usize, channel: Channel, bytes: &'static str) -> Vec<String> {
        text(lines.push(service, channel, Bytes::from_static(bytes.as_bytes())))
    }

    #[test]
    fn a_secret_is_masked_wherever_the_pieces_of_its_stream_are_cut_and_others_are_between_them() {
        let mut lines = ServiceLines::default();
        assert_eq!(push(&mut lines, 0, Channel::Stdout, "10%\rbegun\r\n"), ["10%\rbegun"]);
        lines.add_secrets(&[Secret::new("hunter2hunter2")]);
        assert_eq!(push(&mut lines, 0, Channel::Stdout, "a hunter2"), [""; 0]);
        assert_eq!(push(&mut lines, 0, Channel::Stderr, "error\n"), ["error"]);
        assert_eq!(push(&mut lines, 1, Channel::Stdout, "hunter2hunter2 b\n"), ["[MASKED] b"]);
        assert_eq!(push(&mut lines, 0, Channel::Stdout, "hunter2\nnext"), ["a [MASKED]"]);
        assert_eq!(text(lines.end(0)), ["next"]);
        assert_eq!(text(lines.end(0)), [""; 0]);
    }

    #[test]
    fn the_beginning_of_a_secret_at_the_end_is_no_secret() {
        let mut lines = ServiceLines::default();
        lines.add_secrets(&[Secret::new("hunter2hunter2")]);
        assert_eq!(push(&mut lines, 0, Channel::Stdout, "a hunter2"), [""; 0]);
        assert_eq!(text(lines.end(0)), ["a hunter2"]);
    }
}

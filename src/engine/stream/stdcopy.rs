//! The multiplexed stream of a container without a TTY (Engine API, ContainerAttach, "Stream format").
//!
//! A frame is `[type, 0, 0, 0, length as 4 bytes big-endian]` followed by its payload. A payload is passed on in the
//! chunks in which it arrives, so the decoder holds a header at most, whatever length a frame announces.

use bytes::{Buf, Bytes, BytesMut};

/// The length of a frame's header.
const HEADER_BYTES: usize = 8;

/// The longest message of the engine; the rest is dropped. See [`Channel::Engine`].
pub const ENGINE_TEXT_BYTES_MAX: usize = 4096;

/// The stream that a frame belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Standard output, including echoed standard input.
    Stdout,
    /// Standard error.
    Stderr,
    /// The engine's message that the stream has failed (type 3, "systemerr").
    Engine,
}

/// A part of a frame's payload; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputChunk {
    /// Standard output or standard error.
    pub channel: Channel,
    /// The bytes that the process wrote.
    pub bytes: Bytes,
    /// Whether these are the first bytes of a frame.
    pub begins_frame: bool,
}

/// The stream does not consist of frames, or ended inside one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StdCopyError {
    /// A header that no engine writes: the stream is that of a TTY, or bytes are missing.
    #[error("the output stream is out of step: a frame of unknown type {kind}")]
    UnknownType {
        /// The header's first byte.
        kind: u8,
    },
    /// The stream ended inside a header or a payload.
    #[error("the output stream broke off inside a frame, {missing} bytes before its end")]
    Truncated {
        /// The number of missing bytes.
        missing: u64,
    },
    /// The engine ended the stream because of an error.
    #[error("the engine aborted the output stream: {message}")]
    Engine {
        /// The engine's message.
        message: String,
    },
}

/// Decodes frames from bytes that arrive in chunks of any length.
#[derive(Debug, Default)]
pub struct StdCopy {
    current: Option<(Channel, u64)>,
    /// Whether no byte of the current frame's payload has come.
    is_at_start: bool,
    engine_text: Vec<u8>,
}

impl StdCopy {
    /// Takes the next chunk of output off `input`; `None` if more bytes are needed.
    pub fn next(&mut self, input: &mut BytesMut) -> Result<Option<OutputChunk>, StdCopyError> {
        loop {
            let (channel, remaining) = match self.current.take() {
                Some(current) => current,
                None => match take_header(input)? {
                    Some(current) => {
                        self.is_at_start = true;
                        current
                    }
                    None => return Ok(None),
                },
            };
            if remaining == 0 {
                self.end_of_frame(channel)?;
                continue;
            }
            if input.is_empty() {
                self.current = Some((channel, remaining));
                return Ok(None);
            }
            let length = usize::try_from(remaining).unwrap_or(usize::MAX).min(input.len());
            let bytes = input.split_to(length).freeze();
            self.current = Some((channel, remaining.saturating_sub(length as u64)));
            if channel == Channel::Engine {
                self.keep_engine_text(&bytes);
                continue;
            }
            let begins_frame = std::mem::take(&mut self.is_at_start);
            return Ok(Some(OutputChunk { channel, bytes, begins_frame }));
        }
    }

    /// Checks that the stream may end here; `rest` is the input that [`StdCopy::next`] has not taken.
    pub fn finish(&self, rest: &[u8]) -> Result<(), StdCopyError> {
        let missing = match self.current {
            Some((Channel::Engine, _)) => return Err(self.engine_error()),
            Some((_, remaining)) => remaining,
            None if rest.is_empty() => 0,
            None => HEADER_BYTES.saturating_sub(rest.len()) as u64,
        };
        if missing == 0 { Ok(()) } else { Err(StdCopyError::Truncated { missing }) }
    }

    fn end_of_frame(&self, channel: Channel) -> Result<(), StdCopyError> {
        if channel == Channel::Engine { Err(self.engine_error()) } else { Ok(()) }
    }

    fn keep_engine_text(&mut self, bytes: &[u8]) {
        let room = ENGINE_TEXT_BYTES_MAX.saturating_sub(self.engine_text.len());
        self.engine_text.extend(bytes.iter().take(room));
    }

    fn engine_error(&self) -> StdCopyError {
        StdCopyError::Engine { message: String::from_utf8_lossy(&self.engine_text).trim().to_owned() }
    }
}

/// Takes a header off `input`; `None` if it is incomplete.
fn take_header(input: &mut BytesMut) -> Result<Option<(Channel, u64)>, StdCopyError> {
    let Some(&kind) = input.first() else { return Ok(None) };
    let channel = match kind {
        0 | 1 => Channel::Stdout,
        2 => Channel::Stderr,
        3 => Channel::Engine,
        kind => return Err(StdCopyError::UnknownType { kind }),
    };
    if input.len() < HEADER_BYTES {
        return Ok(None);
    }
    input.advance(4);
    Ok(Some((channel, u64::from(input.get_u32()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![kind, 0, 0, 0];
        bytes.extend((payload.len() as u32).to_be_bytes());
        bytes.extend(payload);
        bytes
    }

    /// Decodes `stream` in chunks of the sizes in `splits`, which repeat.
    fn decode(stream: &[u8], splits: &[usize]) -> Result<(Vec<u8>, Vec<u8>), StdCopyError> {
        let (mut decoder, mut input) = (StdCopy::default(), BytesMut::new());
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let (mut rest, mut sizes) = (stream, splits.iter().cycle());
        while !rest.is_empty() {
            let size = (*sizes.next().unwrap()).clamp(1, rest.len());
            input.extend_from_slice(&rest[..size]);
            rest = &rest[size..];
            while let Some(piece) = decoder.next(&mut input)? {
                assert!(!piece.bytes.is_empty());
                match piece.channel {
                    Channel::Stdout => out.extend(piece.bytes),
                    Channel::Stderr => err.extend(piece.bytes),
                    Channel::Engine => unreachable!("the engine's text is an error"),
                }
            }
            assert!(input.len() < HEADER_BYTES, "the decoder left {} bytes undecoded", input.len());
        }
        decoder.finish(&input)?;
        Ok((out, err))
    }

    #[test]
    fn every_split_gives_the_same_bytes() {
        let mut stream = frame(1, b"out one\n");
        stream.extend(frame(2, b"\x00\xff err"));
        stream.extend(frame(1, b""));
        stream.extend(frame(0, b"out two, no newline"));
        let whole = decode(&stream, &[stream.len()]).unwrap();
        assert_eq!(whole, (b"out one\nout two, no newline".to_vec(), b"\x00\xff err".to_vec()));
        for split in 1..stream.len() {
            assert_eq!(decode(&stream, &[split, stream.len()]).unwrap(), whole, "split at {split}");
            assert_eq!(decode(&stream, &[split]).unwrap(), whole, "pieces of {split}");
        }
    }

    #[test]
    fn the_first_chunk_of_each_frame_is_told_from_the_others() {
        let stream = [frame(1, b"abcd"), frame(1, b""), frame(2, b"ef")].concat();
        let (mut decoder, mut input, mut chunks) = (StdCopy::default(), BytesMut::new(), String::new());
        for byte in stream {
            input.extend_from_slice(&[byte]);
            while let Some(OutputChunk { bytes, begins_frame, .. }) = decoder.next(&mut input).unwrap() {
                chunks.push_str(&format!("{}{begins_frame} ", char::from(bytes[0])));
            }
        }
        assert_eq!(chunks, "atrue bfalse cfalse dfalse etrue ffalse ");
    }

    #[test]
    fn a_stream_that_ends_inside_a_frame_is_truncated() {
        let mut stream = frame(1, b"abc");
        stream.extend(frame(2, b"de"));
        for cut in 1..stream.len() {
            let result = decode(&stream[..cut], &[cut]);
            assert_eq!(result.is_ok(), cut == HEADER_BYTES + 3, "cut at {cut}: {result:?}");
        }
    }

    #[test]
    fn an_unknown_type_is_an_error_and_not_text() {
        assert_eq!(decode(b"$ make\r\n....", &[3]), Err(StdCopyError::UnknownType { kind: b'$' }));
        assert_eq!(decode(&frame(4, b"x"), &[1]), Err(StdCopyError::UnknownType { kind: 4 }));
    }

    #[test]
    fn a_message_of_the_engine_is_an_error_even_if_it_is_cut() {
        let message = |text: &str| Err(StdCopyError::Engine { message: text.to_owned() });
        assert_eq!(decode(&frame(3, b"log driver broke\n"), &[2]), message("log driver broke"));
        assert_eq!(decode(&frame(3, b"log driver broke")[..11], &[11]), message("log"));
    }

    #[test]
    fn a_frame_that_announces_4_gib_is_passed_on_as_it_arrives() {
        let (mut decoder, mut input) = (StdCopy::default(), BytesMut::new());
        input.extend_from_slice(&[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, b'x']);
        assert_eq!(decoder.next(&mut input).unwrap().unwrap().bytes, "x");
        assert_eq!(decoder.next(&mut input), Ok(None));
        assert_eq!(decoder.finish(&input), Err(StdCopyError::Truncated { missing: 0xffff_fffe }));
    }

    proptest! {
        #[test]
        fn any_frames_in_any_split_are_decoded(
            frames in prop::collection::vec((0u8..3, prop::collection::vec(any::<u8>(), 0..200)), 0..12),
            splits in prop::collection::vec(1usize..40, 1..6),
        ) {
            let stream: Vec<u8> = frames.iter().flat_map(|(kind, payload)| frame(*kind, payload)).collect();
            let expect = |wanted: bool| -> Vec<u8> {
                frames.iter().filter(|(kind, _)| (*kind == 2) == wanted).flat_map(|(_, p)| p.clone()).collect()
            };
            prop_assert_eq!(decode(&stream, &splits).unwrap(), (expect(false), expect(true)));
        }

        #[test]
        fn any_bytes_are_decoded_without_a_panic(stream in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&stream, &[7, 1, 30]);
        }
    }
}

//! A stream of JSON objects, as a pull sends it: separated by CRLF, LF or nothing, in chunks that end anywhere.

use bytes::{Buf, Bytes, BytesMut};

/// The longest object. A step of a pull has some 200 bytes; a registry's error may have kilobytes.
pub const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// The stream does not consist of JSON objects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonValuesError {
    /// An object longer than [`VALUE_BYTES_MAX`].
    #[error("a progress object of more than {VALUE_BYTES_MAX} bytes")]
    TooLong,
    /// A value that is not an object.
    #[error("a progress object begins with byte {byte:#04x}")]
    NotAnObject {
        /// The value's first byte.
        byte: u8,
    },
}

/// Splits a stream into its objects.
#[derive(Debug, Default)]
pub struct JsonValues {
    scanned: usize,
    depth: usize,
    string: InString,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum InString {
    #[default]
    No,
    Yes,
    Escaped,
}

impl JsonValues {
    /// Takes the next whole object off `input`; `None` if more bytes are needed.
    pub fn next(&mut self, input: &mut BytesMut) -> Result<Option<Bytes>, JsonValuesError> {
        if self.depth == 0 {
            let blanks = input.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            input.advance(blanks);
            match input.first() {
                None => return Ok(None),
                Some(b'{') => {}
                Some(&byte) => return Err(JsonValuesError::NotAnObject { byte }),
            }
        }
        while let Some(&byte) = input.get(self.scanned) {
            self.scanned = self.scanned.saturating_add(1);
            self.step(byte);
            if self.depth == 0 {
                let value = input.split_to(self.scanned).freeze();
                self.scanned = 0;
                return Ok(Some(value));
            }
        }
        if self.scanned > VALUE_BYTES_MAX { Err(JsonValuesError::TooLong) } else { Ok(None) }
    }

    fn step(&mut self, byte: u8) {
        self.string = match (self.string, byte) {
            (InString::Yes, b'\\') => InString::Escaped,
            (InString::Yes, b'"') => InString::No,
            (InString::Yes | InString::Escaped, _) => InString::Yes,
            (InString::No, b'"') => InString::Yes,
            (InString::No, _) => InString::No,
        };
        if self.string == InString::No {
            match byte {
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(stream: &[u8], split: usize) -> Result<Vec<String>, JsonValuesError> {
        let (mut decoder, mut input, mut found) = (JsonValues::default(), BytesMut::new(), Vec::new());
        for piece in stream.chunks(split) {
            input.extend_from_slice(piece);
            while let Some(value) = decoder.next(&mut input)? {
                found.push(String::from_utf8_lossy(&value).into_owned());
            }
        }
        Ok(found)
    }

    #[test]
    fn objects_are_split_whatever_separates_them_and_wherever_chunks_end() {
        let stream = b"{\"a\":\"}\\\"{\"}\r\n{\"b\":[{}]}\n{}{\"c\":1}";
        for split in 1..=stream.len() {
            assert_eq!(
                values(stream, split).unwrap(),
                ["{\"a\":\"}\\\"{\"}", "{\"b\":[{}]}", "{}", "{\"c\":1}"]
            );
        }
    }

    #[test]
    fn a_text_and_an_endless_object_are_refused() {
        assert_eq!(values(b"oops", 1), Err(JsonValuesError::NotAnObject { byte: b'o' }));
        let endless = [b"{\"a\":\"".to_vec(), vec![b'x'; VALUE_BYTES_MAX + 9]].concat();
        assert_eq!(values(&endless, 4096), Err(JsonValuesError::TooLong));
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_without_a_panic(stream in prop::collection::vec(any::<u8>(), 0..200), split in 1usize..50) {
            let _ = values(&stream, split);
        }
    }
}

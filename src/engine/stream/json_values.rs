//! A stream of JSON objects, as pulls answer with: CRLF, LF or nothing between them, cut anywhere.

use bytes::{Buf, Bytes, BytesMut};

/// The longest object read. Progress lines have some 200 bytes; a registry's error text may have kilobytes.
pub const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// The stream does not hold what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonValuesError {
    /// An object longer than [`VALUE_BYTES_MAX`].
    #[error("a progress object of more than {VALUE_BYTES_MAX} bytes")]
    TooLong,
    /// Something other than an object.
    #[error("a progress object begins with byte {byte:#04x}")]
    NotAnObject {
        /// What stands there.
        byte: u8,
    },
}

/// Cuts a stream into its objects.
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
    /// The bytes of the next whole object in `input`; `None` when more are needed.
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
    fn objects_come_out_whole_whatever_separates_and_splits_them() {
        let stream = b"{\"a\":\"}\\\"{\"}\r\n{\"b\":[{}]}\n{}{\"c\":1}";
        for split in 1..=stream.len() {
            assert_eq!(
                values(stream, split).unwrap(),
                ["{\"a\":\"}\\\"{\"}", "{\"b\":[{}]}", "{}", "{\"c\":1}"]
            );
        }
    }

    #[test]
    fn text_is_no_object_and_an_endless_object_is_refused() {
        assert_eq!(values(b"oops", 1), Err(JsonValuesError::NotAnObject { byte: b'o' }));
        let endless = [b"{\"a\":\"".to_vec(), vec![b'x'; VALUE_BYTES_MAX + 9]].concat();
        assert_eq!(values(&endless, 4096), Err(JsonValuesError::TooLong));
    }

    proptest! {
        #[test]
        fn any_bytes_at_all_end_in_a_value(stream in prop::collection::vec(any::<u8>(), 0..200), split in 1usize..50) {
            let _ = values(&stream, split);
        }
    }
}

//! Percent-encoding of URIs.

use std::fmt::Write;

/// Appends `text` to a URI, with every character escaped except RFC 3986's unreserved ones.
pub fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_but_the_unreserved_ones_is_escaped() {
        let mut out = String::from("x:");
        encode(&mut out, "aZ9-._~/ %:é");
        assert_eq!(out, "x:aZ9-._~%2F%20%25%3A%C3%A9");
    }
}

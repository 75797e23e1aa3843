//! JSON answers. `serde_json` escapes the control characters below U+0020 and no others; the text of this module has no
//! character that a terminal obeys, and means the same.

use serde::Serialize;

use super::printable::is_printable;

/// The version of the form of all answers that are objects. A field may be added without a new version; a field that goes,
/// or whose meaning changes, needs one.
const ANSWER_VERSION: u32 = 1;

/// An object with the version of its form.
#[derive(Serialize)]
struct VersionedAnswer<'a, T> {
    version: u32,
    #[serde(flatten)]
    answer: &'a T,
}

/// An object with the version of its form, indented; ends with a line break.
pub fn versioned_answer(answer: &impl Serialize) -> String {
    json_answer(&VersionedAnswer { version: ANSWER_VERSION, answer })
}

/// An answer in JSON, indented; ends with a line break. A list has no version of its form.
pub fn json_answer(answer: &impl Serialize) -> String {
    // Serialization of an answer cannot fail: its keys are strings.
    escaped(&serde_json::to_string_pretty(answer).unwrap_or_default()) + "\n"
}

/// An object in JSON, in one line that ends with a line break.
pub fn json_line(object: &impl Serialize) -> String {
    // Serialization cannot fail, as above.
    escaped(&serde_json::to_string(object).unwrap_or_default()) + "\n"
}

/// A string in JSON, and in YAML, which has JSON's strings.
pub fn json_string(text: &str) -> String {
    escaped(&serde_json::Value::from(text).to_string())
}

/// Escapes the characters that are not printable. They can only stand in strings.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_printable(c) {
            out.push(c);
        } else {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_has_no_character_that_a_terminal_obeys_and_means_the_same() {
        let text = "\x1b]0;t\x07\u{9b}2J\u{7f}\u{85}\u{202e}\u{2028}\r\n\t\"\\é";
        let answer = json_answer(&[text]);
        assert_eq!(answer.trim_end(), "[\n  ".to_owned() + &json_string(text) + "\n]");
        assert!(answer.chars().all(|c| c == '\n' || !c.is_control()), "{answer:?}");
        assert!(answer.contains(r"\u001b]0;t\u0007\u009b2J\u007f\u0085\u202e\u2028\r\n\t"), "{answer}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&answer).unwrap(), [text]);
    }
}

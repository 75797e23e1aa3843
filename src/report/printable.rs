//! Which characters of others' text a terminal may get, and how the others are shown.
//!
//! Names, messages and values come from pipeline files, engines, registries, git and arguments. Written as they are, they
//! could move the cursor, fill the clipboard, or look like other text than they contain. So each character that commands
//! a terminal or changes the direction of text is shown as in a literal of Rust: `\u{1b}`, `\r`, `\u{202e}`.

use std::borrow::Cow;

/// Whether a terminal shows the character, or breaks a line or moves to a column because of it.
pub fn is_printable(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        // Marks, embeddings, overrides and isolates of bidirectional text.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => false,
        // Separators of lines and paragraphs.
        '\u{2028}' | '\u{2029}' => false,
        // Invisible: zero width spaces, deprecated format characters, annotations, noncharacters.
        '\u{200b}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => false,
        '\u{fffe}' | '\u{ffff}' => false,
        // C0, DEL and C1.
        c => !c.is_control(),
    }
}

/// The text with each character escaped that is not printable. Line breaks and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped_unless(text, is_printable)
}

/// The text in one line: line breaks are shown as `\n`, so that no part of it looks like a message of its own.
pub fn printable_line(text: &str) -> Cow<'_, str> {
    escaped_unless(text, |c| c != '\n' && is_printable(c))
}

fn escaped_unless(text: &str, is_shown: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&is_shown) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_shown(c) { shown.push(c) } else { shown.extend(c.escape_default()) }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, lines: &str, line: &str) {
        assert_eq!((&*printable(text), &*printable_line(text)), (lines, line));
    }

    #[test]
    fn every_character_that_a_terminal_obeys_is_shown_as_an_escape() {
        check(
            "\x1b[31m\u{9b}2J\u{7}\u{7f}\0",
            r"\u{1b}[31m\u{9b}2J\u{7}\u{7f}\u{0}",
            r"\u{1b}[31m\u{9b}2J\u{7}\u{7f}\u{0}",
        );
        check("a\r\nb\tc", "a\\r\nb\tc", "a\\r\\nb\tc");
        check(
            "\u{202e}\u{2066}\u{200f}\u{2028}\u{feff}",
            r"\u{202e}\u{2066}\u{200f}\u{2028}\u{feff}",
            r"\u{202e}\u{2066}\u{200f}\u{2028}\u{feff}",
        );
    }

    #[test]
    fn text_of_every_language_stays_the_same() {
        for text in ["", r"a\b \u{1b}", "é ß 中文 עברית العربية می\u{200c}خواهم 👩\u{200d}💻"]
        {
            check(text, text, text);
        }
    }

    #[test]
    fn no_control_character_is_printable_but_line_break_and_tab() {
        let controls: Vec<char> = (0..=0x9f_u8).map(char::from).filter(|c| c.is_control()).collect();
        assert_eq!(controls.len(), 65);
        let printable: Vec<char> = controls.into_iter().filter(|c| is_printable(*c)).collect();
        assert_eq!(printable, ['\t', '\n']);
    }
}

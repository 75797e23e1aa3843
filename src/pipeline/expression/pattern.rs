//! `/…/flags` in GitLab's dialect, which is RE2's.

use regex_lite::Regex;

use super::dialect::{CaseSensitivity, PatternError, translate};

/// What may follow the last slash.
const FLAGS: &[u8] = b"ismU";

/// A pattern that compiles.
#[derive(Debug, Clone)]
pub struct Pattern {
    written: String,
    regex: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Reads a text that is a pattern as a whole, flags included; `None` where it is just a text. What stands between the
    /// first slash and the last one is the pattern.
    pub fn parse(text: &str) -> Option<Result<Self, PatternError>> {
        let (inner, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
        let is_one = flags.bytes().all(|flag| FLAGS.contains(&flag)) && !text.contains('\n');
        is_one.then(|| Self::compile(text, inner, flags))
    }

    /// Reads a text that is a pattern without slashes around it.
    ///
    /// # Errors
    /// It is none, or not one for the engine here.
    pub fn of_regex(text: &str) -> Result<Self, PatternError> {
        Self::compile(text, text, "")
    }

    /// Reads the pattern that an expression starts with, and says how long it is: there it ends at the first slash that
    /// has no backslash before it, and has at least two characters.
    pub(super) fn parse_start(text: &str) -> Option<(Result<Self, PatternError>, usize)> {
        let inner = text.strip_prefix('/')?;
        let mut before = None;
        let end = inner.char_indices().find_map(|(index, c)| {
            let ends = c == '/' && before != Some('\\');
            before = Some(c);
            ends.then_some(index)
        })?;
        let (inner, flags) = (inner.get(..end)?, inner.get(end + 1..)?);
        inner.chars().nth(1)?;
        let flags = flags.get(..flags.bytes().take_while(|flag| FLAGS.contains(flag)).count())?;
        let length = inner.len() + flags.len() + 2;
        Some((Self::compile(text.get(..length)?, inner, flags), length))
    }

    /// Whether it is found anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The last place where it is found: its last group, or all of it where it has no groups. `Some(None)` where that
    /// group took no part.
    pub fn last_match<'t>(&self, text: &'t str) -> Option<Option<&'t str>> {
        let captures = self.regex.captures_iter(text).last()?;
        captures.iter().last().map(|group| group.map(|found| found.as_str()))
    }

    fn compile(written: &str, inner: &str, flags: &str) -> Result<Self, PatternError> {
        let case =
            if flags.contains('i') { CaseSensitivity::Insensitive } else { CaseSensitivity::Sensitive };
        let inner = translate(inner, case)?;
        let expression = if flags.is_empty() { inner } else { format!("(?{flags}){inner}") };
        let regex = Regex::new(&expression).map_err(|error| PatternError::Invalid(error.to_string()))?;
        Ok(Self { written: written.to_owned(), regex })
    }
}

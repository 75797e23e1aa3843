//! Patterns such as `/…/i`, in the syntax of RE2, which GitLab uses.

mod required_text;

use memchr::memmem::Finder;
use regex_lite::{Regex, RegexBuilder};

use self::required_text::required_text;
use super::dialect::{CaseSensitivity, PatternError, translate};

/// The flags that may follow the last slash.
const FLAGS: &[u8] = b"ismU";

/// The most bytes of a compiled pattern, some 1,500 states. A text is compared with all of them at each character, so that
/// this bounds the time; patterns of real files have fewer than 100.
const COMPILED_BYTES_MAX: usize = 64 * 1024;

/// The reason why a larger one is refused.
pub(super) const TOO_LARGE: &str = "the pattern is too large when its repetitions are written out";

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    written: String,
    regex: Regex,
    /// Finds a text that every match contains; in a box, because it is large.
    required: Option<Box<Finder<'static>>>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Parses a text that is a pattern as a whole, including flags. The pattern stands between the first slash and
    /// the last. `None` means that the text is plain.
    pub fn parse(text: &str) -> Option<Result<Self, PatternError>> {
        let (inner, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
        let is_one = flags.bytes().all(|flag| FLAGS.contains(&flag)) && !text.contains('\n');
        is_one.then(|| Self::compile(text, inner, flags))
    }

    /// Parses a pattern that has no slashes around it.
    pub fn parse_without_slashes(text: &str) -> Result<Self, PatternError> {
        Self::compile(text, text, "")
    }

    /// Parses the pattern at the beginning of an expression, and returns its length. In an expression, a pattern ends
    /// at the first slash without a backslash before it, and has at least two characters.
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

    /// Whether the pattern matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.may_match(text) && self.regex.is_match(text)
    }

    fn may_match(&self, text: &str) -> bool {
        self.required.as_ref().is_none_or(|required| required.find(text.as_bytes()).is_some())
    }

    /// The last match in the text: its last group, or the whole match if the pattern has no groups. `Some(None)`
    /// means that the group took no part in the match.
    pub fn last_match<'t>(&self, text: &'t str) -> Option<Option<&'t str>> {
        if !self.may_match(text) {
            return None;
        }
        if !self.has_groups() {
            // Without groups the search is several times as fast.
            return self.regex.find_iter(text).last().map(|found| Some(found.as_str()));
        }
        let captures = self.regex.captures_iter(text).last()?;
        captures.iter().last().map(|group| group.map(|found| found.as_str()))
    }

    /// Whether the pattern has capturing groups.
    pub fn has_groups(&self) -> bool {
        self.regex.captures_len() > 1
    }

    fn compile(written: &str, inner: &str, flags: &str) -> Result<Self, PatternError> {
        let case =
            if flags.contains('i') { CaseSensitivity::Insensitive } else { CaseSensitivity::Sensitive };
        let required = (case == CaseSensitivity::Sensitive).then(|| required_text(inner)).flatten();
        let required = required.map(|text| Box::new(Finder::new(&text).into_owned()));
        let inner = translate(inner, case)?;
        let expression = if flags.is_empty() { inner } else { format!("(?{flags}){inner}") };
        let regex = RegexBuilder::new(&expression).size_limit(COMPILED_BYTES_MAX).build();
        let regex = regex.map_err(|error| match error.to_string() {
            // The crate has no other mark of this error.
            text if text.contains("size limit") => PatternError::Unsupported(TOO_LARGE.to_owned()),
            text => PatternError::Invalid(text),
        })?;
        Ok(Self { written: written.to_owned(), regex, required })
    }
}

//! `/…/flags` in GitLab's dialect, which is RE2's.

use regex_lite::Regex;

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
    /// Reads a text that is a pattern as a whole; `None` where it is just a text. The error is the engine's.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let length = length(text)?;
        (length == text.len()).then(|| Self::compile(text))
    }

    /// Reads a text that is a pattern without slashes around it. The error is the engine's.
    ///
    /// # Errors
    /// The engine does not take it.
    pub fn of_regex(text: &str) -> Result<Self, String> {
        let regex = Regex::new(text).map_err(|error| error.to_string())?;
        Ok(Self { written: text.to_owned(), regex })
    }

    /// Reads the pattern that a text starts with, and says how long it is.
    pub(super) fn parse_start(text: &str) -> Option<(Result<Self, String>, usize)> {
        let length = length(text)?;
        Some((Self::compile(text.get(..length)?), length))
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

    fn compile(written: &str) -> Result<Self, String> {
        let (inner, flags) =
            written.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')).unwrap_or_default();
        let expression = if flags.is_empty() { inner.to_owned() } else { format!("(?{flags}){inner}") };
        let regex = Regex::new(&expression).map_err(|error| error.to_string())?;
        Ok(Self { written: written.to_owned(), regex })
    }
}

/// How much of the text is a pattern: GitLab takes at least two characters between the slashes, and ends at the first
/// slash that has no backslash before it.
fn length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('/')?;
    let mut before = None;
    let end = inner.char_indices().find_map(|(index, c)| {
        let ends = c == '/' && before != Some('\\');
        before = Some(c);
        ends.then_some(index)
    })?;
    inner.get(..end)?.chars().nth(1)?;
    let flags = inner.get(end + 1..)?.bytes().take_while(|flag| b"ismU".contains(flag)).count();
    Some(1 + end + 1 + flags)
}

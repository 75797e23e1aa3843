//! The syntax of references to variables, which differs between the two expansions.
//!
//! Invariant: parsing takes time in proportion to the length of the text.

/// A part of a text in the server's syntax; a part with a name is a reference.
pub(super) struct ServerPart<'a> {
    pub(super) text: &'a str,
    pub(super) name: Option<&'a str>,
}

/// Splits a text into parts by the server's syntax. The parts together are the text.
pub(super) struct ServerParts<'a> {
    rest: &'a str,
}

impl<'a> ServerParts<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for ServerParts<'a> {
    type Item = ServerPart<'a>;

    fn next(&mut self) -> Option<ServerPart<'a>> {
        let (length, name) = match self.rest.find(['$', '%']) {
            None if self.rest.is_empty() => return None,
            None => (self.rest.len(), None),
            Some(0) => server_reference(self.rest),
            Some(plain) => (plain, None),
        };
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(ServerPart { text, name })
    }
}

/// The length of the part that starts with `$` or `%`, and the name if it is a reference.
fn server_reference(text: &str) -> (usize, Option<&str>) {
    let after = &text[1..];
    let marker = text.chars().next().unwrap_or('$');
    if after.starts_with(marker) {
        return (2, None);
    }
    let (open, close, inner) = match (marker, after.strip_prefix('{')) {
        ('%', _) => (1, "%", after),
        (_, Some(inner)) => (2, "}", inner),
        (_, None) => (1, "", after),
    };
    let length = identifier_length(inner);
    if length > 0 && inner[length..].starts_with(close) {
        (open + length + close.len(), Some(&inner[..length]))
    } else {
        (1, None)
    }
}

/// A part of a text in the runner's syntax: text to keep, or a name to look up.
pub(super) enum RunnerPart<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Splits a text into parts by the runner's syntax.
pub(super) struct RunnerParts<'a> {
    rest: &'a str,
    /// Whether the rest of the text contains a closing brace. Without this field, every `${` of a text full
    /// of them would search the rest again.
    brace_closes: bool,
}

impl<'a> RunnerParts<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, brace_closes: true }
    }

    /// The length and the meaning of the part that starts with `$`.
    fn reference(&mut self) -> (usize, RunnerPart<'a>) {
        let after = &self.rest[1..];
        if let Some(inner) = after.strip_prefix('{') {
            let close = if self.brace_closes { inner.find('}') } else { None };
            self.brace_closes = close.is_some();
            return match close {
                None => (2, RunnerPart::Text("")),
                Some(0) => (3, RunnerPart::Text("")),
                Some(close) => (close + 3, RunnerPart::Name(&inner[..close])),
            };
        }
        let length = match after.get(..1) {
            Some(first) if is_special(first) => 1,
            _ => word_length(after),
        };
        match length {
            0 => (1, RunnerPart::Text(&self.rest[..1])),
            _ => (length + 1, RunnerPart::Name(&after[..length])),
        }
    }
}

impl<'a> Iterator for RunnerParts<'a> {
    type Item = RunnerPart<'a>;

    fn next(&mut self) -> Option<RunnerPart<'a>> {
        let (length, part) = match self.rest.find('$') {
            None if self.rest.is_empty() => return None,
            None => (self.rest.len(), RunnerPart::Text(self.rest)),
            Some(0) => self.reference(),
            Some(plain) => (plain, RunnerPart::Text(&self.rest[..plain])),
        };
        self.rest = &self.rest[length..];
        Some(part)
    }
}

/// The shell's special parameters, which Go treats as names of one character.
pub(super) fn is_special(name: &str) -> bool {
    matches!(name.as_bytes(), [b'*' | b'#' | b'$' | b'@' | b'!' | b'?' | b'-' | b'0'..=b'9'])
}

fn word_length(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// Like [`word_length`], but 0 for a word that starts with a digit.
fn identifier_length(text: &str) -> usize {
    if text.starts_with(|first: char| first.is_ascii_digit()) { 0 } else { word_length(text) }
}

//! Patterns of a single name: `*`, `?`, `[…]` and `\`. They are also the patterns of `${NAME#PATTERN}`.

/// A pattern without braces and slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    tokens: Box<[NameToken]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum NameToken {
    /// Any number of characters.
    Star,
    /// One character.
    Any,
    One(u32),
    Class {
        negated: bool,
        /// First and last code of each range.
        ranges: Box<[(u32, u32)]>,
    },
}

impl NameToken {
    fn accepts(&self, code: u32) -> bool {
        match self {
            Self::Star | Self::Any => true,
            Self::One(own) => *own == code,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&code)) != *negated
            }
        }
    }
}

impl NamePattern {
    /// Parses a pattern; `None` if a class does not end or a backslash is last.
    pub fn parse(pattern: &[u8]) -> Option<Self> {
        let mut letters = Letters(pattern);
        let mut tokens = Vec::new();
        while let Some(code) = letters.next() {
            match u8::try_from(code) {
                Ok(b'*') if tokens.last() == Some(&NameToken::Star) => {}
                Ok(b'*') => tokens.push(NameToken::Star),
                Ok(b'?') => tokens.push(NameToken::Any),
                Ok(b'[') => tokens.push(class(&mut letters)?),
                Ok(b'\\') => tokens.push(NameToken::One(letters.next()?)),
                _ => tokens.push(NameToken::One(code)),
            }
        }
        Some(Self { tokens: tokens.into() })
    }

    /// Whether the pattern matches the whole name. After a mismatch, the last `*` takes one more character; trying the
    /// earlier ones again is not necessary.
    pub fn matches(&self, name: &[u8]) -> bool {
        let (mut rest, mut at) = (Letters(name), 0);
        let mut star: Option<(usize, Letters<'_>)> = None;
        loop {
            let mut next = rest;
            let code = next.next();
            match (self.tokens.get(at), code) {
                (None, None) => return true,
                (Some(NameToken::Star), _) => {
                    star = Some((at, rest));
                    at += 1;
                    continue;
                }
                (Some(token), Some(code)) if token.accepts(code) => {
                    rest = next;
                    at += 1;
                    continue;
                }
                (_, None) => return false,
                _ => {}
            }
            let Some((star_at, mut from)) = star else { return false };
            from.next();
            star = Some((star_at, from));
            (at, rest) = (star_at + 1, from);
        }
    }

    /// The same pattern for texts that are read backwards.
    pub fn reversed(&self) -> Self {
        Self { tokens: self.tokens.iter().rev().cloned().collect() }
    }

    /// For every number of `letters` whether the pattern matches that many from the first on. The time is bounded by the
    /// product of both lengths.
    pub fn prefixes(&self, letters: &[u32]) -> Vec<bool> {
        let mut reached = vec![false; letters.len() + 1];
        if let Some(start) = reached.first_mut() {
            *start = true;
        }
        for token in &self.tokens {
            let mut before = false;
            let mut next = Vec::with_capacity(reached.len());
            for (at, here) in reached.iter().enumerate() {
                let after = at.checked_sub(1);
                let code = after.and_then(|at| letters.get(at));
                before = match token {
                    NameToken::Star => *here || before,
                    _ => {
                        let reached = after.and_then(|at| reached.get(at)).copied().unwrap_or_default();
                        reached && code.is_some_and(|code| token.accepts(*code))
                    }
                };
                next.push(before);
            }
            reached = next;
        }
        reached
    }
}

/// The class after its opening bracket.
fn class(letters: &mut Letters<'_>) -> Option<NameToken> {
    let negated = matches!(letters.0.first()?, b'!' | b'^');
    if negated {
        letters.next();
    }
    let mut ranges = Vec::new();
    loop {
        let first = match letters.next()? {
            code if code == u32::from(b']') => break,
            code => member(code, letters)?,
        };
        let is_range = letters.0.first() == Some(&b'-') && letters.0.get(1).is_some_and(|byte| *byte != b']');
        let last = if is_range {
            letters.next();
            let code = letters.next()?;
            member(code, letters)?
        } else {
            first
        };
        ranges.push((first, last));
    }
    (!ranges.is_empty()).then(|| NameToken::Class { negated, ranges: ranges.into() })
}

/// A member of a class, which a backslash may precede.
fn member(code: u32, letters: &mut Letters<'_>) -> Option<u32> {
    if code == u32::from(b'\\') { letters.next() } else { Some(code) }
}

/// The characters of a text. A byte that is not UTF-8 is a code beyond those of Unicode.
#[derive(Debug, Clone, Copy)]
pub struct Letters<'a>(pub &'a [u8]);

impl Iterator for Letters<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let first = *self.0.first()?;
        let length = match first {
            0..0x80 => 1,
            0xC0..0xE0 => 2,
            0xE0..0xF0 => 3,
            _ => 4,
        };
        let character = self.0.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let character = character.and_then(|text| text.chars().next().filter(|c| c.len_utf8() == length));
        self.0 = self.0.get(character.map_or(1, char::len_utf8)..).unwrap_or_default();
        Some(character.map_or(NO_CHARACTER + u32::from(first), u32::from))
    }
}

/// The code of the byte 0 if it were not UTF-8.
const NO_CHARACTER: u32 = 0x11_0000;

/// Appends the character or byte that a code of [`Letters`] stands for.
pub fn push_letter(text: &mut Vec<u8>, code: u32) {
    match (char::from_u32(code), u8::try_from(code.wrapping_sub(NO_CHARACTER))) {
        (Some(character), _) => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        (None, Ok(byte)) => text.push(byte),
        (None, Err(_)) => {}
    }
}

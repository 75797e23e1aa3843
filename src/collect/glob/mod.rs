//! Glob patterns in the dialect of GitLab Runner, which is that of the Go library doublestar, version 4. Pure.
//!
//! A name or a pattern is bytes. What is UTF-8 in it is compared character by character, everything else byte by byte.

pub mod braces;
pub mod name;

use braces::alternatives;
use name::NamePattern;

/// A component of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GlobPart {
    /// The name itself.
    Literal(Box<[u8]>),
    /// A name that matches.
    Name(NamePattern),
    /// `**`: any number of folders; at the end also everything in them.
    AnyFolders,
}

impl GlobPart {
    /// Whether the component stands for this name. `**` stands for every one.
    pub fn matches(&self, name: &[u8]) -> bool {
        match self {
            Self::Literal(literal) => **literal == *name,
            Self::Name(pattern) => pattern.matches(name),
            Self::AnyFolders => true,
        }
    }
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlobError {
    /// A class or braces do not end, or a backslash is the last character.
    Malformed,
    /// Its braces stand for more than [`braces::ALTERNATIVES_MAX`] alternatives.
    TooManyAlternatives,
}

/// Compiles a pattern, whose path is relative and clean, into the components of its alternatives. An alternative with `..` is
/// left out, because it matches nothing.
pub fn compile(pattern: &[u8]) -> Result<Vec<Vec<GlobPart>>, GlobError> {
    if !is_valid(pattern) {
        return Err(GlobError::Malformed);
    }
    let mut compiled = Vec::new();
    for alternative in alternatives(pattern)? {
        let names = alternative.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
        let names: Vec<&[u8]> = names.collect();
        if !names.contains(&&b".."[..]) {
            compiled.push(names.into_iter().map(part).collect::<Result<_, _>>()?);
        }
    }
    Ok(compiled)
}

fn part(name: &[u8]) -> Result<GlobPart, GlobError> {
    if name == b"**" {
        Ok(GlobPart::AnyFolders)
    } else if first_meta(name).is_none() {
        Ok(GlobPart::Literal(unescaped(name).into()))
    } else {
        NamePattern::parse(name).map(GlobPart::Name).ok_or(GlobError::Malformed)
    }
}

/// Whether doublestar accepts the pattern: every class and every brace ends.
pub fn is_valid(pattern: &[u8]) -> bool {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = pattern.get(at) {
        match byte {
            b'\\' if at + 1 >= pattern.len() => return false,
            b'\\' => at += 1,
            b'[' => match class_end(pattern, at) {
                Some(end) => at = end,
                None => return false,
            },
            b'{' => depth += 1,
            b'}' if depth == 0 => return false,
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    depth == 0
}

/// The position of the bracket that ends the class beginning at `start`. A class has at least one member.
fn class_end(pattern: &[u8], start: usize) -> Option<usize> {
    let negated = matches!(pattern.get(start + 1)?, b'^' | b'!');
    let first = start + 1 + usize::from(negated);
    let mut at = first;
    loop {
        match pattern.get(at)? {
            b']' if at == first => return None,
            b']' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The position of the first `*`, `?`, `[` or `{` without a backslash before it.
pub fn first_meta(pattern: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(byte) = pattern.get(at) {
        match byte {
            b'\\' => at += 1,
            b'*' | b'?' | b'[' | b'{' => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Takes away backslashes before `*`, `?`, brackets and braces. Others are part of the name.
pub fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, text.get(at + 1)) {
            (b'\\', Some(meta @ (b'*' | b'?' | b'[' | b']' | b'{' | b'}'))) => {
                plain.push(*meta);
                at += 1;
            }
            _ => plain.push(*byte),
        }
        at += 1;
    }
    plain
}

#[cfg(test)]
mod tests;

//! `${NAME}` with an operator.

use super::Expander;
use crate::collect::environment::is_name_byte;
use crate::collect::glob::name::{Letters, NamePattern, push_letter};

/// The longest value that `#`, `%` and `/` look at. `//` takes its square, times the pattern.
const VALUE_BYTES_MAX: usize = 1024;

/// The longest pattern that they look for.
const PATTERN_BYTES_MAX: usize = 64;

impl<'a> Expander<'a> {
    /// Expands what follows the `${` at `start`, and passes its `}`.
    pub(super) fn braced(&mut self, start: usize) -> Result<Vec<u8>, String> {
        let value = match (self.peek(), self.after(1)) {
            (None, _) => return Err(self.endless(start)),
            (Some(b'#'), Some(next)) if next != b'}' => {
                self.at += 1;
                let name = self.parameter()?;
                let length = Letters(self.variables.get(name).unwrap_or_default()).count();
                length.to_string().into_bytes()
            }
            (Some(b'!'), Some(next)) if next != b'}' => return Err(self.unsupported(start)),
            _ => {
                let name = self.parameter()?;
                self.operation(start, name)?
            }
        };
        match self.peek() {
            Some(b'}') => {
                self.at += 1;
                Ok(value)
            }
            None => Err(self.endless(start)),
            Some(byte) => Err(self.wrong_operator(byte)),
        }
    }

    /// Passes the name of a variable, or of a script's parameter.
    fn parameter(&mut self) -> Result<&'a [u8], String> {
        if self.peek().is_some_and(is_name_byte) {
            return Ok(self.name());
        }
        let name = self.text.get(self.at..=self.at).unwrap_or_default();
        if matches!(name, b"@" | b"*" | b"#" | b"?" | b"!" | b"-" | b"$") {
            self.at += 1;
            return Ok(name);
        }
        Err(self.error(self.at, "invalid parameter name"))
    }

    /// What the operator here makes of the variable's value; passes everything up to the `}`.
    fn operation(&mut self, start: usize, name: &[u8]) -> Result<Vec<u8>, String> {
        let value = self.variables.get(name);
        let or_empty = || value.unwrap_or_default().to_vec();
        // Empty counts as unset, so that a colon makes no difference.
        let colon = self.after(1).is_some_and(|next| b"-=?+".contains(&next)) && self.accept(b":");
        match self.peek() {
            Some(b'}') => return Ok(or_empty()),
            Some(operator @ (b'-' | b'=' | b'?' | b'+')) => {
                self.at += 1;
                let word = self.word(start, b'}')?;
                return match (operator, value) {
                    (b'-', None) | (b'+', Some(_)) => Ok(word),
                    (b'+', None) => Ok(Vec::new()),
                    (_, Some(value)) => Ok(value.to_vec()),
                    (b'=', None) => Err("environment is read-only".to_owned()),
                    (_, None) => {
                        Err(format!("{}: {}", String::from_utf8_lossy(name), String::from_utf8_lossy(&word)))
                    }
                };
            }
            _ if colon => {}
            Some(b'#') => {
                self.at += 1;
                return self.trim(start, or_empty(), b"#", Side::Start);
            }
            Some(b'%') => {
                self.at += 1;
                return self.trim(start, or_empty(), b"%", Side::End);
            }
            Some(b'/') => {
                self.at += 1;
                return self.replace(start, or_empty());
            }
            Some(b'^' | b',') => return self.change_case(start, &or_empty()),
            Some(b':' | b'@' | b'[') => return Err(self.unsupported(start)),
            _ => {}
        }
        Ok(or_empty())
    }

    /// `#` and `%`, or twice the operator for the longest match.
    fn trim(&mut self, start: usize, value: Vec<u8>, twice: &[u8], side: Side) -> Result<Vec<u8>, String> {
        let longest = self.accept(twice);
        let pattern = self.word(start, b'}')?;
        let mut letters = letters(&value, &pattern)?;
        let Some(mut pattern) = NamePattern::parse(&pattern) else { return Ok(value) };
        if side == Side::End {
            pattern = pattern.reversed();
            letters.reverse();
        }
        let lengths = pattern.prefixes(&letters);
        let length = if longest {
            lengths.iter().rposition(|matches| *matches)
        } else {
            lengths.iter().position(|matches| *matches)
        };
        letters.drain(..length.unwrap_or_default());
        if side == Side::End {
            letters.reverse();
        }
        Ok(text(&letters))
    }

    /// `/PATTERN/TEXT` for the first match, or `//` for all; the longest one at each place.
    fn replace(&mut self, start: usize, value: Vec<u8>) -> Result<Vec<u8>, String> {
        let all = self.accept(b"/");
        let pattern = self.word(start, b'/')?;
        let replacement = if self.accept(b"/") { self.word(start, b'}')? } else { Vec::new() };
        let letters = letters(&value, &pattern)?;
        let Some(pattern) = NamePattern::parse(&pattern) else { return Ok(value) };
        let (mut out, mut at, mut replaced) = (Vec::new(), 0, false);
        while let Some(letter) = letters.get(at) {
            let rest = letters.get(at..).unwrap_or_default();
            let length = if replaced && !all {
                None
            } else {
                pattern.prefixes(rest).iter().rposition(|matches| *matches)
            };
            match length {
                None | Some(0) => {
                    push_letter(&mut out, *letter);
                    at += 1;
                }
                Some(length) => {
                    out.extend_from_slice(&replacement);
                    at += length;
                    replaced = true;
                }
            }
        }
        Ok(out)
    }

    /// `^` and `,` for the first character, twice for all of them.
    fn change_case(&mut self, start: usize, value: &[u8]) -> Result<Vec<u8>, String> {
        let convert: fn(char) -> Option<char> = match self.peek() {
            Some(b'^') => |letter| single(letter.to_uppercase()),
            _ => |letter| single(letter.to_lowercase()),
        };
        let all = self.accept(b"^^") || self.accept(b",,");
        self.at += usize::from(!all);
        if self.peek().is_some_and(|byte| byte != b'}') {
            return Err(self.unsupported(start));
        }
        let letters = Letters(value).enumerate().map(|(index, code)| match char::from_u32(code) {
            Some(letter) if all || index == 0 => convert(letter).map_or(code, u32::from),
            _ => code,
        });
        Ok(text(&letters.collect::<Vec<_>>()))
    }

    fn wrong_operator(&self, byte: u8) -> String {
        let operator = char::from(byte);
        self.error(self.at, &format!("not a valid parameter expansion operator: `{operator}`"))
    }
}

/// The end of a value at which `#` and `%` cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Start,
    End,
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

/// The characters of a value that a pattern is looked for in.
fn letters(value: &[u8], pattern: &[u8]) -> Result<Vec<u32>, String> {
    if value.len() > VALUE_BYTES_MAX || pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!(
            "a value of {} bytes and a pattern of {} are too long to be compared",
            value.len(),
            pattern.len()
        ));
    }
    Ok(Letters(value).collect())
}

fn text(letters: &[u32]) -> Vec<u8> {
    let mut text = Vec::new();
    letters.iter().for_each(|code| push_letter(&mut text, *code));
    text
}

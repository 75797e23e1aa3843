//! Translates GitLab's patterns, which have the syntax of RE2, into the syntax of the `regex-lite` crate. Most
//! patterns stay as they are.
//!
//! Patterns that RE2 rejects are rejected, characters that RE2 takes literally are escaped, and features that the
//! crate lacks are reported as not supported.

use std::iter::Peekable;
use std::str::Chars;

use thiserror::Error;

/// The largest `n` in `{n}`; RE2's limit.
const REPEAT_MAX: u32 = 1000;

/// The most letters of a range that get their other case: more than any alphabet has.
const RANGE_MAX: usize = 2048;

/// The names in `[[:name:]]`.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Why a text cannot be used as a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatternError {
    /// GitLab rejects it, too.
    #[error("{0}")]
    Invalid(String),
    /// GitLab accepts it, and only the crate does not.
    #[error("{0}")]
    Unsupported(String),
}

/// Whether a letter also matches its other case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CaseSensitivity {
    Sensitive,
    /// The crate folds the case of ASCII letters alone; the translation adds that of other letters.
    Insensitive,
}

/// Translates a pattern for the `regex-lite` crate.
pub(super) fn translate(re2: &str, case: CaseSensitivity) -> Result<String, PatternError> {
    let case = if has_case_flag(re2) { CaseSensitivity::Insensitive } else { case };
    let mut translator = Translator { rest: re2.chars().peekable(), out: String::new(), case };
    translator.translate_all()?;
    Ok(translator.out)
}

/// Whether a group of the pattern has the flag `i`. RE2 ignores case within the group or after the flag; here,
/// letters outside ASCII then ignore case in the whole pattern.
fn has_case_flag(re2: &str) -> bool {
    re2.split("(?").skip(1).any(|after| {
        let flags = after.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        flags.contains('i') && !flags.starts_with('P')
    })
}

struct Translator<'t> {
    rest: Peekable<Chars<'t>>,
    out: String,
    case: CaseSensitivity,
}

impl Translator<'_> {
    fn translate_all(&mut self) -> Result<(), PatternError> {
        // The repetition that the last character already has.
        let mut repeated: Option<String> = None;
        while let Some(c) = self.rest.next() {
            let repeats = match c {
                '*' | '+' | '?' => Some(c.to_string()),
                '{' => self.read_repetition()?,
                _ => None,
            };
            if let Some(repeats) = repeats {
                if let Some(before) = repeated {
                    return Err(invalid(format!("`{before}{repeats}` repeats a repetition")));
                }
                self.out.push_str(&repeats);
                // A `?` makes the repetition match as little as possible.
                if self.rest.next_if_eq(&'?').is_some() {
                    self.out.push('?');
                }
                repeated = Some(repeats);
                continue;
            }
            repeated = None;
            match c {
                '\\' => self.translate_escape()?,
                '[' => self.translate_class()?,
                '(' => self.translate_group()?,
                '{' | '}' | ']' => self.write_literal(c),
                '^' | '$' | '.' | '|' | ')' => self.out.push(c),
                c => self.write_literal(c),
            }
        }
        Ok(())
    }

    /// Reads the rest of `{n}`, `{n,}` or `{n,m}`, including its brace. `None` means that the brace is a literal one.
    fn read_repetition(&mut self) -> Result<Option<String>, PatternError> {
        let ahead: String = self.rest.clone().take_while(|c| *c != '}').take(16).collect();
        let is_closed = self.rest.clone().nth(ahead.chars().count()) == Some('}');
        let number =
            |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|c| c.is_ascii_digit()));
        let (low, high) = ahead.split_once(',').map_or((&*ahead, None), |(low, high)| (low, Some(high)));
        let Some(least) = number(low).filter(|_| is_closed) else { return Ok(None) };
        let most = match high {
            None | Some("") => least,
            Some(high) => match number(high) {
                Some(most) => most,
                None => return Ok(None),
            },
        };
        if most > REPEAT_MAX || most < least {
            return Err(invalid(format!("`{{{ahead}}}` is not a count (the maximum is {REPEAT_MAX})")));
        }
        self.skip(ahead.chars().count() + 1);
        Ok(Some(format!("{{{ahead}}}")))
    }

    fn skip(&mut self, count: usize) {
        if let Some(last) = count.checked_sub(1) {
            self.rest.nth(last);
        }
    }

    /// Translates an escape outside of a class.
    fn translate_escape(&mut self) -> Result<(), PatternError> {
        let Some(c) = self.rest.next() else { return Err(invalid("a `\\` at the end")) };
        match c {
            'Q' => self.translate_quoted(),
            // RE2's `\s` does not include the vertical tab.
            's' => self.out.push_str("[\\t\\n\\f\\r ]"),
            'S' => self.out.push_str("[^\\t\\n\\f\\r ]"),
            'd' | 'D' | 'w' | 'W' | 'A' | 'z' | 'B' => self.out.extend(['\\', c]),
            // The parentheses keep a following `{` apart: the crate knows `\b{start}`.
            'b' => self.out.push_str("(?:\\b)"),
            'p' | 'P' => return Err(unicode_class(c)),
            // In RE2 this is a single byte, which the crate cannot match.
            'C' => self.out.push_str("(?s:.)"),
            c => {
                let plain = self.read_escaped_character(c)?;
                self.write_literal(plain);
            }
        }
        Ok(())
    }

    /// The character that an escape stands for, inside or outside of a class.
    fn read_escaped_character(&mut self, c: char) -> Result<char, PatternError> {
        match c {
            'a' => Ok('\x07'),
            'f' => Ok('\x0c'),
            't' => Ok('\t'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            'v' => Ok('\x0b'),
            'x' => self.read_hexadecimal(),
            '0' => Ok(self.read_octal(0)),
            // A single digit would be a backreference.
            '1'..='7' if self.rest.peek().is_some_and(|c| c.is_digit(8)) => {
                Ok(self.read_octal(c.to_digit(8).unwrap_or_default()))
            }
            '1'..='9' => Err(invalid(format!("`\\{c}`: RE2 has no references to groups"))),
            c if c.is_ascii_punctuation() || c == ' ' || c.is_ascii_control() => Ok(c),
            c => Err(invalid(format!("`\\{c}` is not an escape of RE2"))),
        }
    }

    fn read_octal(&mut self, first: u32) -> char {
        let mut value = first;
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8)) else { break };
            self.rest.next();
            value = value * 8 + digit;
        }
        char::from_u32(value).unwrap_or_default()
    }

    /// Reads `\xHH` or `\x{HHHHHH}`.
    fn read_hexadecimal(&mut self) -> Result<char, PatternError> {
        let mut digits = String::new();
        if self.rest.next_if_eq(&'{').is_some() {
            digits.extend(self.rest.by_ref().take_while(|c| *c != '}').take(9));
        } else {
            digits.extend(self.rest.clone().take(2));
            self.skip(2);
            digits.truncate(if digits.len() == 2 { 2 } else { 0 });
        }
        let is_number = digits.chars().all(|c| c.is_ascii_hexdigit());
        let value = u32::from_str_radix(&digits, 16).ok().filter(|_| is_number);
        value.and_then(char::from_u32).ok_or_else(|| invalid(format!("`\\x{digits}` is not a character")))
    }

    /// Reads `\Q…\E`: every character in between is a literal.
    fn translate_quoted(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.write_literal(c);
        }
    }

    /// Translates a `(` with its flags or name, if it has some.
    fn translate_group(&mut self) -> Result<(), PatternError> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        let ahead: String = self.rest.clone().take(3).collect();
        let is_name = ahead.starts_with("P<")
            || (ahead.starts_with('<') && !ahead.starts_with("<=") && !ahead.starts_with("<!"));
        if is_name {
            self.out.push('?');
            return Ok(());
        }
        let flags: String = self.rest.clone().take_while(|c| "imsU-".contains(*c)).collect();
        let end = self.rest.clone().nth(flags.chars().count());
        if !matches!(end, Some(':' | ')')) || (flags.is_empty() && end != Some(':')) {
            return Err(invalid(format!("RE2 has no `(?{ahead}`: neither look-around nor comments")));
        }
        self.out.push('?');
        self.out.push_str(&flags);
        self.out.extend(end);
        self.skip(flags.chars().count() + 1);
        Ok(())
    }

    /// Translates the rest of `[…]` after its bracket.
    fn translate_class(&mut self) -> Result<(), PatternError> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut is_first = true;
        loop {
            let Some(c) = self.rest.next() else { return Err(invalid("a `[` without its `]`")) };
            if c == ']' && !is_first {
                break;
            }
            is_first = false;
            let Some(low) = self.read_class_member(c)? else { continue };
            let mut ahead = self.rest.clone();
            let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
            if !is_range {
                self.write_class_literal(low);
                continue;
            }
            self.rest.next();
            let next = self.rest.next().unwrap_or_default();
            let high = self.read_class_member(next)?.filter(|high| *high >= low);
            let Some(high) = high else { return Err(invalid(format!("`{low}-{next}` is not a range"))) };
            self.write_range(low, high);
        }
        self.out.push(']');
        Ok(())
    }

    /// Reads a character of a class. `None` means that it was a class within the class, which is already translated.
    fn read_class_member(&mut self, c: char) -> Result<Option<char>, PatternError> {
        if c == '[' {
            return self.translate_posix_class();
        }
        if c != '\\' {
            return Ok(Some(c));
        }
        let Some(c) = self.rest.next() else { return Err(invalid("a `[` without its `]`")) };
        match c {
            's' => self.out.push_str("\\t\\n\\f\\r "),
            'S' => self.out.push_str("\\S\\v"),
            'd' | 'D' | 'w' | 'W' => self.out.extend(['\\', c]),
            'p' | 'P' => return Err(unicode_class(c)),
            c => return self.read_escaped_character(c).map(Some),
        }
        Ok(None)
    }

    /// Translates the rest of `[:alpha:]` and similar classes after the bracket. Any other bracket is a literal.
    fn translate_posix_class(&mut self) -> Result<Option<char>, PatternError> {
        if self.rest.peek() != Some(&':') {
            return Ok(Some('['));
        }
        let after: String = self.rest.clone().skip(1).collect();
        let Some((name, _)) = after.split_once(":]") else { return Ok(Some('[')) };
        if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(invalid(format!("`[:{name}:]` is not a class")));
        }
        self.skip(name.chars().count() + 3);
        self.out.push_str(&format!("[:{name}:]"));
        Ok(None)
    }

    /// Writes a literal character outside of a class.
    fn write_literal(&mut self, c: char) {
        match other_case(c).filter(|_| self.case == CaseSensitivity::Insensitive) {
            Some(other) => self.out.extend(['[', c, other, ']']),
            None => write_escaped(&mut self.out, c),
        }
    }

    fn write_class_literal(&mut self, c: char) {
        write_escaped(&mut self.out, c);
        if let Some(other) = other_case(c).filter(|_| self.case == CaseSensitivity::Insensitive) {
            self.out.push(other);
        }
    }

    fn write_range(&mut self, low: char, high: char) {
        write_escaped(&mut self.out, low);
        self.out.push('-');
        write_escaped(&mut self.out, high);
        if self.case == CaseSensitivity::Insensitive && !high.is_ascii() {
            self.out.extend((low.max('\u{80}')..=high).take(RANGE_MAX).filter_map(other_case));
        }
    }
}

/// Writes a literal character. Escaped punctuation means itself in every context.
fn write_escaped(out: &mut String, c: char) {
    match c {
        '<' | '>' => out.push(c),
        c if c.is_ascii_punctuation() => out.extend(['\\', c]),
        c => out.push(c),
    }
}

/// The other case of a letter outside ASCII, if that is a single letter.
fn other_case(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    let single = |mut all: Box<dyn Iterator<Item = char>>| all.next().filter(|_| all.next().is_none());
    let (upper, lower) = (single(Box::new(c.to_uppercase())), single(Box::new(c.to_lowercase())));
    upper.into_iter().chain(lower).find(|other| *other != c)
}

fn unicode_class(c: char) -> PatternError {
    let reason = format!("Unicode classes (`\\{c}{{…}}`), which GitLab supports, are not supported here");
    PatternError::Unsupported(reason)
}

fn invalid(reason: impl Into<String>) -> PatternError {
    PatternError::Invalid(reason.into())
}

#[cfg(test)]
mod tests;

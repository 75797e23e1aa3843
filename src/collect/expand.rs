//! Expands variables in a path as GitLab Runner does, with the grammar of mvdan/sh's `shell.Expand`: as a shell does within
//! double quotes, but quotes stay, and an empty variable counts as unset. Pure.
//!
//! Left out are arithmetic, substrings, indirection and arrays. They are an error, like command substitution.

mod operation;

use super::environment::{PathVariables, is_name_byte};

/// The longest text that a path can become. It may have braces with many alternatives.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// How deep `${A:-${B:-…}}` may be nested.
const DEPTH_MAX: usize = 16;

/// Expands `text`.
///
/// # Errors
/// Why the text cannot be expanded, in GitLab Runner's words where it says the same.
pub fn expand(text: &str, variables: &PathVariables) -> Result<Vec<u8>, String> {
    let mut expander = Expander { text: text.as_bytes(), at: 0, depth: 0, variables };
    let mut out = Vec::new();
    while let Some(byte) = expander.peek() {
        match byte {
            b'\\' => {
                let escaped = expander.after(1).filter(|next| matches!(next, b'$' | b'`' | b'\\'));
                out.push(escaped.unwrap_or(b'\\'));
                expander.at += 1 + usize::from(escaped.is_some());
            }
            b'$' => expander.dollar(&mut out)?,
            b'`' => return Err(expander.command()),
            other => {
                out.push(other);
                expander.at += 1;
            }
        }
        within_measure(&out)?;
    }
    Ok(out)
}

struct Expander<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    variables: &'a PathVariables,
}

impl<'a> Expander<'a> {
    fn peek(&self) -> Option<u8> {
        self.after(0)
    }

    fn after(&self, distance: usize) -> Option<u8> {
        self.text.get(self.at + distance).copied()
    }

    /// Whether `prefix` follows, which is passed then.
    fn accept(&mut self, prefix: &[u8]) -> bool {
        let follows = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(prefix));
        self.at += if follows { prefix.len() } else { 0 };
        follows
    }

    /// Expands what begins with the `$` here.
    fn dollar(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        match self.after(1) {
            Some(b'{') => {
                let start = self.at;
                self.depth += 1;
                if self.depth > DEPTH_MAX {
                    return Err(self.error(start, "expansions are nested too deeply"));
                }
                self.at += 2;
                let value = self.braced(start)?;
                self.depth -= 1;
                within_measure(&value)?;
                out.extend(value);
            }
            Some(b'(') if self.after(2) != Some(b'(') => return Err(self.command()),
            Some(b'(' | b'[') => return Err(self.unsupported(self.at)),
            // The parameters of a script, of which there are none.
            Some(b'@' | b'*' | b'#' | b'?' | b'!' | b'-' | b'$' | b'0'..=b'9') => self.at += 2,
            Some(byte) if is_name_byte(byte) => {
                self.at += 1;
                let name = self.name();
                out.extend_from_slice(self.variables.get(name).unwrap_or_default());
            }
            _ => {
                out.push(b'$');
                self.at += 1;
            }
        }
        Ok(())
    }

    /// Passes the name of a variable.
    fn name(&mut self) -> &'a [u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_name_byte(*byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Passes a word up to `}` or to another `end`, which is not passed. Quotes vanish, backslashes stay.
    fn word(&mut self, start: usize, end: u8) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        let mut quoted = false;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    quoted = !quoted;
                    self.at += 1;
                }
                b'\'' if !quoted => {
                    let rest = self.text.get(self.at + 1..).unwrap_or_default();
                    let Some(length) = rest.iter().position(|byte| *byte == b'\'') else { break };
                    out.extend_from_slice(rest.get(..length).unwrap_or_default());
                    self.at += length + 2;
                }
                b'}' if !quoted => return Ok(out),
                byte if byte == end && !quoted => return Ok(out),
                b'\\' => {
                    out.extend(self.text.get(self.at..).unwrap_or_default().iter().take(2));
                    self.at += 2;
                }
                b'$' => self.dollar(&mut out)?,
                b'`' => return Err(self.command()),
                other => {
                    out.push(other);
                    self.at += 1;
                }
            }
            within_measure(&out)?;
        }
        Err(self.endless(start))
    }

    fn endless(&self, start: usize) -> String {
        self.error(start, "reached EOF without matching `${` with `}`")
    }

    fn command(&self) -> String {
        format!("unexpected command substitution at {}", self.place(self.at))
    }

    fn unsupported(&self, start: usize) -> String {
        self.error(start, "this kind of expansion is not supported")
    }

    fn error(&self, at: usize, what: &str) -> String {
        format!("{}: {what}", self.place(at))
    }

    /// Line and column, counted from 1.
    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        format!("{line}:{column}")
    }
}

fn within_measure(text: &[u8]) -> Result<(), String> {
    if text.len() > TEXT_BYTES_MAX {
        Err(format!("it becomes longer than {TEXT_BYTES_MAX} bytes"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;

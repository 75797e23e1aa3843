//! `{a,b{c,}}` stands for several patterns.

use super::{GlobError, class_end};

/// How many alternatives a pattern may stand for.
pub const ALTERNATIVES_MAX: usize = 1000;

/// How many bytes may be copied to find them, which also bounds the nesting.
const COPIED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Replaces braces by their alternatives, in their order and without repetitions. The pattern must be valid.
pub(super) fn alternatives(pattern: &[u8]) -> Result<Vec<Vec<u8>>, GlobError> {
    let (mut open, mut done) = (vec![pattern.to_vec()], Vec::new());
    let mut copied = 0_usize;
    while let Some(pattern) = open.pop() {
        match first_braces(&pattern) {
            Some(several) => {
                copied = copied.saturating_add(several.iter().map(Vec::len).sum());
                open.extend(several.into_iter().rev());
            }
            None => done.push(pattern),
        }
        if open.len() + done.len() > ALTERNATIVES_MAX || copied > COPIED_BYTES_MAX {
            return Err(GlobError::TooManyAlternatives);
        }
    }
    Ok(done)
}

/// The alternatives of the first braces; `None` without any. Within braces, brackets mean nothing, as in doublestar.
fn first_braces(pattern: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut at = 0;
    let open = loop {
        match pattern.get(at)? {
            b'\\' => at += 2,
            b'[' => at = class_end(pattern, at)? + 1,
            b'{' => break at,
            _ => at += 1,
        }
    };
    let (mut depth, mut start, mut parts) = (0_usize, open + 1, Vec::new());
    at = start;
    loop {
        match pattern.get(at)? {
            b'\\' => at += 1,
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            byte @ (b',' | b'}') if depth == 0 => {
                parts.push(pattern.get(start..at)?);
                start = at + 1;
                if *byte == b'}' {
                    break;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let (before, after) = (pattern.get(..open)?, pattern.get(start..)?);
    Some(parts.into_iter().map(|part| [before, part, after].concat()).collect())
}

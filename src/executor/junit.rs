//! Counts the test cases of a JUnit report, as GitLab does: from the elements, whatever the attributes say.
//!
//! The report is read as a stream of bytes. Nothing of it is kept but the name of one element at a time, so that a
//! report with gigabytes of output needs no memory.

#![warn(missing_docs)]

use std::io::{self, BufRead};

use thiserror::Error;

/// The most bytes of a name that are compared. No name that counts is as long.
const NAME_BYTES_MAX: usize = 16;

/// The test cases of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JunitCounts {
    /// All test cases.
    pub tests: u64,
    /// Test cases with a `failure`.
    pub failures: u64,
    /// Test cases with an `error` and without a `failure`.
    pub errors: u64,
    /// Test cases with `skipped` and without the two others.
    pub skipped: u64,
}

impl JunitCounts {
    /// Adds the counts of a further report.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            tests: self.tests.saturating_add(other.tests),
            failures: self.failures.saturating_add(other.failures),
            errors: self.errors.saturating_add(other.errors),
            skipped: self.skipped.saturating_add(other.skipped),
        }
    }
}

/// Why a report cannot be counted.
#[derive(Debug, Error)]
pub enum JunitError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It has no element, or an element does not end.
    #[error("the file is not complete XML")]
    Incomplete,
}

/// Counts the test cases of a report.
///
/// # Errors
/// The report cannot be read, or is no complete XML.
pub fn count(report: impl BufRead) -> Result<JunitCounts, JunitError> {
    let mut scanner = XmlScanner { bytes: report };
    let mut counter = Counter::default();
    while let Some(tag) = scanner.next_tag()? {
        if !counter.add(&tag) {
            return Err(JunitError::Incomplete);
        }
    }
    if counter.depth > 0 || !counter.has_root { Err(JunitError::Incomplete) } else { Ok(counter.counts) }
}

/// A tag, with the beginning of its name.
enum XmlTag {
    Start(Vec<u8>),
    /// A start tag that is also the end of its element.
    Empty(Vec<u8>),
    End,
}

/// Follows the nesting of elements.
#[derive(Default)]
struct Counter {
    counts: JunitCounts,
    has_root: bool,
    /// The number of elements that have not ended.
    depth: usize,
    /// The test case that has not ended: the number of elements up to it, and its result.
    case: Option<(usize, CaseResult)>,
}

/// The result of a test case, in the order in which GitLab asks for them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CaseResult {
    Passed,
    Skipped,
    Error,
    Failure,
}

impl Counter {
    /// Whether the tag fits the ones before.
    fn add(&mut self, tag: &XmlTag) -> bool {
        match tag {
            XmlTag::Start(name) => self.start(name),
            XmlTag::Empty(name) => {
                self.start(name);
                return self.end();
            }
            XmlTag::End => return self.end(),
        }
        true
    }

    fn start(&mut self, name: &[u8]) {
        self.has_root = true;
        self.depth = self.depth.saturating_add(1);
        let depth = self.depth;
        match (&mut self.case, name) {
            (None, b"testcase") => self.case = Some((depth, CaseResult::Passed)),
            (Some((of_case, result)), _) if depth == of_case.saturating_add(1) => {
                *result = (*result).max(match name {
                    b"failure" => CaseResult::Failure,
                    b"error" => CaseResult::Error,
                    b"skipped" => CaseResult::Skipped,
                    _ => CaseResult::Passed,
                });
            }
            _ => {}
        }
    }

    fn end(&mut self) -> bool {
        if let Some((_, result)) = self.case.take_if(|(depth, _)| *depth == self.depth) {
            let one = |counted| u64::from(result == counted);
            self.counts = self.counts.and(JunitCounts {
                tests: 1,
                failures: one(CaseResult::Failure),
                errors: one(CaseResult::Error),
                skipped: one(CaseResult::Skipped),
            });
        }
        let outer = self.depth.checked_sub(1);
        self.depth = outer.unwrap_or_default();
        outer.is_some()
    }
}

/// Finds the tags between texts, comments, `CDATA`, declarations and instructions.
struct XmlScanner<R> {
    bytes: R,
}

impl<R: BufRead> XmlScanner<R> {
    /// The next tag; `None` at the end of the report.
    fn next_tag(&mut self) -> Result<Option<XmlTag>, JunitError> {
        loop {
            if self.bytes.skip_until(b'<')? == 0 {
                return Ok(None);
            }
            let Some(first) = self.next_byte()? else { return Ok(None) };
            match first {
                b'!' => self.skip_declaration()?,
                b'?' => self.skip_to_end(b'?', 1)?,
                b'/' => {
                    self.skip_to_end(b'/', 0)?;
                    return Ok(Some(XmlTag::End));
                }
                _ => return self.start_tag(first).map(Some),
            }
        }
    }

    /// Reads the rest of a start tag. A `>` in the value of an attribute does not end it.
    fn start_tag(&mut self, first: u8) -> Result<XmlTag, JunitError> {
        let mut name = vec![first];
        let (mut in_name, mut quote, mut last) = (true, None, first);
        loop {
            let byte = self.expect_byte()?;
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'>') if last == b'/' => return Ok(XmlTag::Empty(name)),
                (None, b'>') => return Ok(XmlTag::Start(name)),
                (None, b'/' | b' ' | b'\t' | b'\r' | b'\n') => in_name = false,
                (None, _) if in_name && name.len() < NAME_BYTES_MAX => name.push(byte),
                (None, _) => {}
            }
            last = byte;
        }
    }

    /// Passes over a comment, a `CDATA` section or a document type, behind `<!`.
    fn skip_declaration(&mut self) -> Result<(), JunitError> {
        match self.expect_byte()? {
            b'-' => {
                self.expect_byte()?;
                self.skip_to_end(b'-', 2)
            }
            b'[' => self.skip_to_end(b']', 2),
            _ => self.skip_document_type(),
        }
    }

    /// A document type ends at the `>` outside of quotes and of `[…]`.
    fn skip_document_type(&mut self) -> Result<(), JunitError> {
        let (mut quote, mut brackets) = (None, 0_usize);
        loop {
            let byte = self.expect_byte()?;
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'[') => brackets = brackets.saturating_add(1),
                (None, b']') => brackets = brackets.saturating_sub(1),
                (None, b'>') if brackets == 0 => return Ok(()),
                (None, _) => {}
            }
        }
    }

    /// Passes over everything up to a `>` behind at least `times` bytes that are `mark`.
    fn skip_to_end(&mut self, mark: u8, times: usize) -> Result<(), JunitError> {
        let mut marks: usize = 0;
        loop {
            let buffer = self.bytes.fill_buf()?;
            let length = buffer.len();
            let end = buffer.iter().position(|byte| {
                let is_end = *byte == b'>' && marks >= times;
                marks = if *byte == mark { marks.saturating_add(1) } else { 0 };
                is_end
            });
            self.bytes.consume(end.map_or(length, |place| place.saturating_add(1)));
            match end {
                Some(_) => return Ok(()),
                None if length == 0 => return Err(JunitError::Incomplete),
                None => {}
            }
        }
    }

    fn expect_byte(&mut self) -> Result<u8, JunitError> {
        self.next_byte()?.ok_or(JunitError::Incomplete)
    }

    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.bytes.fill_buf()?.first().copied();
        self.bytes.consume(usize::from(byte.is_some()));
        Ok(byte)
    }
}

#[cfg(test)]
mod tests;

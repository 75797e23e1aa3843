//! Dotenv reports (`artifacts:reports:dotenv`) in the grammar of GitLab's `ParseDotenvArtifactService`, which is not
//! that of the dotenv libraries: quotes stay, and comments and empty lines are errors.

#![warn(missing_docs)]

use indexmap::IndexMap;
use thiserror::Error;

use super::expand::Definition;

/// The most bytes of a report that are read, all files together. GitLab's own limit is far lower, and only a warning
/// here.
pub const REPORT_BYTES_MAX: usize = 1 << 20;

/// The size in bytes that a report must stay below; GitLab's default, which a server may change.
const REPORT_BYTES_USUAL: usize = 5_120;

/// The most variables of a report; GitLab's default, which a server may change.
const VARIABLES_USUAL_MAX: usize = 20;

/// The longest name of a variable; GitLab's limit.
const KEY_CHARS_MAX: usize = 255;

/// One file of a report.
#[derive(Debug, Clone, Copy)]
pub struct DotenvFile<'a> {
    /// The path, for errors.
    pub path: &'a str,
    /// The bytes of the file.
    pub content: &'a [u8],
}

/// The variables of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DotenvReport {
    /// The variables, without duplicates. References in their values are not expanded.
    pub variables: Vec<Definition>,
    /// The limits of GitLab's that the report exceeds. They differ between servers.
    pub exceeded: Vec<DotenvLimit>,
}

/// A limit with a value that the administrator of a GitLab server sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DotenvLimit {
    /// There are too many variables.
    #[error(
        "Dotenv files cannot have more than {VARIABLES_USUAL_MAX} variables by default, and this report has {count}"
    )]
    Variables {
        /// The number of variables.
        count: usize,
    },
    /// The files are too large.
    #[error(
        "Dotenv Artifact Too Big. Maximum Allowable Size: {REPORT_BYTES_USUAL} by default, and this report has {bytes} \
         bytes"
    )]
    Bytes {
        /// The size of all files.
        bytes: usize,
    },
}

/// A mistake in a report, which fails the job.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("dotenv report {path}:{line}:{column}: {problem}")]
pub struct DotenvError {
    /// The path of the file.
    pub path: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// The number of the character in the line, from 1.
    pub column: usize,
    /// What is wrong. The first sentence is GitLab's.
    pub problem: DotenvProblem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DotenvProblem {
    /// The line is no definition.
    #[error("Invalid Format. Write `NAME=value` in each line; empty lines and comments are not allowed")]
    Format,
    /// The name has another character, or there is no name.
    #[error("Key can contain only letters, digits and '_'. Write `NAME=value`, without `export`")]
    Key,
    /// The name is too long.
    #[error("Key is too long (maximum is {KEY_CHARS_MAX} characters)")]
    LongKey,
    /// The report exceeds [`REPORT_BYTES_MAX`] here.
    #[error("the report is longer than {REPORT_BYTES_MAX} bytes. Write fewer or shorter variables")]
    TooLong,
}

/// Parses the files of a report, which are in the order of their paths. Of two variables with one name the later counts.
///
/// # Errors
/// A line is no definition, or the report is too long.
pub fn parse_report(files: &[DotenvFile<'_>]) -> Result<DotenvReport, DotenvError> {
    let mut values: IndexMap<String, String> = IndexMap::new();
    let mut bytes: usize = 0;
    for file in files {
        bytes = bytes.saturating_add(file.content.len());
        let error = |line: usize, column: usize, problem| DotenvError {
            path: file.path.to_owned(),
            line: line.saturating_add(1),
            column: column.saturating_add(1),
            problem,
        };
        if bytes > REPORT_BYTES_MAX {
            return Err(error(0, 0, DotenvProblem::TooLong));
        }
        let text = decode(file.content);
        for (number, line) in text.split_terminator('\n').enumerate() {
            let (key, value) =
                parse_line(line).map_err(|(column, problem)| error(number, column, problem))?;
            values.insert(key.to_owned(), value.to_owned());
        }
    }
    let mut exceeded = Vec::new();
    if values.len() > VARIABLES_USUAL_MAX {
        exceeded.push(DotenvLimit::Variables { count: values.len() });
    }
    if bytes >= REPORT_BYTES_USUAL {
        exceeded.push(DotenvLimit::Bytes { bytes });
    }
    let variables = values.into_iter().map(|(key, value)| Definition::new(key, value)).collect();
    Ok(DotenvReport { variables, exceeded })
}

/// The name and the value in a line, or a problem with the number of the character before which it is.
fn parse_line(line: &str) -> Result<(&str, &str), (usize, DotenvProblem)> {
    let (key, value) = line.split_once('=').ok_or((0, DotenvProblem::Format))?;
    let indent = key.chars().take_while(|character| is_blank(*character)).count();
    let key = key.trim_matches(is_blank);
    if let Some(place) = key.chars().position(|character| !is_word(character)) {
        return Err((indent.saturating_add(place), DotenvProblem::Key));
    }
    match key.len() {
        0 => Err((indent, DotenvProblem::Key)),
        length if length > KEY_CHARS_MAX => Err((indent, DotenvProblem::LongKey)),
        _ => Ok((key, value.trim_matches(is_blank))),
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// What Ruby's `strip` removes.
fn is_blank(character: char) -> bool {
    matches!(character, '\0' | '\t' | '\n' | '\x0b' | '\x0c' | '\r' | ' ')
}

/// Decodes UTF-8, or UTF-16 with a byte order mark. Bytes that are neither become U+FFFD.
fn decode(content: &[u8]) -> String {
    match content {
        [0xff, 0xfe, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(content).into_owned(),
    }
}

fn decode_utf16(content: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = content.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let decoded = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    decoded.chain((!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests;

//! The language of `rules:if`: comparisons of variables, strings and patterns, joined by `&&` and `||`.
//!
//! Evaluation follows Ruby, as in GitLab: `&&` and `||` return one of their operands, and only null and false count
//! as false in them. The final result also counts as false if it is an empty string.

mod dialect;
mod lexer;
mod parser;
mod pattern;

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

pub use dialect::PatternError;
pub use pattern::Pattern;

/// A well-formed expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    root: Arc<Term>,
    text: String,
}

/// Why a text is not an expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem} near `{near}`")]
pub struct ExpressionError {
    problem: String,
    near: String,
    /// Whether GitLab would accept the expression.
    pub kind: ExpressionErrorKind,
}

impl ExpressionError {
    /// How to correct the expression.
    pub fn advice(&self) -> &'static str {
        match self.kind {
            ExpressionErrorKind::Unsupported => "write the characters out, as in `[a-zà-ÿ]`",
            ExpressionErrorKind::Invalid if self.near.starts_with('/') => {
                "patterns are RE2's: https://github.com/google/re2/wiki/Syntax"
            }
            ExpressionErrorKind::Invalid => {
                "compare with `==`, `!=`, `=~` and `!~`, join with `&&` and `||`, and put text in quotes"
            }
        }
    }
}

/// Whether GitLab would accept an expression that is rejected here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpressionErrorKind {
    /// GitLab rejects it, too.
    Invalid,
    /// GitLab accepts it; it has a pattern that is not supported here.
    Unsupported,
}

/// A node of the syntax tree.
#[derive(Debug, Clone, PartialEq)]
enum Term {
    Variable(String),
    String(String),
    Pattern(Pattern),
    Null,
    Boolean(bool),
    Compare(Box<Term>, Comparison, Box<Term>),
    And(Box<Term>, Box<Term>),
    Or(Box<Term>, Box<Term>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Matches,
    MatchesNot,
}

/// The value of a term.
#[derive(Debug, Clone, PartialEq)]
enum ExpressionValue<'a> {
    Null,
    Boolean(bool),
    Text(&'a str),
    Pattern(&'a Pattern),
}

impl Expression {
    /// Parses an expression. It fails on unknown words and operators, on a wrong order of them, and on more than 100
    /// tokens, which is GitLab's limit.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let tokens = lexer::tokenize(text)?;
        Ok(Self { root: Arc::new(parser::parse(&tokens)?), text: text.trim().to_owned() })
    }

    /// Evaluates the expression. The values of variables are compared as written, without expanding references in
    /// them.
    pub fn is_true<'v>(&self, variable: &dyn Fn(&str) -> Option<&'v str>) -> bool {
        match self.root.evaluate(variable) {
            ExpressionValue::Null => false,
            ExpressionValue::Boolean(value) => value,
            ExpressionValue::Text(text) => !text.is_empty(),
            ExpressionValue::Pattern(_) => true,
        }
    }
}

impl fmt::Display for Expression {
    /// Writes the expression as in the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Term {
    fn evaluate<'a, 'v: 'a>(&'a self, variable: &dyn Fn(&str) -> Option<&'v str>) -> ExpressionValue<'a> {
        match self {
            Self::Variable(name) => variable(name).map_or(ExpressionValue::Null, ExpressionValue::Text),
            Self::String(text) => ExpressionValue::Text(text),
            Self::Pattern(pattern) => ExpressionValue::Pattern(pattern),
            Self::Null => ExpressionValue::Null,
            Self::Boolean(value) => ExpressionValue::Boolean(*value),
            Self::Compare(left, comparison, right) => {
                let (left, right) = (left.evaluate(variable), right.evaluate(variable));
                ExpressionValue::Boolean(comparison.holds(&left, &right))
            }
            Self::And(left, right) => match left.evaluate(variable) {
                left @ (ExpressionValue::Null | ExpressionValue::Boolean(false)) => left,
                _ => right.evaluate(variable),
            },
            Self::Or(left, right) => match left.evaluate(variable) {
                ExpressionValue::Null | ExpressionValue::Boolean(false) => right.evaluate(variable),
                left => left,
            },
        }
    }
}

impl Comparison {
    fn holds(self, left: &ExpressionValue<'_>, right: &ExpressionValue<'_>) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Matches => matches(left, right).unwrap_or(false),
            Self::MatchesNot => !matches(left, right).unwrap_or(false),
        }
    }
}

/// Whether the left side matches the right side; `None` means that the right side can be neither a pattern nor a
/// text. If it is a text, GitLab searches it for the left side.
fn matches(left: &ExpressionValue<'_>, right: &ExpressionValue<'_>) -> Option<bool> {
    let text = match left {
        ExpressionValue::Text(text) => text,
        ExpressionValue::Boolean(true) => "true",
        ExpressionValue::Boolean(false) => "false",
        ExpressionValue::Null | ExpressionValue::Pattern(_) => "",
    };
    match right {
        ExpressionValue::Pattern(pattern) => Some(pattern.is_match(text)),
        ExpressionValue::Text(right) => match Pattern::parse(right) {
            Some(Ok(pattern)) => Some(pattern.is_match(text)),
            Some(Err(_)) | None => Some(right.contains(text)),
        },
        ExpressionValue::Null | ExpressionValue::Boolean(_) => None,
    }
}

#[cfg(test)]
mod tests;

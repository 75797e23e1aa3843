//! The language of `rules:if`: comparisons of variables, strings and patterns, joined by `&&` and `||`.
//!
//! Values go through it as in Ruby: `&&` and `||` give one of their operands, and only null and false are not true
//! there; the result counts as true unless it is null, false, or an empty string.

mod dialect;
mod lexer;
mod parser;
mod pattern;

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

pub use dialect::PatternError;
pub use pattern::Pattern;

/// An expression that is well formed.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    root: Arc<Term>,
    text: String,
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem} near `{near}`")]
pub struct ExpressionError {
    problem: String,
    near: String,
    /// Whether GitLab would take it.
    pub kind: ExpressionErrorKind,
}

impl ExpressionError {
    /// What to do about it.
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

/// What GitLab says of an expression that is none here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpressionErrorKind {
    /// It is none for GitLab either.
    Invalid,
    /// It is one.
    Unsupported,
}

/// A part of an expression.
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

/// What a term comes to.
#[derive(Debug, Clone, PartialEq)]
enum ExpressionValue<'a> {
    Null,
    Boolean(bool),
    Text(&'a str),
    Pattern(&'a Pattern),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// It has a word or a sign that is none of the language's, or they do not follow on each other, or there are more
    /// than GitLab's 100 of them.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let tokens = lexer::tokenize(text)?;
        Ok(Self { root: Arc::new(parser::parse(&tokens)?), text: text.trim().to_owned() })
    }

    /// Whether it is true with these variables, which are taken as written: references in them are not expanded.
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
    /// As written.
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

/// Whether the left side matches; `None` where the right side is nothing that could be matched with. Beside a text
/// that is no pattern, GitLab looks for the left side in the right one.
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

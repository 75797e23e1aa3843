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
    pub verdict: Verdict,
}

impl ExpressionError {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self.verdict {
            Verdict::Unsupported => "write the characters out, as in `[a-zà-ÿ]`",
            Verdict::Invalid if self.near.starts_with('/') => {
                "patterns are RE2's: https://github.com/google/re2/wiki/Syntax"
            }
            Verdict::Invalid => {
                "compare with `==`, `!=`, `=~` and `!~`, join with `&&` and `||`, and put text in quotes"
            }
        }
    }
}

/// What GitLab says of an expression that is none here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
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
enum Outcome<'a> {
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
        let tokens = lexer::tokens(text)?;
        Ok(Self { root: Arc::new(parser::parse(&tokens)?), text: text.trim().to_owned() })
    }

    /// Whether it is true with these variables, which are taken as written: references in them are not expanded.
    pub fn is_true<'v>(&self, variable: &dyn Fn(&str) -> Option<&'v str>) -> bool {
        match self.root.evaluate(variable) {
            Outcome::Null => false,
            Outcome::Boolean(value) => value,
            Outcome::Text(text) => !text.is_empty(),
            Outcome::Pattern(_) => true,
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
    fn evaluate<'a, 'v: 'a>(&'a self, variable: &dyn Fn(&str) -> Option<&'v str>) -> Outcome<'a> {
        match self {
            Self::Variable(name) => variable(name).map_or(Outcome::Null, Outcome::Text),
            Self::String(text) => Outcome::Text(text),
            Self::Pattern(pattern) => Outcome::Pattern(pattern),
            Self::Null => Outcome::Null,
            Self::Boolean(value) => Outcome::Boolean(*value),
            Self::Compare(left, comparison, right) => {
                let (left, right) = (left.evaluate(variable), right.evaluate(variable));
                Outcome::Boolean(comparison.holds(&left, &right))
            }
            Self::And(left, right) => match left.evaluate(variable) {
                left @ (Outcome::Null | Outcome::Boolean(false)) => left,
                _ => right.evaluate(variable),
            },
            Self::Or(left, right) => match left.evaluate(variable) {
                Outcome::Null | Outcome::Boolean(false) => right.evaluate(variable),
                left => left,
            },
        }
    }
}

impl Comparison {
    fn holds(self, left: &Outcome<'_>, right: &Outcome<'_>) -> bool {
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
fn matches(left: &Outcome<'_>, right: &Outcome<'_>) -> Option<bool> {
    let text = match left {
        Outcome::Text(text) => text,
        Outcome::Boolean(true) => "true",
        Outcome::Boolean(false) => "false",
        Outcome::Null | Outcome::Pattern(_) => "",
    };
    match right {
        Outcome::Pattern(pattern) => Some(pattern.is_match(text)),
        Outcome::Text(right) => match Pattern::parse(right) {
            Some(Ok(pattern)) => Some(pattern.is_match(text)),
            Some(Err(_)) | None => Some(right.contains(text)),
        },
        Outcome::Null | Outcome::Boolean(_) => None,
    }
}

#[cfg(test)]
mod tests;

//! The language of `rules:if`: comparisons of variables, strings and patterns, joined by `&&` and `||`.
//!
//! Evaluation follows Ruby, as in GitLab: `&&` and `||` return one of their operands, and only null and false count
//! as false in them. The final result also counts as false if it is an empty string.

mod comparison;
mod dialect;
mod lexer;
mod parser;
mod pattern;
mod term;
mod value;

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use self::term::Term;
use self::value::ExpressionValue;

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
            ExpressionErrorKind::Unsupported if self.problem == pattern::TOO_LARGE => {
                "repeat less: `*` in place of `{0,500}`"
            }
            ExpressionErrorKind::Unsupported => "write the characters out, as in `[a-zà-ÿ]`",
            ExpressionErrorKind::Invalid if self.near.starts_with('/') => {
                "patterns have RE2's syntax: https://github.com/google/re2/wiki/Syntax"
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

#[cfg(test)]
mod tests;

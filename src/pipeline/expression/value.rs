//! The values that parts of an expression have.

use super::pattern::Pattern;

/// The value of a term.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ExpressionValue<'a> {
    Null,
    Boolean(bool),
    Text(&'a str),
    Pattern(&'a Pattern),
}

//! The operators that compare: `==`, `!=`, `=~` and `!~`.

use super::pattern::Pattern;
use super::value::ExpressionValue;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Matches,
    MatchesNot,
}

impl Comparison {
    pub(super) fn holds(self, left: &ExpressionValue<'_>, right: &ExpressionValue<'_>) -> bool {
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

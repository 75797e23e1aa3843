//! The syntax tree of an expression, and its evaluation.

use super::comparison::Comparison;
use super::pattern::Pattern;
use super::value::ExpressionValue;

/// A node of the syntax tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    Variable(String),
    String(String),
    Pattern(Pattern),
    Null,
    Boolean(bool),
    Compare(Box<Term>, Comparison, Box<Term>),
    And(Box<Term>, Box<Term>),
    Or(Box<Term>, Box<Term>),
}

impl Term {
    pub(super) fn evaluate<'a, 'v: 'a>(
        &'a self,
        variable: &dyn Fn(&str) -> Option<&'v str>,
    ) -> ExpressionValue<'a> {
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

//! `variables`: names, values, and whether GitLab expands them.

use crate::source::map::Span;

/// One entry of a `variables` mapping; the value is not expanded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub key: String,
    /// The value as text (numbers and booleans as GitLab writes them).
    pub value: String,
    /// What happens to `$NAME` inside the value.
    pub expansion: Expansion,
    /// Where the key stands.
    pub span: Span,
}

/// `expand:` of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expansion {
    /// References to other variables are replaced.
    Expanded,
    /// `expand: false`: the value is passed on as written.
    Raw,
}

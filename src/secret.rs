//! Text that must not be seen.
//!
//! Invariant: no `Debug` or `Display` of a [`Secret`] has its text; whoever needs that asks for it by name.

use std::fmt;

/// A password or a token.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the engine and for masking.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "[none]" } else { "[hidden]" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_in_its_debug_text() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[hidden]");
        assert_eq!(format!("{:#?}", Some(Secret::default())), "Some(\n    [none],\n)");
    }
}

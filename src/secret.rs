//! Passwords and tokens, which no message or debug text may contain.
//!
//! Invariant: only [`Secret::expose`] gives the text; `Debug` hides it, and there is no `Display`.

use std::fmt;

/// GitLab's replacement for a secret.
pub const MASKED: &str = "[MASKED]";

/// The tokens of GitLab that are masked by their prefix, whether a variable has them or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaskedTokens {
    /// Tokens of all kinds, GitLab Runner's default.
    #[default]
    All,
    /// Personal access tokens alone (`FF_MASK_ALL_DEFAULT_TOKENS: "false"`).
    PersonalAccess,
}

/// A password or a token.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, to send it to the engine or to mask it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Replaces secrets in a text that is kept, the longest first.
    pub fn masked(text: &str, secrets: &[Self]) -> String {
        let mut secrets: Vec<&str> =
            secrets.iter().map(Self::expose).filter(|text| !text.is_empty()).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASKED))
    }

    /// Whether there is no text to hide.
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
    fn the_longest_secret_of_a_text_is_replaced_first() {
        let secrets = ["hunter", "", "hunter22"].map(Secret::new);
        assert_eq!(Secret::masked("a-hunter22/hunter", &secrets), "a-[MASKED]/[MASKED]");
    }

    #[test]
    fn the_debug_text_of_a_secret_hides_it() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[hidden]");
        assert_eq!(format!("{:#?}", Some(Secret::default())), "Some(\n    [none],\n)");
    }
}

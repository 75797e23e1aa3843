//! Texts for programs, in which secrets are masked.

use serde::Serialize;

use crate::report::mask::Mask;

/// A text without secrets: there is no other way to make one than with a mask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct MaskedText(String);

impl MaskedText {
    pub(super) fn new(text: &str, mask: &Mask) -> Self {
        Self(mask.text(text).into_owned())
    }

    /// A list of texts.
    pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t String>, mask: &Mask) -> Vec<Self> {
        texts.into_iter().map(|text| Self::new(text, mask)).collect()
    }
}

//! Replaces secrets in a stream of output, wherever the stream is cut, in GitLab Runner's order: first the masked values,
//! then parameters of URLs, then tokens that begin as GitLab's do.
//!
//! Invariant: the cuts do not change the result, and the mask holds back no more than the beginning of a secret.

mod secret_search;
mod secrets;
mod token_prefixes;
mod url_parameters;
mod value_mask;

use std::borrow::Cow;

use bytes::Bytes;

use self::secrets::SecretMask;
use self::token_prefixes::TokenPrefix;
use self::url_parameters::UrlParameter;
use self::value_mask::ValueMask;
use super::printable::printable;
use crate::secret::{MASKED, MaskedTokens, Secret};

const MASK: &[u8] = MASKED.as_bytes();

/// Replaces secrets in a stream of output and in single texts.
pub struct Mask {
    secrets: SecretMask,
    parameters: ValueMask<UrlParameter>,
    tokens: ValueMask<TokenPrefix>,
    masked_tokens: MaskedTokens,
}

impl Default for Mask {
    fn default() -> Self {
        Self::of_tokens(MaskedTokens::default())
    }
}

impl Mask {
    fn of_tokens(masked_tokens: MaskedTokens) -> Self {
        Self {
            secrets: SecretMask::default(),
            parameters: ValueMask::new(UrlParameter),
            tokens: ValueMask::new(TokenPrefix(masked_tokens)),
            masked_tokens,
        }
    }

    /// Adds secrets to replace from now on. Every line of a secret with several lines counts as a secret of its own, and
    /// so does what a message shows in place of its control characters.
    pub fn add(&mut self, secrets: &[Secret]) {
        let lines = secrets.iter().flat_map(|secret| secret.expose().lines());
        let texts = lines.chain(secrets.iter().map(Secret::expose)).filter(|text| !text.is_empty());
        self.secrets.add(texts.flat_map(|text| [Secret::new(text), Secret::new(printable(text))]));
    }

    /// Decides which tokens are masked from now on.
    pub fn set_tokens(&mut self, tokens: MaskedTokens) {
        self.masked_tokens = tokens;
        self.tokens = ValueMask::new(TokenPrefix(tokens));
    }

    /// Masks the next piece of output and holds back its end if a secret may begin there. [`Mask::flush`] gives the
    /// rest.
    pub fn push(&mut self, piece: Bytes) -> Bytes {
        let piece = self.secrets.push(piece);
        self.tokens.push(self.parameters.push(piece))
    }

    /// Gives the output that was held back. Call it at the end of the output, and before other text follows it.
    pub fn flush(&mut self) -> Bytes {
        let held = self.secrets.flush();
        let rest = self.tokens.push(self.parameters.push(held));
        self.parameters.end();
        self.tokens.end();
        rest
    }

    /// Masks only the secrets in a text that has a syntax of its own. The end of a parameter of a URL or of a token cannot be
    /// told in it, so they stay.
    pub fn secrets_in<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.secrets.whole(text.as_bytes()) {
            None => Cow::Borrowed(text),
            Some(masked) => Cow::Owned(String::from_utf8_lossy(&masked).into_owned()),
        }
    }

    /// Masks a text that does not belong to the output.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut of_text = Self::of_tokens(self.masked_tokens);
        let secrets = self.secrets.whole(text.as_bytes());
        let input = secrets.as_deref().unwrap_or(text.as_bytes());
        let announced = of_text.parameters.announces(input) || of_text.tokens.announces(input);
        let masked = match (secrets, announced) {
            (None, false) => return Cow::Borrowed(text),
            (Some(masked), false) => masked,
            (secrets, true) => {
                let text = secrets.unwrap_or_else(|| text.as_bytes().to_vec());
                of_text.push(text.into()).into()
            }
        };
        Cow::Owned(String::from_utf8_lossy(&masked).into_owned())
    }
}

#[cfg(test)]
mod tests;

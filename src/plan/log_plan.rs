//! How the log of a job is made.

use crate::secret::MaskedTokens;

/// How the log of a job is made, besides the texts that are masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogPlan {
    /// Which tokens of GitLab are masked by their prefix (`FF_MASK_ALL_DEFAULT_TOKENS`).
    pub masked_tokens: MaskedTokens,
}

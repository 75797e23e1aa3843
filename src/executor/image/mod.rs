//! Images: whether one is pulled or used as it is, pulls and their credentials, and the pulls of `pull`.

pub mod by_policy;
pub mod prefetch;
pub mod pull;
pub mod pull_error;
pub mod pull_progress;
pub mod shared_pulls;

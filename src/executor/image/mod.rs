//! Images: whether one is pulled or used as it is, pulls and their credentials, the pulls that jobs share, and
//! prefetching for `pull`.

pub mod job_images;
pub mod prefetch;
pub mod pull;
pub mod pull_error;
pub mod pull_progress;
pub mod pulls_ahead;
pub mod shared_pulls;

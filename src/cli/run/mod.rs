//! What the commands share that run jobs: the place of a run in the store, what its jobs give to each other, and what is told
//! of them.

pub mod context_settings;
pub mod copies;
pub mod given;
pub mod ignored_keywords;
pub mod in_store;
pub mod place;
pub mod probe_settings;
pub mod sources;
pub mod unavailable_image;

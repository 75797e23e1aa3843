//! Calls about the engine itself: ping, version, info.

pub mod info;
pub mod ping;
pub mod version;

//! Copies of files that a pipeline includes from other projects: which commit they are from, where that is, and what the
//! folder of copies (`--include-dir`) has.
//!
//! Invariants: a name from a file of a stranger becomes neither an option of git nor a path outside of the folder
//! (`names.rs`); a file in the folder is replaced only if it was fetched, and whole.

pub mod folder;
pub mod lock;
pub mod names;
pub mod server;
pub mod summary;
pub mod version;

//! What git knows of the project: facts about the repository, and the files that belong to it.
//!
//! Invariants: git runs nowhere else; it is told where to look by us alone, never by `GIT_DIR` and the like
//! that a hook leaves behind; it writes nothing; whatever it prints is read up to a limit and within a time.
//! What it is asked for is given out as plain data without credentials.

pub mod changes;
mod command;
pub mod error;
pub mod facts;
pub mod files;
pub mod glance;
pub mod ignore;
pub mod remote;
#[cfg(test)]
mod sandbox;

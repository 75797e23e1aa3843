//! Asks git about the project: facts about the repository, and the files that belong to it.
//!
//! Invariants: no other module runs git. The arguments alone select the repository, never `GIT_DIR` and the like, which
//! a hook sets. git writes nothing but the files of a commit, into a folder made for them (`committed.rs`), fetches nothing
//! and runs no program, whatever the repository's configuration says, and its output is limited in size and in time. Results
//! are plain data without credentials. `remote_repository.rs` alone uses the network, where no configuration of the
//! project's repository applies.

pub mod changes;
mod command;
pub mod committed;
pub mod error;
pub mod facts;
pub mod file_history;
pub mod files;
pub mod glance;
pub mod ignore;
mod linked_worktree;
pub mod merge_base;
pub mod network;
pub mod origin;
mod own_repository;
mod ref_files;
pub mod remote;
pub mod remote_refs;
pub mod remote_repository;
mod repository;
#[cfg(test)]
mod sandbox;

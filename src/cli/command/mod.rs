//! The commands, one file each: from its options to its exit code.

pub mod artifacts;
pub mod auth;
pub mod cache;
pub mod clean;
pub mod collect;
pub mod completion;
pub mod doctor;
pub mod exec;
pub mod include;
pub mod lint;
pub mod list;
pub mod logs;
pub mod man;
pub mod pipeline;
pub mod probe;
pub mod pull;
pub mod register;
pub mod running_shell;
pub mod runs;
pub mod show;
mod stored_runs;
mod with_engine;

//! The command line as it is typed.

pub mod commands;
pub mod config_flags;
mod examples;

//! runner-lite runs the jobs of a `.gitlab-ci.yml` on a Docker Engine.
//!
//! Data flows one way:
//! text → tree with positions → pipeline → plan → executor → engine → transport.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests run programs and read the environment"))]

pub mod amount;
pub mod cli;
pub mod collect;
pub mod credentials;
pub mod engine;
pub mod engine_choice;
pub mod error_chain;
pub mod executor;
pub mod git;
pub mod go_duration;
pub mod include_copies;
pub mod linux;
pub mod percent_encoding;
pub mod pipeline;
pub mod plan;
pub mod probe;
pub mod registry;
pub mod report;
pub mod runner_config;
pub mod schedule;
pub mod secret;
pub mod source;
pub mod store;
pub mod suggest;
pub mod terminal;
pub mod transport;
pub mod vars;
pub mod workspace;

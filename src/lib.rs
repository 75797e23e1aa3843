//! runner-lite runs the jobs of a `.gitlab-ci.yml` on a Docker Engine.
//!
//! Data flows one way:
//! text → tree with positions → pipeline → plan → executor → engine → transport.

pub mod engine;
pub mod git;
pub mod pipeline;
pub mod plan;
pub mod registry;
pub mod source;
pub mod transport;
pub mod vars;

//! Runs a [`JobPlan`](crate::plan::job_plan::JobPlan) on an engine, and undoes it.
//!
//! Invariants: it takes nothing but a plan and tells what happens by events alone; whatever it makes is written down
//! first and removed on every path; being stopped is a message that it answers, and never a future that is dropped
//! without cleaning up.

pub mod cleanup;
pub mod context;
pub mod create;
pub mod event;
pub mod event_channel;
pub mod image;
pub mod notice;
pub mod outcome;
pub mod run;
pub mod run_context;
pub mod service;
pub mod shutdown;
#[cfg(test)]
mod testing;

pub use run::retry::execute;

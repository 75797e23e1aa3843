//! Runs a [`JobPlan`](crate::plan::job_plan::JobPlan) on an engine and removes everything that it created.
//!
//! Invariants: a plan and a run context are its only input, events and the outcome its only output. Every object is
//! recorded before its create call, and removed on every path. Stopping is a message that the executor answers with a
//! clean-up; it is never dropped in the middle of its work.

mod activity;
pub mod another_shell;
pub mod call_events;
pub mod cleanup;
pub mod collect;
mod container_command;
pub mod create;
pub mod event;
pub mod event_channel;
pub mod executed_job;
pub mod failed_command;
pub mod files_notice;
pub mod hint;
pub mod image;
pub mod job_context;
pub mod job_deadline;
pub mod junit;
pub mod kept_objects;
pub mod notice;
pub mod outcome;
pub mod run;
pub mod run_context;
pub mod run_report;
pub mod run_store;
pub mod running_jobs;
pub mod script_lines;
pub mod service;
pub mod service_output;
pub mod shell_message;
pub mod shutdown;
pub mod silent_log;
pub mod terminal_notice;
pub mod terminal_turn;
#[cfg(test)]
mod testing;

pub use run::job::execute;

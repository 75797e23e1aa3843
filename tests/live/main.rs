//! Tests of the program on a real engine. Without an engine every test fails, so that a missing engine never counts as
//! success.
//!
//! `scripts/lab/up` provides the images and the registries.

#![allow(clippy::unwrap_used, reason = "a helper fails the test that calls it")]
#![allow(clippy::disallowed_methods, reason = "tests run programs and read the environment")]

mod artifacts;
mod caches;
mod cleanup;
mod collect;
mod concurrent;
mod config;
mod container;
mod credentials;
mod delivery;
mod docker_in_docker;
mod doctor;
mod documentation;
mod dotenv;
mod edges;
mod effects;
mod engine;
mod example;
mod failures;
mod generated;
mod images;
mod input;
mod interrupted;
mod job_files;
mod language;
mod log;
#[path = "../support/log_differences.rs"]
mod log_differences;
mod many_jobs;
#[path = "../support/oracle.rs"]
mod oracle;
mod pipeline;
mod processing;

mod project;
mod pty;
#[path = "../support/random_pipelines.rs"]
mod random_pipelines;
mod readiness;
#[path = "../support/reference.rs"]
mod recorded;
mod reference;
mod registry;
mod reports;
mod resumed;
mod run;
mod run_output;
mod script;
mod script_receipt;
#[path = "../support/secrets.rs"]
mod secrets;
mod security;
mod service_logs;
mod service_table;
mod services;
#[path = "../support/skip.rs"]
mod skip;
mod sources;

mod stopping;
mod store;
mod terminal;

//! Tests without an engine.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(clippy::disallowed_methods, reason = "tests run programs and read the environment")]

#[path = "../support/fidelity.rs"]
mod fidelity_rows;
#[path = "../support/json_schema.rs"]
mod json_schema;
#[path = "../support/log_differences.rs"]
mod log_differences;
#[path = "../support/oracle.rs"]
mod oracle;
#[path = "../support/random_pipelines.rs"]
mod random_pipelines;
#[path = "../support/reference.rs"]
mod recorded;
#[path = "../support/replay.rs"]
mod replay;
#[path = "../support/scenarios.rs"]
mod scenarios;
#[path = "../support/secrets.rs"]
mod secrets;
#[path = "../support/skip.rs"]
mod skip;

mod auth;
mod circles;
mod claims;
mod clean;
mod collect;
mod committed;
mod completion;
mod corpus;
mod diagnostics;
mod documented_commands;
mod documents;
mod exec;
mod exec_producers;
mod fake_engine;
mod fidelity;
mod files;
mod forbidden;
mod git_config;
mod imports;
mod in_memory;
mod include_fetch;
mod json_answers;
mod large_files;
mod layering;
mod limits;
mod links;
mod lint;
mod lint_formats;
mod list;
mod negotiation;
mod output;
mod outside_files;
mod pipeline;
mod protocol;
mod psych;
mod reader;
mod reference;
mod register;
mod run_files;
mod rust_code;
mod sandbox;
mod schedule;
mod security;
mod show;
mod stability;
mod stored;
mod synthetic;
mod terminal;
mod tidy;
mod troubleshooting;
mod type_names;
mod usage;
mod variables;

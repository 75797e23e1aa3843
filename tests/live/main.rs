//! The real program on a real engine. Without an engine every test here fails: nobody takes their absence for success.
//!
//! Images are those of `scripts/lab/up`.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(clippy::disallowed_methods, reason = "tests run programs and read the environment")]

mod config;
mod container;
mod credentials;
mod doctor;
mod documentation;
mod edges;
mod effects;
mod images;
mod input;
mod language;
mod leftovers;
mod registry;
mod run;
mod script;
#[path = "../support/secrets.rs"]
mod secrets;
mod services;
#[path = "../support/skip.rs"]
mod skip;
mod sources;
mod stopping;

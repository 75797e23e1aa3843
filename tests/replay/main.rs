//! Recorded jobs under `execute`, without an engine: whole, and with every kind of fault in every answer.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(clippy::disallowed_methods, reason = "tests run programs and read the environment")]

mod case;
mod claims;
mod endpoint;
#[expect(dead_code, reason = "the tests of the client change exchanges, too")]
#[path = "../support/exchange.rs"]
mod exchange;
mod fault;
mod faults;
#[path = "../support/jobs.rs"]
mod jobs;
mod life;
mod recording;
mod replaying;
mod whole;

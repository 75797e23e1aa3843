//! Prints docs/fidelity.md, how close runner-lite is to GitLab Runner.

#![allow(clippy::unwrap_used, reason = "the rows are checked in, and tests read them, too")]
#![allow(dead_code, reason = "tests use the rest of what is recorded")]

use std::io::{self, Write};

#[path = "../support/fidelity.rs"]
mod fidelity;
#[path = "../support/log_differences.rs"]
mod log_differences;
#[path = "../support/reference.rs"]
mod recorded;

fn main() -> io::Result<()> {
    io::stdout().write_all(fidelity::fidelity().markdown().as_bytes())
}

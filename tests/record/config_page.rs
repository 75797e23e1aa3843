//! Prints docs/config.md, the page of keys.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(runner_lite::runner_config::page::markdown().as_bytes())
}

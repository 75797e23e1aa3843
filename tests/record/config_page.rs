//! Prints docs/config.md, the reference of the keys of config.toml.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(runner_lite::runner_config::page::markdown().as_bytes())
}

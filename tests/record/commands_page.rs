//! Prints docs/commands.md, the reference of commands and options.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(runner_lite::cli::commands_page::markdown().as_bytes())
}

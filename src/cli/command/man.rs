//! `runner-lite man`: prints the manual page, which clap_mangen generates from the same texts as `--help`.

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::arguments::{Args, ManArgs};
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::report::console;

/// Prints the page of the program, or of the command that was named.
pub fn run(args: &ManArgs) -> Result<u8, CommandError> {
    let mut page = Args::command();
    // Gives each command its whole name: `runner-lite include fetch`.
    page.build();
    for name in &args.command {
        let known = page.find_subcommand(name).cloned();
        page = known.ok_or_else(|| {
            let error = format!("there is no command `{}`; see `runner-lite --help`", args.command.join(" "));
            CommandError::new(CommandErrorKind::Usage, error)
        })?;
    }
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let version = concat!("runner-lite ", env!("CARGO_PKG_VERSION"));
    let _ = Man::new(page).source(version).manual("runner-lite").render(&mut text);
    console::answer(&*String::from_utf8_lossy(&text));
    Ok(exit_code::PASSED)
}

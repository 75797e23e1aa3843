//! `runner-lite man`: prints the manual page, which clap_mangen generates from the same texts as `--help`.

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::arguments::{Args, ManArgs};
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::report::console;

/// Prints the page of the program, or of the command that was named.
pub fn run(args: &ManArgs) -> Result<u8, CommandError> {
    let program = Args::command();
    let page = match &args.command {
        None => program,
        Some(name) => match program.get_subcommands().find(|command| command.get_name() == name) {
            Some(command) => command.clone().display_name(format!("runner-lite-{name}")),
            None => {
                let error = format!("there is no command `{name}`; see `runner-lite --help`");
                return Err(CommandError::new(CommandErrorKind::Usage, error));
            }
        },
    };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = Man::new(page).render(&mut text);
    console::answer(&*String::from_utf8_lossy(&text));
    Ok(exit_code::PASSED)
}

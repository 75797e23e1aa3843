//! `runner-lite man`: the manual page, made from the same words as `--help`.

use std::io;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::arguments::commands::{Args, ManArgs};
use crate::cli::exit_code;
use crate::cli::say;

/// Prints the page of the program or of a command.
pub fn run(args: &ManArgs) -> ExitCode {
    let program = Args::command();
    let page = match &args.command {
        None => program,
        Some(name) => match program.get_subcommands().find(|command| command.get_name() == name) {
            Some(command) => command.clone().display_name(format!("runner-lite-{name}")),
            None => {
                say(&format!("error: there is no command `{name}`; see `runner-lite --help`"));
                return ExitCode::from(exit_code::USAGE);
            }
        },
    };
    // Nothing is left to do for a reader who has gone away.
    let _ = Man::new(page).render(&mut io::stdout().lock());
    ExitCode::from(exit_code::PASSED)
}

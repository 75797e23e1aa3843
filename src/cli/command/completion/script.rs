//! The completion scripts of the shells.

use crate::cli::arguments::CompletionShell;
use crate::cli::exit_code;
use crate::report::console;

/// Prints the script for a shell.
pub fn print_script(shell: CompletionShell) -> u8 {
    console::answer(match shell {
        CompletionShell::Bash => include_str!("bash.sh"),
        CompletionShell::Zsh => include_str!("zsh.sh"),
        CompletionShell::Fish => include_str!("fish.fish"),
    });
    exit_code::PASSED
}

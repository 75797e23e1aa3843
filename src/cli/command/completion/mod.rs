//! `runner-lite completion`, and the hidden `runner-lite complete`, which its scripts ask for candidates: names of jobs
//! differ from file to file, so that no script can know them. `clap_complete` works in the same way, but gives bash
//! unquoted words, and replaces more than the piece behind a `:`.
//!
//! Invariant: an answer does not need the runner's configuration, runs git only if rules of `include` need it, and
//! writes nothing to standard error: the shell asks whenever the user presses the Tab key.

mod bash_line;
mod candidates;
mod expected_word;
mod script;

pub use self::candidates::print_candidates;
pub use self::script::print_script;

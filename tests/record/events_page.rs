//! Prints docs/events.md, the description of what programs read of a run; with the argument `schema`, its JSON schema.

use std::io::{self, Write};

use runner_lite::report::run_json::page;

fn main() -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "one word says which page")]
    let text = match std::env::args().any(|argument| argument == "schema") {
        true => page::schema(),
        false => page::markdown(),
    };
    io::stdout().write_all(text.as_bytes())
}

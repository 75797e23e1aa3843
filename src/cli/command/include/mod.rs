//! `runner-lite include fetch`: copies of files that the pipeline includes from other projects.

mod check;
mod errors;
mod fetch;
mod origin_server;
mod remote_project;

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::host::signals::StopSignals;
use crate::cli::options::{FetchIncludesOptions, FetchMode, Format};
use crate::cli::runtime::block_on;
use crate::cli::user_message::tell;
use crate::include_copies::summary::{CopySummary, UnfetchedFile};
use crate::report::console;
use crate::report::include_copies::{json, text};

/// Runs `include fetch` and returns its exit code. A signal ends git with the command.
pub fn run(options: &FetchIncludesOptions) -> Result<u8, CommandError> {
    block_on(async {
        let mut signals = StopSignals::listen().map_err(|error| {
            CommandError::new(CommandErrorKind::System, format!("cannot listen for signals: {error}"))
        })?;
        tokio::select! {
            code = fetch_or_check(options) => code,
            signal = signals.next() => Ok(exit_code::of_signal(signal)),
        }
    })?
}

async fn fetch_or_check(options: &FetchIncludesOptions) -> Result<u8, CommandError> {
    let (summary, errors) = match options.mode {
        FetchMode::Missing | FetchMode::Update => fetch::fetch(options).await?,
        FetchMode::Check => check::check(options).await?,
    };
    answer(&summary, options);
    if summary.projects.is_empty() && errors.kind().is_none() {
        console::note("the pipeline includes no file of another project");
    }
    tell(&errors.messages);
    Ok(match errors.kind() {
        Some(kind) => exit_code::of_error(kind),
        None if options.mode == FetchMode::Check && summary.is_outdated() => exit_code::OUTDATED,
        None => exit_code::PASSED,
    })
}

fn answer(summary: &CopySummary, options: &FetchIncludesOptions) {
    match options.format {
        Format::Json => return console::answer(json(summary)),
        Format::Text => console::answer(text(summary)),
    }
    for UnfetchedFile { location, url, copy } in &summary.unfetched {
        let folder = &options.folder;
        console::note(format!("`{location}` is not fetched; download `{url}` to `{folder}/{copy}`"));
    }
}

//! `runner-lite clean`: removes the leftovers of interrupted runs, volumes that are kept from job to job, and stored runs
//! and caches.

mod engine;
mod selection;
mod stored;
mod stored_selection;

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Read};

use crate::amount::size;
use crate::cli::command_error::CommandError;
use crate::cli::options::{CleanOptions, CleanTarget, Consent};
use crate::cli::runtime::block_on;
use crate::error_chain::chain;
use crate::report::console;
use crate::store::{StoreInventory, StorePlaces};

/// The part of the user's answer that is read.
const ANSWER_BYTES_MAX: u64 = 100;

/// Runs `clean` and returns its exit code.
pub fn run(options: CleanOptions) -> Result<u8, CommandError> {
    match options.target {
        CleanTarget::Engine { scope, engine, store } => {
            let store = store.as_ref().and_then(existing);
            block_on(engine::clean(engine, &scope, store.as_ref(), options.consent))?
        }
        CleanTarget::Store(store) => stored::clean(&store, options.consent),
    }
}

/// The store, if it can be read: objects on the engine can be removed without it.
fn existing(places: &StorePlaces) -> Option<StoreInventory> {
    let warn =
        |error| console::warning(format_args!("cannot remove the leftovers in the store: {}", chain(&error)));
    StoreInventory::read(places).map_err(warn).ok()
}

/// What is told of files of this size that killed runs have left in the store.
fn incomplete_files(bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        _ => format!("Incomplete files in the store, left by killed runs: {}\n", size(bytes)),
    }
}

/// What the user wants to be done with what is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Remove,
    /// Only a list was asked for.
    Keep,
    /// The user does not agree to the removal.
    Refuse,
}

/// Asks on the terminal, if the user has not agreed before. Without a terminal the answer is no.
fn wish(consent: Consent, question: impl Display) -> Wish {
    match consent {
        Consent::Given => Wish::Remove,
        Consent::ListOnly => Wish::Keep,
        Consent::Ask if user_agrees(question) => Wish::Remove,
        Consent::Ask => {
            console::line("nothing was removed; --force removes without asking");
            Wish::Refuse
        }
    }
}

fn user_agrees(question: impl Display) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    console::question(format_args!("{question} [y/N]"));
    let mut answer = String::new();
    let read = io::stdin().lock().take(ANSWER_BYTES_MAX).read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

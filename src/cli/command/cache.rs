//! `runner-lite cache`: lists and clears the caches of the project.

use jiff::Timestamp;

use crate::amount::{counted, size};
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{CacheAction, CacheOptions, Format};
use crate::cli::project::{open_store, store_failure};
use crate::cli::user_message::tell;
use crate::report::caches::{json, text};
use crate::report::console;
use crate::store::{ExistingStore, ListedCache};
use crate::suggest::closest;

/// Runs `cache` and returns its exit code.
pub fn run(options: &CacheOptions) -> Result<u8, CommandError> {
    let (store, messages) = open_store(&options.project)?;
    tell(&messages);
    // The most recently used first.
    let mut stored = store.list_caches().map_err(store_failure)?;
    stored.reverse();
    match &options.action {
        CacheAction::List(Format::Json) => console::answer(json(&stored)),
        CacheAction::List(Format::Text) if stored.is_empty() => {
            console::line("No cache of this project is stored yet; a job with `cache` stores one.");
        }
        CacheAction::List(Format::Text) => {
            #[expect(clippy::disallowed_methods, reason = "ages are shown")]
            let now = Timestamp::now();
            console::answer(text(&stored, now));
        }
        CacheAction::ClearAll if stored.is_empty() => console::line("No cache of this project is stored."),
        CacheAction::ClearKey(key) => clear_key(&store, &stored, key)?,
        CacheAction::ClearAll => clear(&store, &stored)?,
    }
    Ok(exit_code::PASSED)
}

fn clear_key(store: &ExistingStore, stored: &[ListedCache], key: &str) -> Result<(), CommandError> {
    let named: Vec<ListedCache> = stored.iter().filter(|cache| cache.record.key == key).cloned().collect();
    if named.is_empty() {
        let keys = stored.iter().map(|cache| &*cache.record.key);
        let error = match closest(key, keys) {
            Some(near) => format!("no cache with the key `{key}`; did you mean `{near}`?"),
            None => format!("no cache with the key `{key}`; `runner-lite cache list` shows the keys"),
        };
        return Err(CommandError::new(CommandErrorKind::Usage, error));
    }
    clear(store, &named)
}

fn clear(store: &ExistingStore, cleared: &[ListedCache]) -> Result<(), CommandError> {
    let mut bytes: u64 = 0;
    for cache in cleared {
        if store.clear_cache(cache).map_err(store_failure)? {
            bytes = bytes.saturating_add(cache.bytes);
        }
    }
    console::answer(format!("Removed {} ({}).\n", counted(cleared.len() as u64, "cache"), size(bytes)));
    Ok(())
}

//! Facts about the repository of a folder, with a warning in place of an error.

use std::path::Path;

use crate::cli::user_message::UserMessage;
use crate::error_chain::chain;
use crate::git::facts::{GitFacts, facts};

/// Asks git about the repository of `directory`. Outside of a repository there are neither facts nor a warning.
pub(super) fn repository_facts(directory: &Path) -> (Option<GitFacts>, Vec<UserMessage>) {
    match facts(directory) {
        Ok(facts) => (Some(facts), Vec::new()),
        Err(error) if error.is_without_repository() => (None, Vec::new()),
        Err(error) => {
            let warning = format!("cannot read git information: {}", chain(&error));
            (None, vec![UserMessage::Warning(warning)])
        }
    }
}

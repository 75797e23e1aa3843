//! How many files the archives of a job may have, and how long their names may be. A job can make millions of empty files with
//! long names, and neither the container of the collector nor this process has a limit of its memory.

use thiserror::Error;

use crate::amount;

/// How many entries all archives of a job may have together: about 150 bytes of memory each, without their names.
pub const ENTRIES_MAX: u64 = 4_000_000;

/// How many bytes the paths of these entries, and the targets of links among them, may have together.
pub const NAME_BYTES_MAX: u64 = 256 << 20;

/// What is left of the limits.
#[derive(Debug, Clone)]
pub struct EntryBudget {
    limits: EntryLimits,
    entries: u64,
    name_bytes: u64,
}

/// The limits of the entries that are held in memory.
#[derive(Debug, Clone, Copy)]
pub struct EntryLimits {
    pub entries_max: u64,
    pub name_bytes_max: u64,
}

/// Which limit is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EntryLimitExceeded {
    #[error("artifacts and caches have more than {0} files")]
    Entries(u64),
    #[error("the names of the files of artifacts and caches are longer than {} together", amount::size(*.0))]
    NameBytes(u64),
}

impl Default for EntryLimits {
    fn default() -> Self {
        Self { entries_max: ENTRIES_MAX, name_bytes_max: NAME_BYTES_MAX }
    }
}

impl EntryBudget {
    pub fn new(limits: EntryLimits) -> Self {
        Self { limits, entries: 0, name_bytes: 0 }
    }

    /// Counts an entry with a path and the target of a link.
    ///
    /// # Errors
    /// It exceeds a limit.
    pub fn take(&mut self, path: &[u8], link: &[u8]) -> Result<(), EntryLimitExceeded> {
        self.entries = self.entries.saturating_add(1);
        self.name_bytes = self.name_bytes.saturating_add(bytes(path, link));
        let EntryLimits { entries_max, name_bytes_max } = self.limits;
        if self.entries > entries_max {
            return Err(EntryLimitExceeded::Entries(entries_max));
        }
        if self.name_bytes > name_bytes_max {
            return Err(EntryLimitExceeded::NameBytes(name_bytes_max));
        }
        Ok(())
    }

    /// Takes back an entry that is not held in memory any more.
    pub fn give_back(&mut self, path: &[u8], link: &[u8]) {
        self.entries = self.entries.saturating_sub(1);
        self.name_bytes = self.name_bytes.saturating_sub(bytes(path, link));
    }
}

fn bytes(path: &[u8], link: &[u8]) -> u64 {
    (path.len() as u64).saturating_add(link.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_the_bytes_of_their_names_have_limits_with_figures() {
        let mut budget = EntryBudget::new(EntryLimits { entries_max: 2, name_bytes_max: 2_000 });
        let (long, none) = ([b'a'; 1_000], b"");
        budget.take(&long, &long).unwrap();
        let exceeded = budget.take(b"b", none).unwrap_err();
        assert_eq!(
            exceeded.to_string(),
            "the names of the files of artifacts and caches are longer than 2.0 kB together"
        );
        budget.give_back(b"b", none);
        budget.give_back(&long, &long);
        budget.take(&long, none).unwrap();
        budget.take(&long, none).unwrap();
        let exceeded = budget.take(none, none).unwrap_err();
        assert_eq!(exceeded.to_string(), "artifacts and caches have more than 2 files");
    }
}

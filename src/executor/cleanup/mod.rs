//! Removal: of everything that a job created, and of the leftovers of runs that were killed.

pub mod ledger;
pub mod leftovers;
pub mod process_label;

//! Runs for programs: JSON events while a run goes on, and its final state as one object.
//!
//! `fields.rs` lists every field; of this list `page.rs` makes `docs/events.md` and `docs/events.schema.json`, and tests
//! compare it with what is really written.

mod cache_uses;
mod event_record;
pub mod events;
mod fields;
mod masked_text;
pub mod page;
mod reason;
pub(super) mod report_record;
#[cfg(test)]
pub(in crate::report) mod testing;

/// The version of all objects. A field may be added without a new version; a change of a field's meaning needs one.
const VERSION: u32 = 1;

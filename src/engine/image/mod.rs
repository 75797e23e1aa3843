//! `/images/…`, one endpoint per file.

pub mod create;
pub mod inspect;
pub mod list;

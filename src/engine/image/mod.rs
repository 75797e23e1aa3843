//! `/images/…`.

pub mod create;
pub mod inspect;
pub mod list;

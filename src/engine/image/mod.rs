//! `/images/…`.

pub mod create;
pub mod inspect;

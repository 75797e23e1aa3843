//! From events and diagnostics to what a person reads. The only user of standard output and error.

pub mod auth;
pub mod calls;
pub mod diagnostic;
pub mod doctor;
pub mod lint;
pub mod list;
pub mod live;
pub mod log;
pub mod mask;
pub mod redact;
pub mod result;
pub mod show;
pub mod style;
pub mod summary;
pub mod yaml;

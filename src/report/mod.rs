//! Turns events, answers and diagnostics into text, and writes it: only this folder writes to standard output and
//! standard error (`console.rs`).

pub mod age;
pub mod artifacts;
pub mod auth;
pub mod caches;
pub mod calls;
pub mod console;
pub mod diagnostic;
pub mod doctor;
mod files_text;
mod fitted_table;
mod hint_text;
pub mod json;
pub mod lint;
pub mod list;
pub mod live;
mod live_terminal;
pub mod live_text;
pub mod log;
mod log_file;
pub mod mask;
mod notice_text;
pub mod printable;
pub mod redact;
pub mod result;
pub mod runs;
mod service_warning;
pub mod show;
pub mod stored_logs;
pub mod style;
pub mod summary;
mod table;
pub mod terminal_text;
pub mod transcript;
pub mod unread;
pub mod verbosity;
pub mod yaml;

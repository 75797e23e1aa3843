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
#[cfg(test)]
mod example_run;
mod files_text;
mod fitted_table;
pub mod hint_text;
pub mod include_copies;
pub mod json;
pub mod lint;
pub mod list;
pub mod live;
mod live_terminal;
pub mod live_text;
pub mod log;
mod log_file;
pub mod log_streams;
pub mod log_writer;
pub mod mask;
mod notice_text;
mod output_limit;
pub mod pipeline_graph;
pub mod pipeline_log;
pub mod pipeline_plan;
pub mod printable;
pub mod redact;
pub mod result;
pub mod run_files;
pub mod run_json;
pub mod run_output;
mod run_summary;
pub mod runs;
mod service_warning;
mod shell_messages;
pub mod shell_word;
pub mod show;
pub mod shown_log;
pub mod state_text;
pub mod stored_logs;
pub mod style;
pub mod summary;
mod table;
pub mod terminal_text;
#[cfg(test)]
mod testing;
pub mod transcript;
pub mod unread;
pub mod verbosity;
mod whole_lines;
pub mod yaml;

//! What the commands take from the machine that they run on, besides the project: settings files, contexts of the
//! docker CLI, signals.

pub mod docker_context;
pub mod runner_file;
mod seccomp;
pub mod signals;
pub mod text_file;

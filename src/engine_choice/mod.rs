//! Which engine is used, and why: a flag, the runner's configuration, an environment variable, a docker context, or
//! the first socket that accepts a connection.
//!
//! Invariant: pure. `cli` reads the environment and the files, and connects to the sockets to learn their state.

pub mod choice;
pub mod docker_context;
pub mod origin;

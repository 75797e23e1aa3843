//! What the engine creates for a job: networks, volumes and containers, their names, labels and settings.
//!
//! Invariant: nothing else in the executor decides the settings of a create call.

pub mod containers;
pub mod delivery;
mod host_config;
pub mod image_user;
pub mod names;
pub mod preview;
pub mod reports;
pub mod script;
pub mod service_hosts;
pub mod shell;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod volumes;

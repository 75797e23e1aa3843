//! Finds the credentials for an image among the sources of a job, by way of credential helpers where need be.
//!
//! Invariant: a helper is asked only for a registry that an image lies in, is given the key on its standard input and
//! nothing of the job, and has its answer remembered.

pub mod helper;
pub mod memory;
pub mod search;

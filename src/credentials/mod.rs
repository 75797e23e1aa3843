//! Finds an image's registry credentials in the sources of a job, with credential helpers if necessary.
//!
//! Invariant: a helper is asked only about the registry of an image, gets the key on its standard input and nothing
//! else of the job, and its answer is remembered.

pub mod helper;
pub mod lookup;
pub mod memory;

//! What only Linux offers: the files of `/proc` and the files by which engines mark a container.
//!
//! Invariant: no other module names a path below `/proc`, so that a port to another system finds in this folder
//! everything that it has to replace. Every answer is optional, because `/proc` may be hidden or mounted elsewhere.

pub mod container;
pub mod kernel;
pub mod process;

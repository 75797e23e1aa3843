//! What only Linux offers: the files of `/proc`, the files by which engines mark a container, and calls that open a file
//! relative to an open folder.
//!
//! Invariant: no other module names a path below `/proc`, so that a port to another system finds in this folder
//! everything that it has to replace. Every answer about `/proc` is optional, because it may be hidden or mounted
//! elsewhere.

pub mod container;
pub mod elf;
pub mod kernel;
pub mod process;
pub mod root_folder;
pub mod sockets;

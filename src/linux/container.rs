//! Traces of the container that this process may run in.

use std::fs;
use std::path::Path;

use super::kernel;

/// Files by which Docker and Podman mark a container.
const MARKER_FILES: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// What may tell the id of the container that this process runs in. A trace that cannot be read is empty.
#[derive(Debug, Clone, Default)]
pub struct ContainerTraces {
    /// The text of `/proc/self/mountinfo`.
    pub mountinfo: String,
    /// The text of `/proc/self/cgroup`.
    pub cgroup: String,
    /// The host name, if a marker file says that this is a container at all.
    pub hostname: Option<String>,
}

/// Whether an engine has marked this as a container.
pub fn is_container() -> bool {
    MARKER_FILES.iter().any(|path| Path::new(path).exists())
}

/// Reads the traces of this process.
pub fn traces() -> ContainerTraces {
    ContainerTraces {
        mountinfo: fs::read_to_string("/proc/self/mountinfo").unwrap_or_default(),
        cgroup: fs::read_to_string("/proc/self/cgroup").unwrap_or_default(),
        hostname: is_container().then(kernel::hostname).flatten(),
    }
}

//! What the kernel says of the machine: its boot and its host name.

use std::fs;

/// The random id that the kernel takes at every boot.
pub fn boot_id() -> Option<String> {
    trimmed("/proc/sys/kernel/random/boot_id")
}

/// The host name of this process's UTS namespace; in a container, the container's.
pub fn hostname() -> Option<String> {
    trimmed("/proc/sys/kernel/hostname")
}

fn trimmed(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

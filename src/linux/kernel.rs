//! What the machine says of itself: its id, its boot and its host name.

use std::fs;

/// Where systemd, and before it D-Bus, keep the machine's id.
const MACHINE_ID_FILES: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/// The random id that the kernel takes at every boot.
pub fn boot_id() -> Option<String> {
    trimmed("/proc/sys/kernel/random/boot_id")
}

/// When the machine booted, in seconds since 1970: the line `btime` of `/proc/stat`.
pub fn booted_at() -> Option<u64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// The id that the machine got at its installation (`machine-id(5)`). It is confidential: only a keyed hash of it may
/// leave the host. Clones of a virtual machine may share it, and in a container the file is the image's.
pub fn machine_id() -> Option<String> {
    MACHINE_ID_FILES.iter().find_map(|path| trimmed(path)).filter(|id| id != "uninitialized")
}

/// The host name of this process's UTS namespace; in a container, the container's.
pub fn hostname() -> Option<String> {
    trimmed("/proc/sys/kernel/hostname")
}

fn trimmed(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

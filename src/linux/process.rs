//! What the kernel says of processes: this one's user, namespaces and executable, and when another one started.

use std::fs;
use std::os::unix::fs::MetadataExt;

/// The effective user of this process, who owns its folder in `/proc`.
pub fn effective_user_id() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|folder| folder.uid())
}

/// The number of the PID namespace that the kernel creates at boot (`PROC_PID_INIT_INO`).
const FIRST_PID_NAMESPACE: &str = "4026531836";

/// The number of the namespace for host names that the kernel creates at boot (`PROC_UTS_INIT_INO`).
const FIRST_UTS_NAMESPACE: &str = "4026531838";

/// The time namespace that the kernel creates at boot (`PROC_TIME_INIT_INO`).
const FIRST_TIME_NAMESPACE: &str = "4026531834";

/// The number of this process's PID namespace: the digits of `pid:[4026531836]`.
pub fn pid_namespace() -> Option<String> {
    namespace("/proc/self/ns/pid")
}

/// Whether this process is in the machine's first namespaces, and thus in no container. `false` for a container that
/// shares one of the two with its host.
pub fn is_outside_containers() -> bool {
    pid_namespace().as_deref() == Some(FIRST_PID_NAMESPACE)
        && namespace("/proc/self/ns/uts").as_deref() == Some(FIRST_UTS_NAMESPACE)
}

/// Whether this process sees the times of the machine: in another time namespace the kernel shifts the start of every
/// process and the time of the boot. Kernels before Linux 5.6 have no such namespaces.
pub fn sees_machine_times() -> bool {
    let path = "/proc/self/ns/time";
    match fs::read_link(path) {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(_) => namespace(path).as_deref() == Some(FIRST_TIME_NAMESPACE),
    }
}

fn namespace(path: &str) -> Option<String> {
    let link = fs::read_link(path).ok()?;
    let digits: String = link.to_str()?.chars().filter(char::is_ascii_digit).collect();
    Some(digits).filter(|digits| !digits.is_empty())
}

/// When the process with this number started, in clock ticks since the machine booted: the 22nd field of `stat`, whose
/// second field, the program's name, may contain blanks and parentheses.
pub fn start_ticks(number: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

/// Whether this process ignores the signal with that number, as one that `nohup` has started ignores SIGHUP. `false` if
/// `/proc` cannot be read.
pub fn ignores_signal(number: u8) -> bool {
    let Ok(status) = fs::read_to_string("/proc/self/status") else { return false };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).map(str::trim);
    // Bit 0 stands for signal 1.
    let bit = number.checked_sub(1).and_then(|bit| 1_u64.checked_shl(bit.into())).unwrap_or_default();
    ignored.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask & bit != 0)
}

/// The file that this process runs, even if it has been renamed, replaced or deleted since.
pub const EXECUTABLE: &str = "/proc/self/exe";

//! What the kernel says of processes: this one's user, namespace and executable, and when another one started.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;

/// The effective user of this process, who owns its folder in `/proc`.
pub fn effective_user_id() -> Option<u32> {
    fs::metadata("/proc/self").ok().map(|folder| folder.uid())
}

/// The number of this process's PID namespace: the digits of `pid:[4026531836]`.
pub fn pid_namespace() -> Option<String> {
    let link = fs::read_link("/proc/self/ns/pid").ok()?;
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

/// Opens the file that this process runs, even if it has been renamed, replaced or deleted since.
pub fn open_executable() -> io::Result<File> {
    File::open("/proc/self/exe")
}

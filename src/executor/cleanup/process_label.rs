//! The label that names the process of a run, which tells leftovers of killed processes from objects in use.

use crate::linux::kernel::boot_id;
use crate::linux::process::{pid_namespace, start_ticks};

/// Whether the process that created an object still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProcessState {
    /// It runs.
    Running,
    /// It belongs to another process namespace, for example to another container, which cannot be observed from here.
    Unknown,
    /// It has ended.
    Ended,
}

/// Identifies this process as `<boot id>/<process namespace>/<pid>/<start>`, unique over reboots and reuse of the pid.
/// `None` if `/proc` cannot be read.
pub fn own_label() -> Option<String> {
    let number = std::process::id().to_string();
    Some([boot_id()?, pid_namespace()?, number.clone(), start_ticks(&number)?].join("/"))
}

/// Whether the process with that [`own_label`] still runs.
pub fn process_state(process: &str) -> ProcessState {
    let parts: Vec<&str> = process.split('/').collect();
    let [boot_then, namespace_then, number, start_then] = parts[..] else { return ProcessState::Unknown };
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let (Some(boot), Some(namespace)) = (boot_id(), pid_namespace()) else { return ProcessState::Unknown };
    // Another boot id means another machine or an earlier boot. An engine on a unix socket runs on this machine or in
    // a virtual machine on it, so such a process has ended.
    if boot != boot_then {
        return ProcessState::Ended;
    }
    // If `/proc` hides the first process (`hidepid`), it hides other users' processes too.
    if namespace != namespace_then || !is_number || start_ticks("1").is_none() {
        return ProcessState::Unknown;
    }
    if start_ticks(number).as_deref() == Some(start_then) {
        ProcessState::Running
    } else {
        ProcessState::Ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_a_child_that_exited_has_ended() {
        let this = own_label().unwrap();
        assert_eq!(process_state(&this), ProcessState::Running);
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let number = child.id().to_string();
        child.wait().unwrap();
        let mut parts: Vec<&str> = this.split('/').collect();
        parts[2] = &number;
        assert_eq!(process_state(&parts.join("/")), ProcessState::Ended);
    }

    #[test]
    fn a_reused_pid_is_another_process() {
        let this = own_label().unwrap();
        assert_eq!(process_state(&format!("{this}1")), ProcessState::Ended);
    }

    #[test]
    fn processes_of_an_earlier_boot_have_ended_and_those_of_another_namespace_are_unknown() {
        let this = own_label().unwrap();
        let (boot, rest) = this.split_once('/').unwrap();
        assert_eq!(process_state(&format!("{boot}x/{rest}")), ProcessState::Ended);
        let (_, rest) = rest.split_once('/').unwrap();
        assert_eq!(process_state(&format!("{boot}/1/{rest}")), ProcessState::Unknown);
        assert_eq!(process_state(""), ProcessState::Unknown);
    }
}

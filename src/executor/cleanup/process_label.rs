//! Which process a run belongs to, so that what a killed one has left behind can be told from what is in use.

use crate::linux::kernel::boot_id;
use crate::linux::process::{pid_namespace, start_ticks};

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Life {
    /// It runs.
    Alive,
    /// It is of another machine, or of another container: nobody can tell from here.
    Unknown,
    /// It does not run any more.
    Dead,
}

/// This process: `<boot>/<process namespace>/<number>/<start>`, which no other process is and none will be.
pub fn this() -> Option<String> {
    let number = std::process::id().to_string();
    Some([boot_id()?, pid_namespace()?, number.clone(), start_ticks(&number)?].join("/"))
}

/// What has become of the process that was once [`this`].
pub fn life(process: &str) -> Life {
    let parts: Vec<&str> = process.split('/').collect();
    let [boot_then, namespace_then, number, start_then] = parts[..] else { return Life::Unknown };
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let (Some(boot), Some(namespace)) = (boot_id(), pid_namespace()) else { return Life::Unknown };
    // Another machine, or this one before it was started anew: an engine on a socket is this machine's, or a virtual
    // one's on it.
    if boot != boot_then {
        return Life::Dead;
    }
    // Other users' processes are hidden where the first one is.
    if namespace != namespace_then || !is_number || start_ticks("1").is_none() {
        return Life::Unknown;
    }
    if start_ticks(number).as_deref() == Some(start_then) { Life::Alive } else { Life::Dead }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_one_that_has_ended_is_not() {
        let this = this().unwrap();
        assert_eq!(life(&this), Life::Alive);
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let number = child.id().to_string();
        child.wait().unwrap();
        let mut parts: Vec<&str> = this.split('/').collect();
        parts[2] = &number;
        assert_eq!(life(&parts.join("/")), Life::Dead);
    }

    #[test]
    fn a_number_that_is_used_again_is_another_process() {
        let this = this().unwrap();
        assert_eq!(life(&format!("{this}1")), Life::Dead);
    }

    #[test]
    fn another_boot_is_over_and_another_namespace_cannot_be_looked_into() {
        let this = this().unwrap();
        let (boot, rest) = this.split_once('/').unwrap();
        assert_eq!(life(&format!("{boot}x/{rest}")), Life::Dead);
        let (_, rest) = rest.split_once('/').unwrap();
        assert_eq!(life(&format!("{boot}/1/{rest}")), Life::Unknown);
        assert_eq!(life(""), Life::Unknown);
    }
}

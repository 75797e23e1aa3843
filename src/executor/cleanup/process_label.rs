//! The label that names the process of a run, which tells leftovers of killed processes from objects in use.
//!
//! Engines are shared: objects may belong to a process of another host, of which nothing can be known here. Such a
//! process must be told from one of this host before a reboot, for certain: a mistake would end a colleague's job.

use crate::linux::kernel::{boot_id, booted_at, hostname, machine_id};
use crate::linux::process::{is_outside_containers, pid_namespace, sees_machine_times, start_ticks};

/// The number of bytes of the hash that stands for a host.
const HOST_BYTES: usize = 16;

/// Whether the process that created an object still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProcessState {
    /// It runs.
    Running,
    /// It belongs to another process namespace of this host, for example to another container, which cannot be observed
    /// from here, or the object does not say whose it is.
    Unknown,
    /// It belongs to another host, or to this one before a reboot, without a proof of the latter.
    OtherHost,
    /// It has ended.
    Ended,
}

/// A process, by what its label says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LabelledProcess<'a> {
    /// `None` for a process whose host cannot be told from others, and in labels of older versions.
    host: Option<&'a str>,
    boot: &'a str,
    namespace: &'a str,
    number: &'a str,
    /// When it started; empty if it did not see the times of its machine.
    start: &'a str,
    /// When the label was made, in seconds since 1970.
    made_at: Option<u64>,
}

/// What this process knows of the machine that it runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Machine {
    host: Option<String>,
    boot: String,
    namespace: String,
    /// `None` if this process does not see the machine's times, so that neither a boot nor a start can be compared.
    times: Option<MachineTimes>,
}

/// What is known of a machine in whose first time namespace this process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MachineTimes {
    booted_at: Option<u64>,
}

/// Identifies this process as `<boot id>/<process namespace>/<pid>/<start>/<host>/<time>`, unique over reboots and
/// reuse of the pid. The start is empty in a time namespace, which shifts it. `None` if `/proc` cannot be read.
pub fn own_label() -> Option<String> {
    own_label_on(this_machine()?)
}

fn own_label_on(machine: Machine) -> Option<String> {
    let Machine { host, boot, namespace, times } = machine;
    let number = std::process::id().to_string();
    let start = if times.is_some() { start_ticks(&number)? } else { String::new() };
    #[expect(clippy::disallowed_methods, reason = "compared with the time of a boot")]
    let now = jiff::Timestamp::now().as_second().to_string();
    Some([boot, namespace, number, start, host.unwrap_or_default(), now].join("/"))
}

/// The state of the process with that [`own_label`].
pub fn process_state(label: &str) -> ProcessState {
    match (LabelledProcess::parse(label), this_machine()) {
        (Some(process), Some(machine)) => state_on(&machine, &process, start_ticks),
        _ => ProcessState::Unknown,
    }
}

/// The state of the process with that [`own_label`], one of whose containers runs. No container runs on after a reboot of
/// its host, so one that runs under another boot is a clone's of this machine.
pub fn process_state_beside_running(label: &str) -> ProcessState {
    match (LabelledProcess::parse(label), this_machine()) {
        (Some(process), Some(machine)) => state_beside_running(&machine, &process, start_ticks),
        _ => ProcessState::Unknown,
    }
}

impl<'a> LabelledProcess<'a> {
    fn parse(label: &'a str) -> Option<Self> {
        let parts: Vec<&str> = label.split('/').collect();
        let (process, host, made_at) = match parts[..] {
            [boot, namespace, number, start] => ([boot, namespace, number, start], None, None),
            [boot, namespace, number, start, host, made_at] => {
                ([boot, namespace, number, start], Some(host), Some(made_at))
            }
            _ => return None,
        };
        let [boot, namespace, number, start] = process;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(Self {
            host: host.filter(|host| !host.is_empty()),
            boot,
            namespace,
            number,
            start,
            made_at: made_at.and_then(|seconds| seconds.parse().ok()),
        })
    }
}

fn this_machine() -> Option<Machine> {
    Some(Machine {
        host: own_host(),
        boot: boot_id()?,
        namespace: pid_namespace()?,
        times: sees_machine_times().then(|| MachineTimes { booted_at: booted_at() }),
    })
}

/// A hash of the machine's id and host name; `None` where they do not identify a host. In a container the files are
/// those of an image, which runs on many hosts.
fn own_host() -> Option<String> {
    let (id, name) = (machine_id()?, hostname()?);
    // `machine-id(5)`: the id must not be exposed, so that only a keyed hash of it leaves the host.
    let hash = hmac_sha256::HMAC::mac(format!("runner-lite\n{name}"), id);
    let digits = hash.iter().take(HOST_BYTES).map(|byte| format!("{byte:02x}"));
    is_outside_containers().then(|| digits.collect())
}

fn state_on(
    machine: &Machine,
    process: &LabelledProcess<'_>,
    start_of: impl Fn(&str) -> Option<String>,
) -> ProcessState {
    if machine.boot != process.boot {
        let is_this_host = machine.host.is_some() && machine.host.as_deref() == process.host;
        // Cloned machines have one id and often one name. What was created after this machine's boot, but under another
        // boot id, is another machine's.
        let booted_at = machine.times.and_then(|times| times.booted_at);
        let is_before_boot = match (process.made_at, booted_at) {
            (Some(made_at), Some(booted_at)) => made_at < booted_at,
            _ => false,
        };
        return if is_this_host && is_before_boot { ProcessState::Ended } else { ProcessState::OtherHost };
    }
    // If `/proc` hides the first process (`hidepid`), it hides other users' processes too.
    if machine.namespace != process.namespace || start_of("1").is_none() {
        return ProcessState::Unknown;
    }
    // A time namespace shifts the starts that a process reads, its own one included.
    if machine.times.is_none() || process.start.is_empty() {
        return ProcessState::Unknown;
    }
    if start_of(process.number).as_deref() == Some(process.start) {
        ProcessState::Running
    } else {
        ProcessState::Ended
    }
}

fn state_beside_running(
    machine: &Machine,
    process: &LabelledProcess<'_>,
    start_of: impl Fn(&str) -> Option<String>,
) -> ProcessState {
    match state_on(machine, process, start_of) {
        ProcessState::Ended if machine.boot != process.boot => ProcessState::OtherHost,
        state => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine on which only processes 1 and 7 run, both since tick 9.
    fn machine() -> Machine {
        Machine {
            host: Some("cafe".to_owned()),
            boot: "b2".to_owned(),
            namespace: "4026531836".to_owned(),
            times: Some(MachineTimes { booted_at: Some(1_000) }),
        }
    }

    #[track_caller]
    fn check_on(machine: &Machine, label: &str, expect: ProcessState) {
        let start_of = |number: &str| matches!(number, "1" | "7").then(|| "9".to_owned());
        let process = LabelledProcess::parse(label).unwrap();
        assert_eq!(state_on(machine, &process, start_of), expect, "{label}");
    }

    #[track_caller]
    fn check(label: &str, expect: ProcessState) {
        check_on(&machine(), label, expect);
    }

    #[test]
    fn a_process_of_this_boot_runs_if_its_pid_and_start_are_those_of_a_process() {
        check("b2/4026531836/7/9/cafe/1500", ProcessState::Running);
        check("b2/4026531836/8/9/cafe/1500", ProcessState::Ended);
        check("b2/4026531836/7/8/cafe/1500", ProcessState::Ended);
    }

    #[test]
    fn a_process_of_another_namespace_is_unknown() {
        check("b2/4026532000/7/9//1500", ProcessState::Unknown);
    }

    #[test]
    fn a_process_of_this_host_before_the_reboot_has_ended() {
        check("b1/4026531836/7/9/cafe/999", ProcessState::Ended);
    }

    #[test]
    fn a_process_of_another_host_is_neither_alive_nor_ended() {
        check("b1/4026531836/7/9/beef/999", ProcessState::OtherHost);
    }

    #[test]
    fn a_process_of_a_clone_of_this_host_is_another_hosts_if_it_began_after_this_boot() {
        check("b1/4026531836/7/9/cafe/1000", ProcessState::OtherHost);
        let unknown_boot = Machine { times: Some(MachineTimes { booted_at: None }), ..machine() };
        check_on(&unknown_boot, "b1/4026531836/7/9/cafe/999", ProcessState::OtherHost);
    }

    #[test]
    fn a_process_of_another_boot_whose_container_runs_is_another_hosts() {
        let start_of = |number: &str| (number == "1").then(|| "9".to_owned());
        let check = |label, expect| {
            let process = LabelledProcess::parse(label).unwrap();
            assert_eq!(state_beside_running(&machine(), &process, start_of), expect, "{label}");
        };
        check("b1/4026531836/7/9/cafe/999", ProcessState::OtherHost);
        check("b2/4026531836/7/9/cafe/1500", ProcessState::Ended);
    }

    #[test]
    fn in_another_time_namespace_no_process_of_this_boot_has_ended() {
        let shifted = Machine { times: None, ..machine() };
        check_on(&shifted, "b2/4026531836/7/9/cafe/1500", ProcessState::Unknown);
        check_on(&shifted, "b2/4026531836/7/8/cafe/1500", ProcessState::Unknown);
        check_on(&shifted, "b1/4026531836/7/9/cafe/999", ProcessState::OtherHost);
    }

    #[test]
    fn the_label_of_a_process_in_another_time_namespace_is_not_misread() {
        let shifted = Machine { times: None, ..this_machine().unwrap() };
        let label = own_label_on(shifted).unwrap();
        assert_eq!(process_state(&label), ProcessState::Unknown, "{label}");
        check("b2/4026531836/7//cafe/1500", ProcessState::Unknown);
        check("b1/4026531836/7//cafe/999", ProcessState::Ended);
        check("b1/4026531836/7//beef/999", ProcessState::OtherHost);
    }

    #[test]
    fn without_a_machine_id_another_boot_is_another_host() {
        let nameless = Machine { host: None, ..machine() };
        check_on(&nameless, "b1/4026531836/7/9//999", ProcessState::OtherHost);
        check_on(&nameless, "b1/4026531836/7/9/cafe/999", ProcessState::OtherHost);
        check_on(&nameless, "b2/4026531836/7/9//999", ProcessState::Running);
    }

    #[test]
    fn labels_of_older_versions_name_no_host() {
        check("b2/4026531836/7/9", ProcessState::Running);
        check("b2/4026531836/8/9", ProcessState::Ended);
        check("b1/4026531836/7/9", ProcessState::OtherHost);
    }

    #[test]
    fn a_label_in_another_format_names_no_process() {
        for label in
            ["", "b2", "b2/4026531836//9", "b2/4026531836/../9", "b2/4026531836/7/9/cafe", "a/b/7/c/d/e/f"]
        {
            assert_eq!(LabelledProcess::parse(label), None, "{label}");
            assert_eq!(process_state(label), ProcessState::Unknown, "{label}");
        }
    }

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
    fn the_label_does_not_expose_the_id_of_the_machine() {
        if let Some(id) = machine_id() {
            let label = own_label().unwrap();
            assert!(!label.contains(&id), "{label}");
        }
    }
}

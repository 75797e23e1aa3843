//! `runner-lite probe`: the prober in a container. What it prints is read by the run that started it.

use std::process::ExitCode;
use std::time::Duration;

use super::args::ProbeArgs;
use super::{exit, print, runtime};
use crate::probe::{Target, dial, wire};

/// Dials until a port opens, and prints what became of it.
pub fn run(args: ProbeArgs) -> ExitCode {
    let target = Target { addresses: args.addresses, ports: args.ports };
    let Some(verdict) = runtime(dial::probe(&target, Duration::from_millis(args.within))) else {
        return ExitCode::from(exit::SYSTEM_FAILED);
    };
    print(&format!("{}\n", wire::line(&verdict)));
    ExitCode::from(exit::PASSED)
}

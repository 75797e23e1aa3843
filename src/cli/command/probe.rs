//! `runner-lite probe`: the prober in a container. What it prints is read by the run that started it.

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::cli::arguments::commands::ProbeArgs;
use crate::cli::exit_code;
use crate::cli::print;
use crate::cli::runtime::runtime;
use crate::cli::say;
use crate::probe::{Target, dial, wire};

/// Dials until a port opens, and prints what became of it.
pub fn run(args: ProbeArgs) -> ExitCode {
    if let Some(port) = args.listen {
        return listen(port, Duration::from_millis(args.within));
    }
    let target = Target { addresses: args.addresses, ports: args.ports };
    let Some(verdict) = runtime(dial::probe(&target, Duration::from_millis(args.within))) else {
        return ExitCode::from(exit_code::SYSTEM_FAILED);
    };
    print(&format!("{}\n", wire::line(&verdict)));
    ExitCode::from(exit_code::PASSED)
}

/// Listens for so long; the kernel takes the connections.
fn listen(port: u16, within: Duration) -> ExitCode {
    let listening = async {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await;
        sleep(within).await;
        listener
    };
    match runtime(listening) {
        Some(Ok(_)) => ExitCode::from(exit_code::PASSED),
        Some(Err(error)) => {
            say(&format!("error: cannot listen at port {port}: {error}"));
            ExitCode::from(exit_code::SYSTEM_FAILED)
        }
        None => ExitCode::from(exit_code::SYSTEM_FAILED),
    }
}

//! `runner-lite probe`: checks a service from within a container. The run that started the container reads the
//! answer.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::cli::arguments::ProbeArgs;
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::runtime::block_on;
use crate::probe::dial::{self, DialRecord};
use crate::probe::{Target, result_line};
use crate::report::console;

/// Dials until a port opens or the time is over, and prints the result.
pub fn run(args: ProbeArgs) -> Result<u8, CommandError> {
    if let Some(port) = args.listen {
        return listen(port, Duration::from_millis(args.within));
    }
    let target = Target { addresses: args.addresses, ports: args.ports };
    let (result, ports) = block_on(async {
        let record = DialRecord::new(&target);
        (dial::probe(&record, Duration::from_millis(args.within)).await, record.ports())
    })?;
    console::answer(format!("{}\n", result_line::format_result(&result, &ports)));
    Ok(exit_code::PASSED)
}

/// Listens at `port` until the time is over. The kernel accepts the connections, so nothing else is to be done.
fn listen(port: u16, within: Duration) -> Result<u8, CommandError> {
    block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await;
        sleep(within).await;
        listener
    })?
    .map(|_| exit_code::PASSED)
    .map_err(|error| {
        CommandError::new(CommandErrorKind::System, format!("cannot listen at port {port}: {error}"))
    })
}

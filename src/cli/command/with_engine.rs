//! Runs a command that works with the engine: connects, forwards signals and writes the log.

use std::io;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::host::signals::StopSignals;
use crate::cli::options::EngineOptions;
use crate::cli::runtime::block_on;
use crate::engine::Engine;
use crate::error_chain::chain;
use crate::executor::event_channel::{self, EventReceiver, EventSender};
use crate::executor::shutdown::{self, Shutdown};
use crate::report::console;
use crate::report::log::Log;
use crate::transport::connector::Connector;

/// How long the log may take to write its last lines after the user has stopped the run. Without a signal it may take
/// any time: whoever reads it may be a person with a pager.
const LOG_GRACE: Duration = Duration::from_secs(1);

/// Runs `work`, which returns the exit code. `begin` writes the head of the log.
///
/// # Errors
/// The engine cannot be reached, the system refuses signal handlers, or the log cannot be written.
pub(super) fn run_with_engine(
    options: EngineOptions,
    begin: impl FnOnce(&mut Log) -> io::Result<()> + Send + 'static,
    work: impl AsyncFnOnce(Engine, EventSender, Shutdown) -> u8,
) -> Result<u8, CommandError> {
    let log = Log::new(options.log_style, options.verbosity, options.progress_display);
    block_on(async {
        // The handlers come first: a user who reads a message may answer it with a signal.
        let mut signals = StopSignals::listen().map_err(|error| {
            CommandError::new(CommandErrorKind::System, format!("cannot listen for signals: {error}"))
        })?;
        let is_verbose = options.observer.is_some();
        if is_verbose {
            console::line(format_args!("engine: {}", options.choice));
        }
        let connected = tokio::select! {
            connected = Engine::connect(Connector::new(options.choice.endpoint), options.observer) => connected,
            signal = signals.next() => return Ok(exit_code::of_signal(signal)),
        };
        let engine = connected.map_err(|error| CommandError::new(CommandErrorKind::System, chain(&error)))?;
        if is_verbose {
            console::line(format_args!("engine: {}, API {}", engine.product(), engine.version()));
        }
        let (events, receiver) = event_channel::channel();
        let (sender, stop) = shutdown::channel();
        let written = write_log(log, begin, receiver);
        let code = tokio::select! {
            code = work(engine, events, stop.clone()) => code,
            never = signals.forward(&sender) => match never {},
        };
        match log_is_written(written, &stop, &mut signals).await {
            Ok(()) => Ok(code),
            Err(error) => {
                Err(CommandError::new(CommandErrorKind::System, format!("cannot write the log: {error}")))
            }
        }
    })?
}

/// Writes the log in a thread of its own, which sends its result. The thread ends with the process if the reader of the
/// log does not read on.
fn write_log(
    mut log: Log,
    begin: impl FnOnce(&mut Log) -> io::Result<()> + Send + 'static,
    receiver: EventReceiver,
) -> oneshot::Receiver<io::Result<()>> {
    let (sender, written) = oneshot::channel();
    // If nothing can be written, the receiver of events goes away, which stops the work.
    thread::spawn(move || sender.send(begin(&mut log).and_then(|()| receiver.deliver(&mut log))));
    written
}

/// Waits until the log is written, or the user does not want to wait.
///
/// # Errors
/// The log cannot be written. A reader that has closed the pipe is no error: nobody would read a message about it, and
/// the work has been stopped.
async fn log_is_written(
    mut written: oneshot::Receiver<io::Result<()>>,
    stop: &Shutdown,
    signals: &mut StopSignals,
) -> io::Result<()> {
    let wait_for_signal = async {
        if !stop.is_requested() {
            signals.next().await;
        }
    };
    let result = tokio::select! {
        result = &mut written => result,
        () = wait_for_signal => match timeout(LOG_GRACE, written).await {
            Ok(result) => result,
            Err(_) => return Ok(()),
        },
    };
    match result {
        Ok(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        // The panic of the thread has been printed.
        _ => Ok(()),
    }
}

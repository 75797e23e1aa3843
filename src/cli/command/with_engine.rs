//! Runs a command that works with the engine: connects, forwards signals and writes the log.

use std::io;
use std::thread;

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::host::signals::StopSignals;
use crate::cli::options::EngineOptions;
use crate::cli::runtime::block_on;
use crate::engine::Engine;
use crate::error_chain::chain;
use crate::executor::event_channel::{self, EventSender};
use crate::executor::shutdown::{self, Shutdown};
use crate::report::console;
use crate::report::log::Log;
use crate::transport::connector::Connector;

/// Runs `work`, which returns the exit code. `begin` writes the head of the log.
///
/// # Errors
/// The engine cannot be reached, or the system refuses signal handlers.
pub(super) fn run_with_engine(
    options: EngineOptions,
    begin: impl FnOnce(&mut Log) -> io::Result<()>,
    work: impl AsyncFnOnce(Engine, EventSender, Shutdown) -> u8,
) -> Result<u8, CommandError> {
    let mut log = Log::new(options.log_style, options.verbosity, options.progress_display);
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
        // If the output pipe is closed, the first event of the log finds out and stops the work.
        let _ = begin(&mut log);
        let writer = thread::spawn(move || receiver.deliver(&mut log));
        let code = tokio::select! {
            code = work(engine, events, stop) => code,
            never = signals.forward(sender) => match never {},
        };
        // A log that could not be written has already stopped the work; nobody would read a message about it.
        let _ = writer.join();
        Ok(code)
    })?
}

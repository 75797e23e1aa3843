//! What every command that works with the engine has around it: the connection, signals, and the log.

use std::io;
use std::process::ExitCode;
use std::thread;

use crate::cli::exit_code;
use crate::cli::host::signals::Signals;
use crate::cli::options::EngineOptions;
use crate::cli::runtime::runtime;
use crate::cli::say;
use crate::engine::Engine;
use crate::error_chain::chain;
use crate::executor::event::{self, Events};
use crate::executor::shutdown::{self, Shutdown};
use crate::report::log::Log;
use crate::transport::connector::Connector;

/// Runs `work`, which returns the exit code. `begin` writes what stands above the log.
pub(super) fn run(
    options: EngineOptions,
    begin: impl FnOnce(&mut Log) -> io::Result<()>,
    work: impl AsyncFnOnce(Engine, Events, Shutdown) -> u8,
) -> ExitCode {
    let mut log = Log::new(options.log_style, options.volume, options.live);
    let work = async {
        // Before anything is told: whoever reads it may answer with a signal.
        let mut signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => {
                say(&format!("error: cannot listen for signals: {error}"));
                return exit_code::SYSTEM_FAILED;
            }
        };
        let is_verbose = options.observer.is_some();
        if is_verbose {
            say(&format!("engine: {}", options.choice));
        }
        let connected = tokio::select! {
            connected = Engine::connect(Connector::new(options.choice.endpoint), options.observer) => connected,
            signal = signals.next() => return exit_code::of_signal(signal),
        };
        let engine = match connected {
            Ok(engine) => engine,
            Err(error) => {
                say(&format!("error: {}", chain(&error)));
                return exit_code::SYSTEM_FAILED;
            }
        };
        if is_verbose {
            say(&format!("engine: {}, API {}", engine.product(), engine.version()));
        }
        let (events, receiver) = event::channel();
        let (sender, stop) = shutdown::channel();
        // Nobody reads a log that cannot be begun; its first event finds that out.
        let _ = begin(&mut log);
        let writer = thread::spawn(move || log.run(receiver));
        let code = tokio::select! {
            code = work(engine, events, stop) => code,
            never = signals.forward(sender) => match never {},
        };
        // A log that could not be written has stopped the work already, and nobody is there to be told.
        let _ = writer.join();
        code
    };
    runtime(work).map_or(ExitCode::from(exit_code::SYSTEM_FAILED), ExitCode::from)
}

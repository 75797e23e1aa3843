//! Runs a command that works with the engine: connects, forwards signals and writes the log.

use std::io;
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::host::signals::StopSignals;
use crate::cli::options::EngineOptions;
use crate::cli::runtime::block_on;
use crate::engine::Engine;
use crate::error_chain::chain;
use crate::executor::call_events::call_events;
use crate::executor::event::Event;
use crate::executor::event_channel::{self, EventReceiver, EventSender, UndeliveredEvents};
use crate::executor::shutdown::{self, Shutdown};
use crate::report::console;
use crate::report::run_files::RunFiles;
use crate::report::run_output::RunOutput;
use crate::report::shown_log::ShownLog;
use crate::report::unread;
use crate::transport::connector::Connector;

/// How long the log may take to write its last lines after the user has stopped the run. Without a signal it may take
/// any time: whoever reads it may be a person with a pager.
const LOG_GRACE: Duration = Duration::from_secs(1);

/// How long the lines about a log that nobody reads may take: perhaps nobody reads them either.
const UNREAD_GRACE: Duration = Duration::from_secs(1);

/// Runs `work`, which returns the exit code, and passes its events to `output`. `begin` writes the head of the log.
///
/// # Errors
/// The engine cannot be reached, the system refuses signal handlers, or the log cannot be written.
pub(super) fn run_with_engine<L: ShownLog + Send + 'static>(
    options: EngineOptions,
    mut output: RunOutput<L>,
    begin: impl FnOnce(&mut L) -> io::Result<()> + Send + 'static,
    work: impl AsyncFnOnce(Engine, EventSender, Shutdown) -> u8,
) -> Result<u8, CommandError> {
    let files = output.files();
    if !options.shows_calls {
        output.hide_calls();
    }
    block_on(async {
        // The handlers come first: a user who reads a message may answer it with a signal.
        let mut signals = StopSignals::listen().map_err(|error| {
            CommandError::new(CommandErrorKind::System, format!("cannot listen for signals: {error}"))
        })?;
        let (events, receiver) = event_channel::channel();
        let (sender, stop) = shutdown::channel();
        let is_observed = options.shows_calls || output.wants_calls();
        let observer = is_observed.then(|| call_events(events.clone()));
        let choice = options.is_verbose().then(|| format!("engine: {}", options.choice));
        let is_verbose = options.is_verbose();
        let (connection, connected) = oneshot::channel::<Option<String>>();
        let writing = LogWriting::start(output, receiver, |log| {
            choice.map_or(Ok(()), |choice| log.detail(&choice))?;
            // The run begins once the engine is connected; if it is not, the log gets no head.
            let Ok(engine) = connected.blocking_recv() else { return Ok(()) };
            engine.map_or(Ok(()), |engine| log.detail(&engine))?;
            begin(log)
        });
        let engine = tokio::select! {
            connected = Engine::connect(Connector::new(options.choice.endpoint), observer) => connected,
            signal = signals.next() => return Ok(exit_code::of_signal(signal)),
        };
        let engine = match engine {
            Ok(engine) => engine,
            Err(error) => {
                drop((connection, events));
                writing.end(&stop, &mut signals).await?;
                return Err(CommandError::new(CommandErrorKind::System, chain(&error)));
            }
        };
        let product = || format!("engine: {}, API {}", engine.product(), engine.version());
        let _ = connection.send(is_verbose.then(product));
        let code = tokio::select! {
            code = work(engine, events, stop.clone()) => code,
            never = signals.forward(&sender) => match never {},
        };
        writing.end(&stop, &mut signals).await?;
        let (table, errors) = (files.timings_table(), files.errors());
        table.iter().for_each(console::lines);
        errors.iter().for_each(console::error);
        Ok(if errors.is_empty() || code != exit_code::PASSED { code } else { exit_code::SYSTEM_FAILED })
    })?
}

/// The log while a thread of its own writes it. The thread ends with the process if the reader of the log does not read
/// on.
struct LogWriting {
    result: oneshot::Receiver<io::Result<()>>,
    undelivered: UndeliveredEvents,
    files: RunFiles,
}

impl LogWriting {
    fn start<L: ShownLog + Send + 'static>(
        mut output: RunOutput<L>,
        receiver: EventReceiver,
        begin: impl FnOnce(&mut L) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let (undelivered, files) = (receiver.undelivered(), output.files());
        let (sender, result) = oneshot::channel();
        thread::spawn(move || {
            let written = match begin(output.shown()) {
                Ok(()) => receiver.deliver(&mut output),
                // If nothing can be written, the work learns of it and stops.
                Err(error) => {
                    receiver.deliver_unshown(&mut output);
                    Err(error)
                }
            };
            sender.send(written)
        });
        Self { result, undelivered, files }
    }

    /// Waits until the log is written, or the user does not want to wait.
    ///
    /// # Errors
    /// The log cannot be written. A reader that has closed the pipe or the terminal causes no error: nobody would read a
    /// message about it, and the work has been stopped.
    async fn end(mut self, stop: &Shutdown, signals: &mut StopSignals) -> Result<(), CommandError> {
        let wait_for_signal = async {
            if !stop.is_requested() {
                signals.next().await;
            }
        };
        let result = tokio::select! {
            result = &mut self.result => result,
            () = wait_for_signal => match timeout(LOG_GRACE, self.result).await {
                Ok(result) => result,
                Err(_) => {
                    let events = self.undelivered.take();
                    events.iter().for_each(|event| self.files.take_if_free(event));
                    tell_unread(&events).await;
                    return Ok(());
                }
            },
        };
        match result {
            Ok(Err(error)) if !reader_is_gone(&error) => {
                Err(CommandError::new(CommandErrorKind::System, format!("cannot write the log: {error}")))
            }
            // The panic of the thread has been printed.
            _ => Ok(()),
        }
    }
}

/// Says on standard error that the log has not been read to its end, and what is left on the engine. A thread writes
/// that, since standard error may have the same reader.
async fn tell_unread(events: &[Event]) {
    let lines = unread::lines(events);
    let (sender, told) = oneshot::channel();
    thread::spawn(move || {
        lines.iter().for_each(console::line);
        sender.send(())
    });
    let _ = timeout(UNREAD_GRACE, told).await;
}

/// Whether nobody reads what is written: a closed pipe, or a closed terminal, which gives EIO.
fn reader_is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe || Errno::from_io_error(error) == Some(Errno::IO)
}

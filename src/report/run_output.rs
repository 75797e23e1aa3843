//! All that listens to a run: its log, the events for programs, and the files that are written at its end.

use std::collections::HashMap;
use std::io;

use super::run_files::RunFiles;
use super::run_json::events::EventsWriter;
use super::shown_log::ShownLog;
use super::stored_logs::RunLog;
use crate::executor::event::{Event, EventKind};
use crate::executor::event_channel::EventSink;

/// The listeners of a run.
pub struct RunOutput<L> {
    log: RunLog<L>,
    events: Option<EventsWriter>,
    files: RunFiles,
    calls_in_log: CallsInLog,
}

/// Whether the log shows the calls of the Engine API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallsInLog {
    Shown,
    Hidden,
}

impl<L: ShownLog> RunOutput<L> {
    pub fn new(log: RunLog<L>, events: Option<EventsWriter>, files: RunFiles) -> Self {
        Self { log, events, files, calls_in_log: CallsInLog::Shown }
    }

    /// Keeps the calls of the Engine API out of the log.
    pub fn hide_calls(&mut self) {
        self.calls_in_log = CallsInLog::Hidden;
    }

    /// Whether something beside the log needs the calls of the Engine API.
    pub fn wants_calls(&self) -> bool {
        self.files.want_timings()
    }

    /// The log alone.
    pub fn of_log(log: L) -> Self {
        Self::new(RunLog::new(log, HashMap::new()), None, RunFiles::default())
    }

    /// The log that is shown.
    pub fn shown(&mut self) -> &mut L {
        self.log.shown()
    }

    /// The files, for the owner that outlives the log.
    pub fn files(&self) -> RunFiles {
        self.files.clone()
    }

    /// Writes an event, and gives up the events if that fails; the error is for the log.
    fn write_event(&mut self, event: &Event) -> Result<(), io::Error> {
        let written = self.events.as_mut().map_or(Ok(()), |events| events.take(event));
        if written.is_err() {
            self.events = None;
        }
        written
    }
}

impl<L: ShownLog> EventSink for RunOutput<L> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.files.take(event);
        if self.calls_in_log == CallsInLog::Hidden && matches!(event.kind, EventKind::Call(_)) {
            return Ok(());
        }
        if let Err(error) = self.write_event(event) {
            // The job is worth more than the events about it.
            self.shown().warning(&format!("--events: the events end here, and the run goes on: {error}"))?;
        }
        self.log.take(event)?;
        match &event.kind {
            EventKind::TerminalTurn(turn) => {
                self.shown().hold()?;
                turn.give();
                Ok(())
            }
            EventKind::TerminalReturned => self.shown().release(),
            _ => Ok(()),
        }
    }

    fn take_unshown(&mut self, event: &Event) {
        self.files.take(event);
        let _ = self.write_event(event);
        if let EventKind::TerminalTurn(turn) = &event.kind {
            turn.give();
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.shown().release()?;
        self.log.finish()
    }
}

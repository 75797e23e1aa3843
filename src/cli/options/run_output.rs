//! The options about what programs read of a run.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::arguments::RunOutputArgs;
use crate::cli::options::engine::EngineOptions;
use crate::cli::options::usage_error::UsageError;
use crate::report::console;
use crate::report::log::Log;
use crate::report::log_streams::LogTarget;
use crate::report::run_files::{OutputFile, RunFiles, TimingsTarget};
use crate::report::run_json::events::{EventsWriter, LogLines};
use crate::report::run_output::RunOutput;
use crate::report::shown_log::ShownLog;
use crate::report::stored_logs::RunLog;
use crate::report::transcript::IgnoredKeyword;

/// What programs read of a run, with open files.
pub struct RunOutputOptions {
    /// Where the log goes.
    pub log_target: LogTarget,
    events: Option<EventsWriter>,
    files: RunFiles,
}

impl RunOutputOptions {
    /// Opens the files.
    ///
    /// # Errors
    /// One of them cannot be written.
    pub(super) fn resolve(args: RunOutputArgs) -> Result<Self, UsageError> {
        let RunOutputArgs { events, events_lines, report, junit, timings } = args;
        let is_standard_output = |path: &PathBuf| path.as_os_str() == "-";
        let log_target = match events.as_ref().is_some_and(is_standard_output) {
            true => LogTarget::StandardError,
            false => LogTarget::Standard,
        };
        let lines = if events_lines { LogLines::Written } else { LogLines::LeftOut };
        let events = events.map(|path| opened("--events", &path, events_file)).transpose()?;
        let report = report.map(|path| opened("--report", &path, OutputFile::for_content)).transpose()?;
        let junit = junit.map(|path| opened("--junit", &path, OutputFile::for_content)).transpose()?;
        let trace =
            |path: PathBuf| opened("--timings", &path, OutputFile::for_content).map(TimingsTarget::Trace);
        let timings = timings.map(|path| path.map_or(Ok(TimingsTarget::Table), trace)).transpose()?;
        Ok(Self {
            log_target,
            events: events.map(|file| EventsWriter::new(Box::new(file), lines)),
            files: RunFiles::new(report, junit, timings),
        })
    }

    /// A log, and nothing for programs.
    pub(super) fn of_log() -> Self {
        Self { log_target: LogTarget::Standard, events: None, files: RunFiles::default() }
    }

    /// The listeners of a run whose jobs run one after another.
    pub fn with_log(
        self,
        engine: &EngineOptions,
        ignored: HashMap<Arc<str>, Vec<IgnoredKeyword>>,
    ) -> RunOutput<Log> {
        let log = Log::new(engine.log, engine.progress_display, self.log_target);
        self.listeners(log, ignored)
    }

    /// The listeners of a run whose log is shown by `log`. The stored log of each job warns of its keywords in `ignored`,
    /// which have no effect.
    pub fn listeners<L: ShownLog>(
        self,
        log: L,
        ignored: HashMap<Arc<str>, Vec<IgnoredKeyword>>,
    ) -> RunOutput<L> {
        RunOutput::new(RunLog::new(log, ignored), self.events, self.files)
    }
}

fn events_file(path: &Path) -> io::Result<File> {
    match path.as_os_str() == "-" {
        true => console::byte_stream(),
        false => OutputFile::for_pieces(path),
    }
}

fn opened<T>(
    option: &'static str,
    path: &Path,
    open: impl Fn(&Path) -> io::Result<T>,
) -> Result<T, UsageError> {
    let unwritable = |error| UsageError::Unwritable { option, path: path.display().to_string(), error };
    open(path).map_err(unwritable)
}

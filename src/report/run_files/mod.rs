//! What a run gives out when it ends: the files of `--report`, `--junit` and `--timings`, and the table of `--timings`.

mod junit;
mod output_file;
mod timings_output;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::json::json_answer;
use super::mask::Mask;
use super::run_json::report_record::RunReportRecord;
use super::terminal_text::TerminalText;
use super::timings;
use crate::executor::event::{Event, EventKind};
use crate::executor::run_report::RunReport;

pub use self::output_file::OutputFile;
use self::timings_output::TimingsOutput;
pub use self::timings_output::TimingsTarget;

/// The files, which several owners feed with events: the thread that writes the log, and, if that stalls, the one that
/// does not wait for it. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct RunFiles {
    files: Arc<Mutex<FilesToWrite>>,
    /// What is told of them. The lock of the files is held while they are written, which a stalled reader of a pipe
    /// makes last for ever.
    told: Arc<Mutex<ToldOfFiles>>,
}

/// What is told at the end of a run.
#[derive(Debug, Default)]
struct ToldOfFiles {
    /// Why files are missing.
    errors: Vec<String>,
    /// The table of `--timings`.
    table: Option<TerminalText>,
}

#[derive(Default)]
struct FilesToWrite {
    report: Option<OutputFile>,
    junit: Option<OutputFile>,
    timings: Option<TimingsOutput>,
    mask: Mask,
}

impl std::fmt::Debug for FilesToWrite {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The mask has the secrets.
        out.debug_struct("FilesToWrite")
            .field("report", &self.report)
            .field("junit", &self.junit)
            .field("timings", &self.timings)
            .finish_non_exhaustive()
    }
}

impl RunFiles {
    /// `report` gets the final state as JSON, `junit` as JUnit XML, `timings` what took how long.
    pub fn new(
        report: Option<OutputFile>,
        junit: Option<OutputFile>,
        timings: Option<TimingsTarget>,
    ) -> Self {
        let timings = timings.map(TimingsOutput::new);
        let files = FilesToWrite { report, junit, timings, ..FilesToWrite::default() };
        Self { files: Arc::new(Mutex::new(files)), told: Arc::default() }
    }

    /// Takes note of the next event; the last one of a run writes the files.
    pub fn take(&self, event: &Event) {
        let told = self.files.lock().unwrap_or_else(PoisonError::into_inner).take(event);
        self.told().add(told);
    }

    /// As [`RunFiles::take`], unless another thread writes the files at this time.
    pub fn take_if_free(&self, event: &Event) {
        if let Ok(mut files) = self.files.try_lock() {
            let told = files.take(event);
            self.told().add(told);
        }
    }

    /// Whether calls of the Engine API are needed.
    pub fn want_timings(&self) -> bool {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).timings.is_some()
    }

    /// Why files are missing that could not be written.
    pub fn errors(&self) -> Vec<String> {
        self.told().errors.clone()
    }

    /// The table of `--timings`, if it is wanted and the run has ended.
    pub fn timings_table(&self) -> Option<TerminalText> {
        self.told().table.take()
    }

    fn told(&self) -> MutexGuard<'_, ToldOfFiles> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ToldOfFiles {
    fn add(&mut self, more: Self) {
        self.errors.extend(more.errors);
        self.table = more.table.or(self.table.take());
    }
}

impl FilesToWrite {
    /// Takes note of an event, and returns what is to be told.
    fn take(&mut self, event: &Event) -> ToldOfFiles {
        if let Some(timings) = &mut self.timings {
            timings.take(event);
        }
        match &event.kind {
            EventKind::Secrets(secrets) => {
                self.mask.add(secrets);
                ToldOfFiles::default()
            }
            EventKind::RunFinished(report) => self.write(report),
            _ => ToldOfFiles::default(),
        }
    }

    /// Writes the files, and returns the table, and why some files could not be written.
    fn write(&mut self, report: &RunReport) -> ToldOfFiles {
        let Self { report: report_file, junit: junit_file, timings, mask } = self;
        let mut errors = Vec::new();
        let mut write = |file: Option<&mut OutputFile>, content: &dyn Fn() -> String| {
            let Some(file) = file else { return };
            let written = file.write(content().as_bytes());
            let failed = |error: io::Error| format!("cannot write `{}`: {error}", file.path().display());
            errors.extend(written.err().map(failed));
        };
        write(report_file.as_mut(), &|| json_answer(&RunReportRecord::new(report, mask)));
        write(junit_file.as_mut(), &|| junit::document(report, mask));
        let table = timings.as_mut().and_then(|TimingsOutput { record, target }| match target {
            TimingsTarget::Table => Some(timings::table(record, report, mask)),
            TimingsTarget::Trace(file) => {
                write(Some(file), &|| timings::trace(record, report, mask));
                None
            }
        });
        ToldOfFiles { errors, table }
    }
}

//! The files that a run writes when it ends: `--report` and `--junit`.

mod junit;
mod output_file;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::json::json_answer;
use super::mask::Mask;
use super::run_json::report_record::RunReportRecord;
use crate::executor::event::{Event, EventKind};
use crate::executor::run_report::RunReport;

pub use self::output_file::OutputFile;

/// The files, which several owners feed with events: the thread that writes the log, and, if that stalls, the one that
/// does not wait for it. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct RunFiles {
    files: Arc<Mutex<FilesToWrite>>,
    /// Why files are missing. The lock of the files is held while they are written, which a stalled reader of a pipe
    /// makes last for ever.
    errors: Arc<Mutex<Vec<String>>>,
}

#[derive(Default)]
struct FilesToWrite {
    report: Option<OutputFile>,
    junit: Option<OutputFile>,
    mask: Mask,
}

impl std::fmt::Debug for FilesToWrite {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The mask has the secrets.
        out.debug_struct("FilesToWrite")
            .field("report", &self.report)
            .field("junit", &self.junit)
            .finish_non_exhaustive()
    }
}

impl RunFiles {
    /// `report` gets the final state as JSON, `junit` as JUnit XML.
    pub fn new(report: Option<OutputFile>, junit: Option<OutputFile>) -> Self {
        let files = FilesToWrite { report, junit, ..FilesToWrite::default() };
        Self { files: Arc::new(Mutex::new(files)), errors: Arc::default() }
    }

    /// Takes note of the next event; the last one of a run writes the files.
    pub fn take(&self, event: &Event) {
        let errors = self.files.lock().unwrap_or_else(PoisonError::into_inner).take(event);
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).extend(errors);
    }

    /// As [`RunFiles::take`], unless another thread writes the files at this time.
    pub fn take_if_free(&self, event: &Event) {
        if let Ok(mut files) = self.files.try_lock() {
            let errors = files.take(event);
            self.errors.lock().unwrap_or_else(PoisonError::into_inner).extend(errors);
        }
    }

    /// Why files are missing that could not be written.
    pub fn errors(&self) -> Vec<String> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl FilesToWrite {
    /// Takes note of an event, and returns why files could not be written.
    fn take(&mut self, event: &Event) -> Vec<String> {
        match &event.kind {
            EventKind::Secrets(secrets) => {
                self.mask.add(secrets);
                Vec::new()
            }
            EventKind::RunFinished(report) => self.write(report),
            _ => Vec::new(),
        }
    }

    /// Writes the files, and returns why some of them could not be written.
    fn write(&mut self, report: &RunReport) -> Vec<String> {
        let Self { report: report_file, junit: junit_file, mask } = self;
        let mut errors = Vec::new();
        let mut write = |file: &mut Option<OutputFile>, content: &dyn Fn() -> String| {
            let Some(file) = file else { return };
            let written = file.write(content().as_bytes());
            let failed = |error: io::Error| format!("cannot write `{}`: {error}", file.path().display());
            errors.extend(written.err().map(failed));
        };
        write(report_file, &|| json_answer(&RunReportRecord::new(report, mask)));
        write(junit_file, &|| junit::document(report, mask));
        errors
    }
}

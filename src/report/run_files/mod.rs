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
pub struct RunFiles(Arc<Mutex<FilesToWrite>>);

#[derive(Default)]
struct FilesToWrite {
    report: Option<OutputFile>,
    junit: Option<OutputFile>,
    mask: Mask,
    errors: Vec<String>,
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
        Self(Arc::new(Mutex::new(FilesToWrite { report, junit, ..FilesToWrite::default() })))
    }

    /// Takes note of the next event; the last one of a run writes the files.
    pub fn take(&self, event: &Event) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &event.kind {
            EventKind::Secrets(secrets) => files.mask.add(secrets),
            EventKind::RunFinished(report) => files.write(report),
            _ => {}
        }
    }

    /// Why files are missing that could not be written.
    pub fn errors(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).errors.clone()
    }
}

impl FilesToWrite {
    fn write(&mut self, report: &RunReport) {
        let Self { report: report_file, junit: junit_file, mask, errors } = self;
        let mut write = |file: &mut Option<OutputFile>, content: &dyn Fn() -> String| {
            let Some(file) = file else { return };
            let written = file.write(content().as_bytes());
            let failed = |error: io::Error| format!("cannot write `{}`: {error}", file.path().display());
            errors.extend(written.err().map(failed));
        };
        write(report_file, &|| json_answer(&RunReportRecord::new(report, mask)));
        write(junit_file, &|| junit::document(report, mask));
    }
}

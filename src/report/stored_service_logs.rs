//! The logs of a job's services in the store: all that they print, with times, masked.

use std::collections::HashMap;
use std::sync::Arc;

use super::service_lines::ServiceLines;
use crate::engine::stream::stdcopy::Channel;
use crate::executor::event::{EventKind, Section};
use crate::executor::service_output::{ServiceOutput, ServiceOutputPiece};
use crate::store::{ServiceLogFolder, ServiceLogWriter, StoreError};

/// Writes the logs of the services of a job.
pub(super) struct StoredServiceLogs {
    folder: Arc<ServiceLogFolder>,
    lines: ServiceLines,
    logs: HashMap<usize, ServiceLogWriter>,
    /// Whether the services are being removed, which may break their streams.
    is_over: bool,
}

impl StoredServiceLogs {
    pub(super) fn new(folder: Arc<ServiceLogFolder>) -> Self {
        Self { folder, lines: ServiceLines::default(), logs: HashMap::new(), is_over: false }
    }

    /// Takes the next event of the job.
    ///
    /// # Errors
    /// A log cannot be written.
    pub(super) fn take(&mut self, event: &EventKind) -> Result<(), StoreError> {
        match event {
            EventKind::Secrets(secrets) => self.lines.add_secrets(secrets),
            EventKind::LogPlan(plan) => self.lines.set_tokens(plan.masked_tokens),
            EventKind::Section(section) => self.is_over = *section == Section::Result,
            EventKind::ServiceOutput(output) => return self.output(output),
            // The attempt is over. A stream that has been given up did not end.
            EventKind::Timings { .. } => {
                let services: Vec<usize> = self.logs.keys().copied().collect();
                return services.into_iter().try_for_each(|service| self.end(service));
            }
            _ => {}
        }
        Ok(())
    }

    fn output(&mut self, output: &ServiceOutput) -> Result<(), StoreError> {
        let service = output.service.position;
        match &output.piece {
            ServiceOutputPiece::Bytes { channel, bytes } => {
                let lines = self.lines.push(service, *channel, bytes.clone());
                self.write(service, lines)
            }
            ServiceOutputPiece::End { error } => {
                self.end(service)?;
                let Some(error) = error.as_ref().filter(|_| !self.is_over) else { return Ok(()) };
                let line = format!("[runner-lite: the log ends here: {error}]\n");
                let lines = self.lines.push(service, Channel::Stdout, line.into());
                self.write(service, lines)?;
                self.end(service)
            }
        }
    }

    fn end(&mut self, service: usize) -> Result<(), StoreError> {
        let lines = self.lines.end(service);
        self.write(service, lines)
    }

    fn write(&mut self, service: usize, lines: Vec<Vec<u8>>) -> Result<(), StoreError> {
        let log = self.logs.entry(service).or_insert_with(|| self.folder.log(service));
        lines.iter().try_for_each(|line| log.line(line))
    }
}

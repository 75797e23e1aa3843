//! The logs of jobs in the store: the normal log of each, whatever the terminal shows, masked in the same way, without
//! this program's colours.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::Arc;

use super::log::Log;
use super::shown_log::ShownLog;
use super::stored_service_logs::StoredServiceLogs;
use super::transcript::IgnoredKeyword;
use crate::error_chain::chain;
use crate::executor::event::{Event, EventKind};
use crate::executor::event_channel::EventSink;

/// Shows the log of a run, and stores the log of each of its jobs.
pub struct RunLog<L> {
    shown: L,
    stored: HashMap<Arc<str>, Log>,
    services: HashMap<Arc<str>, StoredServiceLogs>,
    ignored: HashMap<Arc<str>, Vec<IgnoredKeyword>>,
}

impl<L: ShownLog> RunLog<L> {
    /// The stored log of each job warns of its keywords in `ignored`, which have no effect.
    pub fn new(shown: L, ignored: HashMap<Arc<str>, Vec<IgnoredKeyword>>) -> Self {
        Self { shown, stored: HashMap::new(), services: HashMap::new(), ignored }
    }

    /// The log that is shown.
    pub fn shown(&mut self) -> &mut L {
        &mut self.shown
    }

    fn begin(&mut self, job: &Arc<str>, file: &File) -> io::Result<()> {
        let mut log = Log::in_file(file)?;
        log.ignored_keywords(self.ignored.get(job).map_or(&[], Vec::as_slice))?;
        self.stored.insert(Arc::clone(job), log);
        Ok(())
    }

    fn store(&mut self, event: &Event) -> io::Result<()> {
        let Some(job) = &event.job else { return Ok(()) };
        match &event.kind {
            EventKind::LogFile(file) => self.begin(job, file),
            EventKind::ServiceLogFolder(folder) => {
                self.services.insert(Arc::clone(job), StoredServiceLogs::new(Arc::clone(folder)));
                Ok(())
            }
            // The calls of the Engine API are no part of the job's log; the user asks for them to see them.
            EventKind::Call(_) => Ok(()),
            _ => match self.stored.get_mut(job) {
                Some(log) => log.take(event),
                None => Ok(()),
            },
        }
    }

    /// Stores what the services of a job have printed. A warning is shown if that fails, which stops nothing.
    fn store_services(&mut self, event: &Event) -> io::Result<()> {
        let Some(job) = &event.job else { return Ok(()) };
        let stored = self.services.get_mut(job).map_or(Ok(()), |logs| logs.take(&event.kind));
        let Err(error) = stored else { return Ok(()) };
        self.services.remove(job);
        self.shown.warning(&format!("the stored logs of the services are incomplete: {}", chain(&error)))
    }

    /// Closes the files of a job that has ended: a run may have more jobs than this process may have open files.
    fn close(&mut self, job: &Arc<str>) -> io::Result<()> {
        self.services.remove(job);
        match self.stored.remove(job).map(|mut log| log.finish()) {
            Some(Err(error)) => self.shown.warning(&format!("the stored log is incomplete: {error}")),
            _ => Ok(()),
        }
    }
}

/// Whether the job has ended, and no attempt follows: nothing is added to its logs any more.
fn ends_job(event: &EventKind) -> bool {
    matches!(event, EventKind::JobState(change) if change.to.is_complete() && !change.is_repeated)
}

impl<L: ShownLog> EventSink for RunLog<L> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.store_services(event)?;
        if let Err(error) = self.store(event) {
            // A full disk does not stop the job.
            event.job.as_ref().map(|job| self.stored.remove(job));
            self.shown.warning(&format!("the stored log is incomplete: {error}"))?;
        }
        if let Some(job) = event.job.as_ref().filter(|_| ends_job(&event.kind)) {
            self.close(job)?;
        }
        self.shown.take(event)
    }

    fn finish(&mut self) -> io::Result<()> {
        for log in self.stored.values_mut() {
            if let Err(error) = log.finish() {
                self.shown.warning(&format!("the stored log is incomplete: {error}"))?;
            }
        }
        self.shown.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Seek;

    use bytes::Bytes;
    use jiff::Timestamp;

    use super::*;
    use crate::executor::event::Section;
    use crate::executor::notice::Notice;
    use crate::executor::outcome::{Allowed, Failure, JobOutcome};
    use crate::executor::run_report::JobStateChange;
    use crate::executor::shutdown::Signal;
    use crate::report::live::ProgressDisplay;
    use crate::report::log_streams::LogStreams;
    use crate::report::log_writer::{LineStart, LogFormat};
    use crate::report::style::Style;
    use crate::report::verbosity::Verbosity;
    use crate::secret::Secret;

    fn run_log(verbosity: Verbosity) -> RunLog<Log> {
        let format = LogFormat { style: Style::Coloured, verbosity, line_start: LineStart::Time };
        let streams = LogStreams { stdout: Box::new(io::sink()), stderr: Box::new(io::sink()) };
        let shown = Log::on_streams(streams, format, ProgressDisplay::Hidden);
        let keyword =
            IgnoredKeyword { name: "tags".to_owned(), line: "it has no effect (a.yml:1)".to_owned() };
        RunLog::new(shown, HashMap::from([("test".into(), vec![keyword]), ("other".into(), Vec::new())]))
    }

    fn stored(verbosity: Verbosity, kinds: Vec<EventKind>) -> String {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let mut log = run_log(verbosity);
        for kind in std::iter::once(EventKind::LogFile(Arc::clone(&file))).chain(kinds) {
            let event = Event { at: Timestamp::UNIX_EPOCH, job: Some("test".into()), kind };
            log.take(&event).unwrap();
        }
        log.finish().unwrap();
        let mut file = file.try_clone().unwrap();
        file.rewind().unwrap();
        io::read_to_string(file).unwrap()
    }

    fn job() -> Vec<EventKind> {
        vec![
            EventKind::Secrets(vec![Secret::new("hunter2hunter2")]),
            EventKind::Section(Section::StepScript),
            EventKind::Output(Bytes::from_static(b"\x1b[31mred\x1b[0m hunter2")),
            EventKind::Output(Bytes::from_static(b"hunter2\nno line break")),
            EventKind::Section(Section::Result),
            EventKind::Finished(Arc::new(JobOutcome::Passed)),
        ]
    }

    #[test]
    fn a_stored_log_is_masked_and_has_no_colours_but_those_of_the_job() {
        let expect = "\x1b[31mred\x1b[0m [MASKED]\nno line break\n\nJob succeeded\n";
        assert_eq!(stored(Verbosity::Normal, job()), expect);
    }

    #[test]
    fn the_keywords_without_effect_follow_the_first_line_about_the_job() {
        let head = Notice::ExecutorSelected { job: "test".to_owned(), image: "ruby".to_owned() };
        let log = stored(Verbosity::Normal, [vec![EventKind::Notice(head)], job()].concat());
        let expect = "Running test in ruby\nWARNING: ignored here: `tags` (-v says why)\n\n";
        assert!(log.starts_with(expect), "{log}");
    }

    #[test]
    fn a_quiet_log_is_stored_completely() {
        assert_eq!(stored(Verbosity::Quiet, job()), stored(Verbosity::Normal, job()));
    }

    #[test]
    fn a_log_that_cannot_be_stored_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "").unwrap();
        let read_only = Arc::new(File::open(&path).unwrap());
        let mut log = run_log(Verbosity::Normal);
        for kind in std::iter::once(EventKind::LogFile(read_only)).chain(job()) {
            log.take(&Event { at: Timestamp::UNIX_EPOCH, job: Some("test".into()), kind }).unwrap();
        }
        log.finish().unwrap();
    }

    #[test]
    fn the_files_of_a_job_are_closed_when_no_attempt_follows() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let mut log = run_log(Verbosity::Normal);
        let mut take = |kind| {
            log.take(&Event { at: Timestamp::UNIX_EPOCH, job: Some("test".into()), kind }).unwrap();
            log.stored.len()
        };
        assert_eq!(take(EventKind::LogFile(file)), 1);
        for kind in job() {
            take(kind);
        }
        let failed = JobOutcome::Failed(Failure::Interrupted(Signal::Interrupt), Allowed::No);
        assert_eq!(take(EventKind::JobState(JobStateChange::will_repeat(1, &failed))), 1);
        assert_eq!(take(EventKind::JobState(JobStateChange::repeated(2))), 1);
        assert_eq!(take(EventKind::Output(Bytes::from_static(b"second attempt"))), 1);
        assert_eq!(take(EventKind::JobState(JobStateChange::ended(2, &JobOutcome::Passed, None))), 0);
    }

    #[test]
    fn a_job_that_prints_without_end_does_not_fill_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let file = File::options().create(true).append(true).open(&path).unwrap();
        let log_of = |kinds: Vec<EventKind>| {
            let mut log = run_log(Verbosity::Normal);
            for kind in kinds {
                log.take(&Event { at: Timestamp::UNIX_EPOCH, job: Some("test".into()), kind }).unwrap();
            }
            log.finish().unwrap();
        };
        let file = Arc::new(file);
        file.set_len(100 * 1024 * 1024 - 1).unwrap();
        log_of([vec![EventKind::LogFile(Arc::clone(&file))], job()].concat());
        let length = file.metadata().unwrap().len();
        assert!(length < 100 * 1024 * 1024 + 100, "{length}");
    }
}

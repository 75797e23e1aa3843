//! The logs of a job's services, of each the beginning and the end.
//!
//! `services.json` names the services. The log of the second one is in `service-2.1.log`, `service-2.2.log` and so on, in
//! parts of whole lines. The first part and the last ones stay, so that a log has a limit, and a process that is killed
//! leaves all that it has read of a shorter one.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{JobFolder, RECORD_BYTES_MAX, StoredLog};
use crate::store::error::StoreError;
use crate::store::folder::StoreFolder;
use crate::store::record::{from_json, to_json};

/// The largest part of a log.
const PART_BYTES_MAX: u64 = 1 << 20;

/// How many parts are kept behind the first one: 4 MiB of a log are kept in all. That is enough for the start of a
/// database and for what it has said last; a job has few services.
const LAST_PARTS_MAX: u64 = 3;

/// What stands behind the first part if others are missing.
const GAP: &[u8] = b"[runner-lite: the log is longer than 4 MiB; a part of it is left out here]\n";

const SERVICES_RECORD: &str = "services.json";

/// A service of a job, as its log is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecord {
    /// The reference of its image.
    pub image: String,
    /// Its host names.
    pub aliases: Vec<String>,
}

/// The record of a job's services.
#[derive(Serialize, Deserialize)]
struct ServicesRecord {
    services: Vec<ServiceRecord>,
}

/// The place for the logs of a job's services.
#[derive(Debug)]
pub struct ServiceLogFolder(Arc<StoreFolder>);

/// The log of a service that is being written.
#[derive(Debug)]
pub struct ServiceLogWriter {
    folder: Arc<StoreFolder>,
    /// The service's place in the record, from 1.
    service: usize,
    /// The number of the part that is being written, from 1; 0 before the first.
    part: u64,
    /// The part, and how many bytes it may still get.
    file: Option<(File, u64)>,
}

/// Whether a file of a job's folder belongs to the logs of services.
pub(super) fn is_of_services(name: &str) -> bool {
    name == SERVICES_RECORD || name.starts_with("service-")
}

/// The file of a part.
fn part_file(service: usize, part: u64) -> String {
    format!("service-{service}.{part}.log")
}

impl JobFolder {
    /// Begins the logs of the job's services, to which all attempts add.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn begin_service_logs(&self, services: Vec<ServiceRecord>) -> Result<ServiceLogFolder, StoreError> {
        self.write(SERVICES_RECORD, to_json(&ServicesRecord { services }), RECORD_BYTES_MAX)?;
        Ok(ServiceLogFolder(Arc::clone(&self.folder)))
    }
}

impl ServiceLogFolder {
    /// The log of the service at that place in the record, from 0. It has one writer.
    pub fn log(&self, position: usize) -> ServiceLogWriter {
        let (folder, service) = (Arc::clone(&self.0), position.saturating_add(1));
        ServiceLogWriter { folder, service, part: 0, file: None }
    }
}

impl ServiceLogWriter {
    /// Appends a line without its line break. The caller masks it.
    ///
    /// # Errors
    /// A file cannot be created, written or removed.
    pub fn line(&mut self, line: &[u8]) -> Result<(), StoreError> {
        let length = (line.len() as u64).saturating_add(1);
        let (mut file, room) = match self.file.take() {
            Some((file, room)) if room >= length => (file, room),
            _ => (self.next_part()?, PART_BYTES_MAX),
        };
        let written = file.write_all(&[line, b"\n"].concat());
        written.map_err(|error| {
            self.folder.failed("write the file", part_file(self.service, self.part).as_ref(), error)
        })?;
        self.file = Some((file, room.saturating_sub(length)));
        Ok(())
    }

    /// Begins the next part, for which an earlier one is removed if they are too many.
    fn next_part(&mut self) -> Result<File, StoreError> {
        self.part = self.part.saturating_add(1);
        let removed = self.part.saturating_sub(LAST_PARTS_MAX);
        if removed == 2 {
            let first = part_file(self.service, 1);
            let written = self.folder.append_to(&first)?.write_all(GAP);
            written.map_err(|error| self.folder.failed("write the file", first.as_ref(), error))?;
        }
        if removed >= 2 {
            self.folder.remove_file(part_file(self.service, removed))?;
        }
        self.folder.append_to(part_file(self.service, self.part))
    }
}

impl StoredLog {
    /// The services of the job; empty if it has none, or none has been started yet.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn services(&self) -> Result<Vec<ServiceRecord>, StoreError> {
        let text = match self.folder.read(SERVICES_RECORD, RECORD_BYTES_MAX) {
            Err(error) if error.is_missing() => return Ok(Vec::new()),
            text => text?,
        };
        let record = from_json::<ServicesRecord>(&text).map_err(|error| StoreError::Record {
            path: self.folder.path().join(SERVICES_RECORD),
            reason: error.to_string(),
        });
        Ok(record?.services)
    }

    /// Opens the parts of the log of the service at that place in the record, from 0. There is none if the service has
    /// printed nothing.
    ///
    /// # Errors
    /// A part cannot be opened.
    pub fn service_log(&self, position: usize) -> Result<Vec<File>, StoreError> {
        let prefix = format!("service-{}.", position.saturating_add(1));
        let number = |name: &str| name.strip_prefix(&prefix)?.strip_suffix(".log")?.parse::<u64>().ok();
        let mut parts: Vec<(u64, String)> = Vec::new();
        for entry in self.folder.entries()? {
            let name = entry.name.to_string_lossy();
            parts.extend(number(&name).map(|number| (number, name.into_owned())));
        }
        parts.sort_unstable();
        let mut files = Vec::new();
        for (_, name) in parts {
            match self.folder.open(&name) {
                // The job goes on, and has just removed it.
                Err(error) if error.is_missing() => {}
                file => files.push(file?),
            }
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use jiff::Timestamp;

    use super::*;
    use crate::store::record::SourcesRecord;
    use crate::store::{ProjectStore, RunStart, StorePlaces, StoredRun};

    fn service(image: &str, alias: &str) -> ServiceRecord {
        ServiceRecord { image: image.to_owned(), aliases: vec![alias.to_owned()] }
    }

    /// Begins a run with the job `test`.
    fn begin(folder: &std::path::Path) -> (ProjectStore, crate::store::RunFolder, JobFolder) {
        let places = StorePlaces { state: folder.join("state"), cache: folder.join("cache") };
        let project = ProjectStore::open(&places, folder, "identity").unwrap();
        let (sources, started) = (SourcesRecord::default(), Timestamp::UNIX_EPOCH);
        let start = RunStart { pipeline_id: 1, iid: 1, sources, started, resumed: None };
        let run = project.begin_run(start).unwrap();
        let job = run.begin_job("test", 1).unwrap();
        (project, run, job)
    }

    fn text(run: &StoredRun, position: usize) -> String {
        let logs = run.logs().unwrap();
        let mut text = String::new();
        for mut part in logs[0].service_log(position).unwrap() {
            assert!(part.metadata().unwrap().len() <= PART_BYTES_MAX + GAP.len() as u64);
            part.read_to_string(&mut text).unwrap();
        }
        text
    }

    #[test]
    fn the_logs_of_services_are_found_while_the_job_runs() {
        let place = tempfile::tempdir().unwrap();
        let (project, run, job) = begin(place.path());
        let stored = |store: &ProjectStore| store.run(run.id()).unwrap().unwrap();
        assert_eq!(stored(&project).logs().unwrap()[0].services().unwrap(), []);
        let services = vec![service("redis:7", "redis"), service("postgres", "db")];
        let folder = job.begin_service_logs(services.clone()).unwrap();
        let (mut first, mut second) = (folder.log(0), folder.log(1));
        for line in ["a", "b"] {
            first.line(line.as_bytes()).unwrap();
        }
        second.line(b"c").unwrap();
        let run = stored(&project);
        assert_eq!(run.logs().unwrap()[0].services().unwrap(), services);
        assert_eq!([0, 1, 2].map(|position| text(&run, position)), ["a\nb\n", "c\n", ""]);
    }

    #[test]
    fn of_a_log_that_is_too_long_the_beginning_and_the_end_are_kept_and_a_line_says_so() {
        let place = tempfile::tempdir().unwrap();
        let (project, run, job) = begin(place.path());
        let mut log = job.begin_service_logs(vec![service("redis:7", "redis")]).unwrap().log(0);
        let line = |number: u64| format!("{number:0>1023}");
        let lines_of_part = PART_BYTES_MAX / 1024;
        let written = |lines: std::ops::Range<u64>| lines.map(|n| line(n) + "\n").collect::<String>();
        let mut next = 0;
        let mut write_parts = |parts: u64| {
            let end = next + parts * lines_of_part;
            (next..end).for_each(|number| log.line(line(number).as_bytes()).unwrap());
            next = end;
        };
        let stored = || text(&project.run(run.id()).unwrap().unwrap(), 0);
        write_parts(4);
        assert!(stored() == written(0..4 * lines_of_part), "a log of 4 MiB is not kept as a whole");
        write_parts(9);
        let (begin, gap, end) = (
            written(0..lines_of_part),
            String::from_utf8_lossy(GAP),
            written(10 * lines_of_part..13 * lines_of_part),
        );
        assert!(stored() == format!("{begin}{gap}{end}"), "{}", stored().len());
    }
}

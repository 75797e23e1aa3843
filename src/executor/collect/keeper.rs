//! Puts the selected files into the store, and says so in the log. Blocking: it runs on a thread of its own.

use std::io::Read;

use super::commit_permit::CommitPermit;
use super::refusal::StorageRefusal;
use super::report_reader::{count_tests, variables_of};
use super::task_log::TaskLog;
use super::tasks::Task;
use crate::collect::answer::{ArchiveEnd, SelectedFiles};
use crate::collect::reader::{AnswerEntry, AnswerSink};
use crate::collect::tar_stream::{Attributes, EntryKind};
use crate::error_chain::chain;
use crate::executor::files_notice::FilesNotice;
use crate::executor::run_store::{JobStore, StoredFiles, now};
use crate::plan::job_plan::{ReportFormat, ReportPlan};
use crate::store::{
    ArchiveEntry, ArchiveEntryKind, ArchiveLimits, ArchiveSize, ArchiveWriter, ArtifactsRecord, CacheOrigin,
    CacheWriter, FileTime, ReportRecord,
};

/// Takes an answer of the collector, task by task. What is complete stays, also if a later task fails.
pub(super) struct Keeper<'p> {
    tasks: &'p [Task<'p>],
    store: &'p JobStore,
    log: TaskLog<'p>,
    permit: CommitPermit,
    current: Current<'p>,
    stored: StoredFiles,
}

/// What happens to the entries of the present archive.
enum Current<'p> {
    /// They are not stored: there are none, or the cache cannot be stored.
    Dropped,
    Cache {
        writer: Box<CacheWriter>,
        fingerprint: String,
    },
    Archive {
        writer: Box<ArchiveWriter>,
        name: String,
    },
    Report {
        writer: Box<ArchiveWriter>,
        plan: &'p ReportPlan,
    },
}

impl<'p> Keeper<'p> {
    pub(super) fn new(
        tasks: &'p [Task<'p>],
        store: &'p JobStore,
        log: TaskLog<'p>,
        permit: CommitPermit,
    ) -> Self {
        Self { tasks, store, log, permit, current: Current::Dropped, stored: StoredFiles::default() }
    }

    /// Tells what was stored. A complete answer is followed by the tasks for which nothing had to be selected.
    pub(super) fn finish(mut self, is_complete: bool) -> StoredFiles {
        if is_complete {
            self.log.announce(self.tasks);
        }
        self.stored
    }

    fn begin(&mut self, task: Task<'p>, selection: &SelectedFiles) -> Result<Current<'p>, StorageRefusal> {
        let is_empty = selection.entries == 0;
        match task {
            Task::SaveCache { key, .. } => Ok(self.begin_cache(key, selection)),
            Task::StoreArchive(_) | Task::StoreReport(_) if is_empty => {
                if matches!(task, Task::StoreArchive(_)) {
                    self.stored.archive = Some(ArtifactsRecord::NothingMatched);
                }
                self.log.tell(FilesNotice::ArtifactsEmpty);
                Ok(Current::Dropped)
            }
            Task::StoreArchive(_) => {
                // Until it is complete.
                self.stored.archive = Some(ArtifactsRecord::Failed);
                let writer = self.store.folder.archive(self.store.archive_limits())?;
                Ok(Current::Archive { writer: Box::new(writer), name: selection.name.clone() })
            }
            Task::StoreReport(plan) if plan.format == ReportFormat::Raw && selection.entries > 1 => {
                Err(StorageRefusal::SeveralRaw)
            }
            Task::StoreReport(plan) => {
                let writer = self.store.folder.report(plan.kind, self.store.archive_limits())?;
                Ok(Current::Report { writer: Box::new(writer), plan })
            }
            Task::SkipCache { .. } | Task::ExcludeCache { .. } => Ok(Current::Dropped),
        }
    }

    fn begin_cache(&mut self, key: &str, selection: &SelectedFiles) -> Current<'p> {
        if selection.unchanged {
            self.log.tell(FilesNotice::CacheUnchanged);
            self.log.tell(FilesNotice::CacheSaved { bytes: None });
            return Current::Dropped;
        }
        if selection.entries == 0 {
            self.log.tell(FilesNotice::CacheEmpty);
            self.log.tell(FilesNotice::CacheSaved { bytes: None });
            return Current::Dropped;
        }
        match self.store.caches().writer(key, ArchiveLimits::new(u64::MAX)) {
            Ok(mut writer) => {
                writer.show_key_as(self.store.masked(key));
                Current::Cache { writer: Box::new(writer), fingerprint: selection.fingerprint.clone() }
            }
            Err(error) => self.refuse_cache(chain(&error)),
        }
    }

    /// A cache that cannot be saved does not change the result of the job.
    fn refuse_cache(&mut self, error: String) -> Current<'p> {
        self.log.tell(FilesNotice::CacheRefused { error });
        self.log.tell(FilesNotice::CacheNotSaved);
        Current::Dropped
    }

    fn save_cache(&mut self, writer: CacheWriter, fingerprint: String) -> Result<(), StorageRefusal> {
        let origin = CacheOrigin { job: self.store.job.clone(), run: self.store.run_id(), fingerprint };
        match self.permit.commit(|| writer.commit(origin, now()))? {
            Ok(archive) => self.log.tell(FilesNotice::CacheSaved { bytes: Some(archive.size().bytes) }),
            Err(error) => drop(self.refuse_cache(chain(&error))),
        }
        Ok(())
    }

    fn tell_stored(&self, report: Option<&'static str>, size: ArchiveSize) {
        let ArchiveSize { files, bytes, .. } = size;
        let job = self.store.job.clone();
        self.log.tell(FilesNotice::ArtifactsStored { job, report, files, bytes });
    }

    fn end_of(&mut self, current: Current<'p>, end: ArchiveEnd) -> Result<(), StorageRefusal> {
        match (current, StorageRefusal::of_end(end)) {
            (Current::Dropped, _) => {}
            (Current::Cache { .. }, Some(refusal)) => drop(self.refuse_cache(refusal.to_string())),
            (_, Some(refusal)) => return Err(refusal),
            (Current::Cache { writer, fingerprint }, None) => self.save_cache(*writer, fingerprint)?,
            (Current::Archive { writer, name }, None) => {
                let size = self.permit.commit(|| writer.finish())??.size();
                self.stored.archive = Some(self.store.archive_record(&name, size));
                self.tell_stored(None, size);
            }
            (Current::Report { writer, plan }, None) => {
                let report = self.permit.commit(|| writer.finish())??;
                let (kind, size) = (plan.kind, report.size());
                let limits = self.store.dotenv_limits();
                if let Some(variables) = variables_of(kind, &report, limits, &self.log)? {
                    // Variables that cannot be stored fail the job while its result can still say so.
                    self.permit.commit(|| self.store.folder.dotenv(&variables))??;
                    self.stored.dotenv_variables = Some(variables.variables.len() as u64);
                }
                self.stored.reports.push(ReportRecord { kind: kind.to_owned(), size });
                self.tell_stored(Some(kind), size);
                self.stored.remarks.extend(count_tests(kind, &report)?);
            }
        }
        Ok(())
    }
}

impl AnswerSink for Keeper<'_> {
    type Error = StorageRefusal;

    fn selection(&mut self, archive: u32, selection: SelectedFiles) -> Result<(), StorageRefusal> {
        let index = usize::try_from(archive).unwrap_or(usize::MAX);
        let Some(task) = self.tasks.get(index).copied() else { return Ok(()) };
        self.log.announce(self.tasks.get(..=index).unwrap_or_default());
        self.log.found(&selection.findings);
        self.current = self.begin(task, &selection)?;
        Ok(())
    }

    fn entry(
        &mut self,
        _: u32,
        entry: AnswerEntry<'_>,
        content: &mut dyn Read,
    ) -> Result<(), StorageRefusal> {
        self.log.progress(&entry);
        match &mut self.current {
            Current::Dropped => {}
            Current::Cache { writer, .. } => {
                if let Err(error) = writer.archive().entry(&stored_entry(&entry), content) {
                    self.current = self.refuse_cache(chain(&error));
                }
            }
            Current::Archive { writer, .. } => writer.entry(&stored_entry(&entry), content)?,
            Current::Report { writer, plan } => {
                if !is_regular(&entry) && plan.format != ReportFormat::Zip {
                    return Err(StorageRefusal::NotRegular { path: entry.path.to_owned() });
                }
                writer.entry(&stored_entry(&entry), content)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, _: u32, end: ArchiveEnd) -> Result<(), StorageRefusal> {
        self.log.changed(&end);
        let current = std::mem::replace(&mut self.current, Current::Dropped);
        self.end_of(current, end)
    }
}

fn is_regular(entry: &AnswerEntry<'_>) -> bool {
    entry.attributes.kind == EntryKind::File
}

/// The entry as the store has it.
fn stored_entry(entry: &AnswerEntry<'_>) -> ArchiveEntry {
    let AnswerEntry { attributes, path, link } = entry;
    let Attributes { kind, mode, uid, gid, modified, size } = *attributes;
    let kind = match (kind, link) {
        (EntryKind::Directory, _) => ArchiveEntryKind::Folder,
        (EntryKind::Link, Some(target)) => ArchiveEntryKind::Link { target: target.to_path_buf() },
        (EntryKind::File | EntryKind::Link, _) => ArchiveEntryKind::File { size },
    };
    let modified = FileTime { seconds: i64::try_from(modified).unwrap_or(0), nanoseconds: 0 };
    ArchiveEntry { path: path.to_path_buf(), kind, mode, uid, gid, modified }
}

#[cfg(test)]
mod tests;

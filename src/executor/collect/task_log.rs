//! The lines of the log about tasks: sections, what precedes a task, what was found.

use std::time::{Duration, Instant};

use super::tasks::Task;
use crate::collect::answer::{ArchiveEnd, Finding};
use crate::collect::reader::AnswerEntry;
use crate::executor::event::{EventKind, ScriptResult, Section};
use crate::executor::event_channel::EventSender;
use crate::executor::files_notice::{CacheDirection, FilesNotice};
use crate::executor::notice::Activity;
use crate::plan::job_plan::KeyWarning;

/// How often the numbers of the live line change.
const TICK: Duration = Duration::from_millis(250);

/// Sends the lines about the tasks of one job, in their order.
pub(super) struct TaskLog<'p> {
    events: &'p EventSender,
    project_dir: &'p str,
    result: ScriptResult,
    section: Option<Section>,
    /// How many tasks have been announced.
    announced: usize,
    files: u64,
    bytes: u64,
    shown_at: Instant,
}

impl<'p> TaskLog<'p> {
    pub(super) fn new(events: &'p EventSender, project_dir: &'p str, result: ScriptResult) -> Self {
        let shown_at = Instant::now();
        Self { events, project_dir, result, section: None, announced: 0, files: 0, bytes: 0, shown_at }
    }

    pub(super) fn tell(&self, notice: FilesNotice) {
        self.events.send(EventKind::Files(notice));
    }

    /// Announces those of `tasks`, the first ones of the job, that have not been announced.
    pub(super) fn announce(&mut self, tasks: &[Task<'_>]) {
        for task in tasks.iter().skip(self.announced) {
            self.announced += 1;
            self.begin_section(task);
            match task {
                Task::SkipCache { warning } => {
                    self.warn(*warning);
                    self.tell(FilesNotice::CacheSkipped(CacheDirection::Save));
                }
                Task::ExcludeCache { key, warning } => {
                    self.warn(*warning);
                    let key = (*key).to_owned();
                    self.tell(FilesNotice::CacheExcluded { direction: CacheDirection::Save, key });
                }
                Task::SaveCache { key, warning, .. } => {
                    self.warn(*warning);
                    self.tell(FilesNotice::CacheSaving { key: (*key).to_owned() });
                }
                Task::StoreArchive(_) | Task::StoreReport(_) => self.tell(FilesNotice::ArtifactsSaving),
            }
        }
    }

    fn begin_section(&mut self, task: &Task<'_>) {
        let section = match task.is_cache() {
            true => Section::SaveCaches(self.result),
            false => Section::StoreArtifacts(self.result),
        };
        if self.section != Some(section) {
            self.section = Some(section);
            self.events.send(EventKind::Section(section));
        }
    }

    fn warn(&self, warning: Option<&KeyWarning>) {
        if let Some(warning) = warning {
            self.tell(FilesNotice::CacheKeyUnusual(warning.clone()));
        }
    }

    /// Tells what a selection has found.
    pub(super) fn found(&self, findings: &[Finding]) {
        for finding in findings {
            let (finding, project_dir) = (finding.clone(), self.project_dir.to_owned());
            self.tell(FilesNotice::Found { finding, project_dir });
        }
    }

    /// Tells which files changed after they had been selected.
    pub(super) fn changed(&self, end: &ArchiveEnd) {
        for file in &end.changed {
            self.tell(FilesNotice::FileChanged(file.clone()));
        }
        if end.changed_more > 0 {
            self.tell(FilesNotice::FilesChanged { more: end.changed_more });
        }
    }

    /// Counts an entry for the live line.
    pub(super) fn progress(&mut self, entry: &AnswerEntry<'_>) {
        self.files = self.files.saturating_add(1);
        self.bytes = self.bytes.saturating_add(entry.attributes.size);
        if self.shown_at.elapsed() >= TICK {
            self.shown_at = Instant::now();
            let activity = Activity::Collection { files: self.files, bytes: self.bytes };
            self.events.progress(EventKind::Activity(activity));
        }
    }
}

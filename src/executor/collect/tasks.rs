//! What is kept of a job's files after its scripts, in the order of the log: caches, the archive, reports. Pure.

use crate::executor::event::ScriptResult;
use crate::plan::job_plan::{ArchivePlan, CachePlan, JobPlan, KeyWarning, ReportPlan};

/// Something that is kept, or that the log says is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task<'p> {
    /// The key of the cache cannot be used.
    SkipCache {
        warning: Option<&'p KeyWarning>,
    },
    /// The policy of the cache does not save it.
    ExcludeCache {
        key: &'p str,
        warning: Option<&'p KeyWarning>,
    },
    SaveCache {
        key: &'p str,
        warning: Option<&'p KeyWarning>,
        cache: &'p CachePlan,
    },
    StoreArchive(&'p ArchivePlan),
    StoreReport(&'p ReportPlan),
}

impl Task<'_> {
    /// Whether files have to be selected in the job's volumes.
    pub fn selects_files(&self) -> bool {
        !matches!(self, Self::SkipCache { .. } | Self::ExcludeCache { .. })
    }

    /// Whether the task is about a cache.
    pub fn is_cache(&self) -> bool {
        matches!(self, Self::SkipCache { .. } | Self::ExcludeCache { .. } | Self::SaveCache { .. })
    }
}

/// The tasks after scripts with that result.
pub fn tasks(plan: &JobPlan, result: ScriptResult) -> Vec<Task<'_>> {
    let has_succeeded = result == ScriptResult::Success;
    let caches = plan.caches.iter().filter(|cache| cache.when.includes(has_succeeded)).map(cache_task);
    let archive = plan.artifacts.archive.iter().filter(|archive| archive.when.includes(has_succeeded));
    let reports = plan.artifacts.reports.iter().map(Task::StoreReport);
    caches.chain(archive.map(Task::StoreArchive)).chain(reports).collect()
}

/// Whether files may have to be selected after the scripts, whatever their result is.
pub fn may_select_files(plan: &JobPlan) -> bool {
    [ScriptResult::Success, ScriptResult::Failure]
        .iter()
        .any(|result| tasks(plan, *result).iter().any(Task::selects_files))
}

/// Whether the names of the sources are needed, because all other files are kept.
pub fn needs_names(plan: &JobPlan) -> bool {
    plan.caches.iter().any(|cache| cache.untracked)
        || plan.artifacts.archive.as_ref().is_some_and(|archive| archive.untracked)
}

fn cache_task(cache: &CachePlan) -> Task<'_> {
    let warning = cache.key.warning.as_ref();
    let Some(key) = cache.key.key.as_deref() else { return Task::SkipCache { warning } };
    // A job with an unknown policy has failed before its scripts.
    match cache.policy.as_ref().is_ok_and(|policy| policy.saves()) {
        true => Task::SaveCache { key, warning, cache },
        false => Task::ExcludeCache { key, warning },
    }
}

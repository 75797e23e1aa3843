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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::testing::plan;
    use crate::plan::job_plan::{
        ArtifactsPlan, CachePolicy, ReportFormat, ResolvedKey, SavedWhen, UnknownCachePolicy,
    };

    fn archive(when: SavedWhen) -> ArchivePlan {
        let (paths, name) = (vec!["out".to_owned()], "artifacts".to_owned());
        ArchivePlan { paths, exclude: Vec::new(), untracked: false, when, name }
    }

    fn cache(key: &str, when: SavedWhen, policy: Result<CachePolicy, UnknownCachePolicy>) -> CachePlan {
        let key = ResolvedKey { key: Some(key.to_owned()).filter(|key| !key.is_empty()), warning: None };
        let (fallback_keys, paths) = (Vec::new(), vec!["vendor".to_owned()]);
        CachePlan { key, fallback_keys, paths, untracked: false, policy, when }
    }

    fn junit() -> ReportPlan {
        let (stored_as, paths) = ("junit.xml.gz".to_owned(), vec!["r.xml".to_owned()]);
        ReportPlan { kind: "junit", format: ReportFormat::Gzip, stored_as, paths }
    }

    fn names(plan: &JobPlan, result: ScriptResult) -> Vec<String> {
        let name = |task: &Task<'_>| match task {
            Task::SkipCache { .. } => "skip".to_owned(),
            Task::ExcludeCache { key, .. } => format!("exclude {key}"),
            Task::SaveCache { key, .. } => format!("save {key}"),
            Task::StoreArchive(_) => "archive".to_owned(),
            Task::StoreReport(report) => report.kind.to_owned(),
        };
        tasks(plan, result).iter().map(name).collect()
    }

    #[test]
    fn the_result_decides_about_caches_and_the_archive_and_not_about_reports() {
        use SavedWhen::{Always, OnFailure, OnSuccess};
        let policy = Ok(CachePolicy::PullPush);
        let caches = [("a", OnSuccess), ("b", OnFailure), ("c", Always)]
            .map(|(key, when)| cache(key, when, policy.clone()))
            .to_vec();
        for (when, of_success, of_failure) in
            [(OnSuccess, true, false), (OnFailure, false, true), (Always, true, true)]
        {
            let artifacts =
                ArtifactsPlan { archive: Some(archive(when)), reports: vec![junit()], expire_in: None };
            let plan = JobPlan { caches: caches.clone(), artifacts, ..plan() };
            let expect = |saved: [&str; 2], has_archive: bool| -> Vec<String> {
                let archive = has_archive.then_some("archive");
                saved.into_iter().chain(archive).chain(["junit"]).map(str::to_owned).collect()
            };
            assert_eq!(names(&plan, ScriptResult::Success), expect(["save a", "save c"], of_success));
            assert_eq!(names(&plan, ScriptResult::Failure), expect(["save b", "save c"], of_failure));
        }
    }

    #[test]
    fn a_cache_without_a_key_or_with_the_policy_pull_is_only_told() {
        let caches = vec![
            cache("", SavedWhen::OnSuccess, Ok(CachePolicy::PullPush)),
            cache("p", SavedWhen::OnSuccess, Ok(CachePolicy::Pull)),
            cache("q", SavedWhen::OnSuccess, Ok(CachePolicy::Push)),
        ];
        let mut plan = JobPlan { caches, ..plan() };
        assert_eq!(names(&plan, ScriptResult::Success), ["skip", "exclude p", "save q"]);
        assert!(may_select_files(&plan));
        plan.caches.pop();
        assert!(!may_select_files(&plan));
    }
}

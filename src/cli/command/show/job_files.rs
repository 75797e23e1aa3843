//! `show --files`: the files that a job receives, stores and keeps, with the keys of its caches.

use serde::Serialize;

use crate::pipeline::job::Job;
use crate::plan::artifacts::{ExpireIn, ReportFormat};
use crate::plan::caches::{CachePlan, CachePolicy, ResolvedKey};
use crate::plan::job_plan::JobPlan;
use crate::report::json::versioned_answer;

/// Everything about a job's files.
#[derive(Serialize)]
struct JobFiles<'p> {
    name: &'p str,
    /// The jobs whose files and variables the job receives, in the order of delivery.
    receives: Vec<ReceivedFrom<'p>>,
    archive: Option<ShownArchive<'p>>,
    reports: Vec<ShownReport<'p>>,
    /// `never`, a number of seconds, or null for the default.
    expire_in: Option<ShownExpiry>,
    caches: Vec<ShownCache<'p>>,
}

#[derive(Serialize)]
struct ReceivedFrom<'p> {
    job: &'p str,
    /// After which results the other job stores an archive; null if it never does.
    archive: Option<&'static str>,
    dotenv: bool,
}

#[derive(Serialize)]
struct ShownArchive<'p> {
    name: &'p str,
    paths: &'p [String],
    exclude: &'p [String],
    untracked: bool,
    when: &'static str,
}

#[derive(Serialize)]
struct ShownReport<'p> {
    r#type: &'static str,
    format: &'static str,
    stored_as: &'p str,
    paths: &'p [String],
}

#[derive(Serialize)]
#[serde(untagged)]
enum ShownExpiry {
    Never(&'static str),
    Seconds(u64),
}

#[derive(Serialize)]
struct ShownCache<'p> {
    /// Null if the cache cannot be used.
    key: Option<&'p str>,
    fallback_keys: Vec<&'p str>,
    /// What the log says about the keys.
    warnings: Vec<String>,
    paths: &'p [String],
    untracked: bool,
    /// As in the file; null for one that fails the job.
    policy: Option<&'static str>,
    when: &'static str,
}

/// The files of a job as JSON. `producers` are the jobs whose artifacts it receives.
pub(super) fn json(plan: &JobPlan, producers: &[&Job]) -> String {
    let archive = plan.artifacts.archive.as_ref().map(|archive| ShownArchive {
        name: &archive.name,
        paths: &archive.paths,
        exclude: &archive.exclude,
        untracked: archive.untracked,
        when: archive.when.as_str(),
    });
    let reports = plan.artifacts.reports.iter().map(|report| ShownReport {
        r#type: report.kind,
        format: match report.format {
            ReportFormat::Gzip => "gzip",
            ReportFormat::Raw => "raw",
            ReportFormat::Zip => "zip",
        },
        stored_as: &report.stored_as,
        paths: &report.paths,
    });
    let receives = producers.iter().map(|job| ReceivedFrom {
        job: &job.name.value,
        archive: job.artifacts.has_archive().then(|| job.artifacts.when.as_str()),
        dotenv: job.artifacts.has_dotenv(),
    });
    versioned_answer(&JobFiles {
        name: &plan.name,
        receives: receives.collect(),
        archive,
        reports: reports.collect(),
        expire_in: plan.artifacts.expire_in.map(|expire_in| match expire_in {
            ExpireIn::Never => ShownExpiry::Never("never"),
            ExpireIn::After(duration) => ShownExpiry::Seconds(duration.as_secs()),
        }),
        caches: plan.caches.iter().map(shown_cache).collect(),
    })
}

fn shown_cache(cache: &CachePlan) -> ShownCache<'_> {
    let keys = || std::iter::once(&cache.key).chain(&cache.fallback_keys);
    let warning = |key: &ResolvedKey| key.warning.as_ref().map(ToString::to_string);
    ShownCache {
        key: cache.key.key.as_deref(),
        fallback_keys: cache.fallback_keys.iter().filter_map(|key| key.key.as_deref()).collect(),
        warnings: keys().filter_map(warning).collect(),
        paths: &cache.paths,
        untracked: cache.untracked,
        policy: cache.policy.as_ref().ok().map(|policy| match policy {
            CachePolicy::PullPush => "pull-push",
            CachePolicy::Pull => "pull",
            CachePolicy::Push => "push",
        }),
        when: cache.when.as_str(),
    }
}

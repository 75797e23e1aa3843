//! The keywords of jobs that have no effect here.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cli::project::LoadedProject;
use crate::report::transcript::IgnoredKeyword;

/// The keywords of each of these jobs that have no effect.
pub fn ignored_keywords<'j>(
    project: &LoadedProject,
    jobs: impl Iterator<Item = &'j str>,
) -> HashMap<Arc<str>, Vec<IgnoredKeyword>> {
    jobs.map(|job| (job.into(), project.ignored_keywords(job))).collect()
}

/// What has no effect in several jobs is told once.
pub fn without_repetitions<'k>(
    keywords: impl IntoIterator<Item = &'k IgnoredKeyword>,
) -> Vec<IgnoredKeyword> {
    let mut told: Vec<IgnoredKeyword> = Vec::new();
    for keyword in keywords {
        if !told.contains(keyword) {
            told.push(keyword.clone());
        }
    }
    told
}

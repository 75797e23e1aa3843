//! Which sources a run has, for those who take its artifacts later.

use std::path::Path;

use crate::git::changes::{ComparisonBase, changes};
use crate::plan::facts::Facts;
use crate::store::SourcesRecord;
use crate::workspace::fingerprint::fingerprint;

/// The commit and the branch or tag.
pub fn sources(facts: &Facts) -> SourcesRecord {
    let git = facts.git.as_ref();
    let tag = || git.and_then(|git| git.tag.as_ref()).map(|tag| tag.name.clone());
    SourcesRecord {
        commit: git.and_then(|git| git.commit.as_ref()).map(|commit| commit.sha.clone()),
        reference: git.and_then(|git| git.branch.clone()).or_else(tag),
        ..SourcesRecord::default()
    }
}

/// Adds what takes a look at every file: whether files differ from the commit, and their fingerprint. What cannot be
/// found out stays unknown: the job itself reports that its sources cannot be listed.
pub fn look_at_files(sources: &mut SourcesRecord, root: &Path) {
    let changed = sources.commit.as_ref().map(|commit| changes(root, ComparisonBase::Commit(commit)));
    sources.is_dirty = changed.and_then(Result::ok).map(|paths| !paths.is_empty());
    sources.fingerprint = fingerprint(root).ok();
}

/// Whether the sources of a run differ from the current ones, as far as that is known.
pub fn have_changed(of_run: &SourcesRecord, current: &SourcesRecord) -> bool {
    match (&of_run.fingerprint, &current.fingerprint) {
        (Some(of_run), Some(current)) => of_run != current,
        _ => {
            of_run.commit != current.commit
                || [of_run, current].iter().any(|sources| sources.is_dirty != Some(false))
        }
    }
}

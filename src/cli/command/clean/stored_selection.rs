//! Which stored runs and caches `clean` removes, and how it lists them. Pure.

use std::collections::HashSet;
use std::fmt::Write;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::amount::{counted, size};
use crate::report::age::age;
use crate::report::printable::printable_line;

/// A stored run that may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunToRemove {
    /// Its number among all runs.
    pub(super) number: usize,
    /// The folder of the project; `None` if that is not known.
    pub(super) project: Option<String>,
    pub(super) id: String,
    pub(super) started: Timestamp,
    pub(super) used: Timestamp,
    pub(super) bytes: u64,
    pub(super) has_succeeded: bool,
    pub(super) is_in_use: bool,
    /// The names of its jobs.
    pub(super) jobs: Vec<String>,
}

/// A cache that may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CacheToRemove {
    /// Its number among all caches.
    pub(super) number: usize,
    pub(super) key: String,
    pub(super) used: Timestamp,
    pub(super) bytes: u64,
}

/// What is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredSelection {
    /// The newest of each project first.
    pub(super) runs: Vec<RunToRemove>,
    pub(super) caches: Vec<CacheToRemove>,
    /// The number of runs that are spared because they are in use.
    in_use: usize,
    /// The latest successful run of each project that is removed.
    latest: HashSet<String>,
}

impl StoredSelection {
    /// Selects the runs that are not in use, and all caches, of both only what nobody has used for `older_than`.
    pub(super) fn new(
        runs: Vec<RunToRemove>,
        caches: Vec<CacheToRemove>,
        older_than: Option<Duration>,
        now: Timestamp,
    ) -> Self {
        let limit = older_than.map(|age| SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX));
        let is_old = |used: Timestamp| limit.is_none_or(|limit| now.duration_since(used) > limit);
        let numbered = runs.into_iter().enumerate().map(|(number, run)| RunToRemove { number, ..run });
        let (mut latest, mut successful) = (HashSet::new(), HashSet::new());
        let (mut selected, mut in_use) = (Vec::new(), 0);
        for run in numbered {
            let is_latest = run.has_succeeded && successful.insert(run.project.clone());
            if run.is_in_use {
                in_use += 1;
            } else if is_old(run.used) {
                latest.extend(is_latest.then(|| run.id.clone()));
                selected.push(run);
            }
        }
        let numbered =
            caches.into_iter().enumerate().map(|(number, cache)| CacheToRemove { number, ..cache });
        let caches = numbered.filter(|cache| is_old(cache.used)).collect();
        Self { runs: selected, caches, in_use, latest }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.caches.is_empty()
    }

    /// The list of what is removed, and of what is spared.
    pub(super) fn text(&self, now: Timestamp) -> String {
        let mut out = String::new();
        let mut project = None;
        for run in &self.runs {
            if project != Some(&run.project) {
                let shown = run.project.as_deref().unwrap_or("an unknown project");
                // Writing to a string does not fail.
                let _ = writeln!(out, "Stored runs of {}:", printable_line(shown));
                project = Some(&run.project);
            }
            let latest = if self.latest.contains(&run.id) { "  the latest that passed" } else { "" };
            let jobs = run.jobs.join(", ");
            let _ = writeln!(
                out,
                "  {}  {:>9}  {}  {}{latest}",
                run.id,
                size(run.bytes),
                age(run.started, now),
                printable_line(&jobs)
            );
        }
        if !self.caches.is_empty() {
            let _ = writeln!(out, "Caches:");
        }
        for cache in &self.caches {
            let used = age(cache.used, now);
            let _ = writeln!(out, "  {:>9}  used {used}  {}", size(cache.bytes), printable_line(&cache.key));
        }
        if self.in_use > 0 {
            let spared = match self.in_use {
                1 => "1 run is in use and stays.".to_owned(),
                several => format!("{several} runs are in use and stay."),
            };
            let _ = writeln!(out, "{spared}");
        }
        out
    }

    /// What the user is asked, if there are incomplete files of this size, too.
    pub(super) fn question(&self, incomplete: u64) -> String {
        if self.is_empty() {
            return "Remove the incomplete files?".to_owned();
        }
        let bytes = self.runs.iter().map(|run| run.bytes).chain(self.caches.iter().map(|cache| cache.bytes));
        let bytes = bytes.fold(0, u64::saturating_add);
        let runs = (!self.runs.is_empty()).then(|| counted(self.runs.len() as u64, "run"));
        let caches = (!self.caches.is_empty()).then(|| counted(self.caches.len() as u64, "cache"));
        let what: Vec<String> = runs.into_iter().chain(caches).collect();
        let latest = if self.latest.is_empty() { "" } else { ", the latest that passed among them" };
        let files = match (incomplete, latest) {
            (0, _) => "",
            (_, "") => " and the incomplete files",
            _ => ", and the incomplete files",
        };
        format!("Remove {} ({}){latest}{files}?", what.join(" and "), size(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000_000;

    fn time(days: i64) -> Timestamp {
        Timestamp::from_second(NOW - days * 86_400).unwrap()
    }

    fn run(project: &str, id: &str, days: i64, has_succeeded: bool) -> RunToRemove {
        RunToRemove {
            number: 0,
            project: Some(project.to_owned()),
            id: id.to_owned(),
            started: time(days),
            used: time(days),
            bytes: 1_500_000,
            has_succeeded,
            is_in_use: id == "locked",
            jobs: vec!["build".to_owned(), "test".to_owned()],
        }
    }

    fn selection(older_than: Option<u64>) -> StoredSelection {
        let runs = vec![
            run("/a", "locked", 0, false),
            run("/a", "failed", 1, false),
            run("/a", "passed", 9, true),
            run("/a", "before", 10, true),
            run("/b", "other", 3, true),
        ];
        let caches = vec![CacheToRemove { number: 0, key: "gems\x1b".to_owned(), used: time(8), bytes: 12 }];
        let older_than = older_than.map(|days| Duration::from_secs(days * 86_400));
        StoredSelection::new(runs, caches, older_than, time(0))
    }

    #[test]
    fn every_run_but_those_in_use_is_removed_and_the_latest_that_passed_is_named() {
        let all = selection(None);
        insta::assert_snapshot!(all.text(time(0)), @r"
        Stored runs of /a:
          failed     1.5 MB  1 day ago  build, test
          passed     1.5 MB  9 days ago  build, test  the latest that passed
          before     1.5 MB  10 days ago  build, test
        Stored runs of /b:
          other     1.5 MB  3 days ago  build, test  the latest that passed
        Caches:
               12 B  used 8 days ago  gems\u{1b}
        1 run is in use and stays.
        ");
        assert_eq!(all.question(0), "Remove 4 runs and 1 cache (6.0 MB), the latest that passed among them?");
        assert_eq!(all.runs.iter().map(|run| run.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn only_what_nobody_has_used_for_the_time_is_removed() {
        let old = selection(Some(9));
        assert_eq!(old.runs.iter().map(|run| &*run.id).collect::<Vec<_>>(), ["before"]);
        assert!(old.caches.is_empty());
        assert_eq!(old.question(0), "Remove 1 run (1.5 MB)?");
        assert_eq!(old.question(9), "Remove 1 run (1.5 MB) and the incomplete files?");
        assert!(selection(Some(100)).is_empty());
        assert_eq!(selection(Some(100)).question(9), "Remove the incomplete files?");
    }
}

//! Which runs, archives and caches are removed to keep the store small. Pure.
//!
//! The rules, in their order:
//! - A run that is in use is never removed, and neither is the one that asks.
//! - Of a project, the newest runs are kept, and with them the latest successful one and each run that has the newest
//!   files of a job: a later `exec` takes them.
//! - After some days, a run is removed even so, unless it is the newest of its project, the latest successful one, or an
//!   archive in it never expires. An archive with `expire_in` is removed at its time, except from these two runs.
//! - What is left and exceeds the limit of bytes is removed, the least recently used first.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::record::ArchiveExpiry;

/// How many runs of a project are kept.
const RUNS_KEPT: usize = 5;

/// How long a run is kept.
const AGE_DAYS: i64 = 30;

/// How many bytes runs may have, and caches, too: 10 GB each.
const STORE_BYTES: u64 = 10_000_000_000;

/// The limits of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionRules {
    /// The newest runs of a project that are kept.
    pub runs_kept: usize,
    /// The age at which a run is removed.
    pub age_max: SignedDuration,
    /// The bytes of all runs of this user, and also those of all caches; `None` for no limit.
    pub bytes_max: Option<u64>,
}

/// The facts about a run that decide whether it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRunFacts {
    /// The project's folder in the store.
    pub project: String,
    pub started: Timestamp,
    /// When it ended or its files were taken for the last time.
    pub used: Timestamp,
    /// The size of all that it stored.
    pub bytes: u64,
    pub has_succeeded: bool,
    /// Whether it runs, or another process reads it.
    pub is_in_use: bool,
    pub jobs: Vec<StoredJobFacts>,
}

/// The facts about a job of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredJobFacts {
    pub name: String,
    /// Whether it stored something that a later job receives.
    pub has_stored: bool,
    /// When its archive is removed; `None` without an archive.
    pub expires: Option<ArchiveExpiry>,
    /// The size of its archive.
    pub bytes: u64,
}

/// Why something is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovalReason {
    /// Newer runs are enough.
    Count,
    /// It is too old.
    Age,
    /// The store is too large.
    Size,
}

/// What is removed, by the numbers of the facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetentionDecision {
    pub runs: Vec<(usize, RemovalReason)>,
    /// Expired archives: the numbers of the run and of the job in it.
    pub archives: Vec<(usize, usize)>,
}

impl Default for RetentionRules {
    fn default() -> Self {
        let age_max = SignedDuration::from_hours(24 * AGE_DAYS);
        Self { runs_kept: RUNS_KEPT, age_max, bytes_max: Some(STORE_BYTES) }
    }
}

impl RetentionRules {
    /// Decides about all runs of this user. `asking` is the number of the run for which the others are tidied; it is kept.
    pub fn decide(
        &self,
        runs: &[StoredRunFacts],
        asking: Option<usize>,
        now: Timestamp,
    ) -> RetentionDecision {
        let mut decision = RetentionDecision::default();
        let mut newest_first: Vec<usize> = (0..runs.len()).collect();
        newest_first.sort_by_key(|number| std::cmp::Reverse((runs[*number].started, *number)));
        let is_fixed = |number: usize| runs[number].is_in_use || asking == Some(number);

        let mut projects = HashSet::new();
        for project in runs.iter().map(|run| &run.project).filter(|project| projects.insert(*project)) {
            let own = newest_first.iter().copied().filter(|number| runs[*number].project == *project);
            self.decide_project(runs, &own.collect::<Vec<_>>(), &is_fixed, now, &mut decision);
        }
        self.decide_size(runs, &is_fixed, &mut decision);
        decision.runs.sort_unstable_by_key(|(number, _)| *number);
        decision
    }

    /// Decides about the runs of one project, the newest first, by their number and age.
    fn decide_project(
        &self,
        runs: &[StoredRunFacts],
        own: &[usize],
        is_fixed: &impl Fn(usize) -> bool,
        now: Timestamp,
        decision: &mut RetentionDecision,
    ) {
        let successful = own.iter().copied().find(|number| runs[*number].has_succeeded);
        let mut stored_newer: HashSet<&str> = HashSet::new();
        for (position, &number) in own.iter().enumerate() {
            let run = &runs[number];
            let stored = run.jobs.iter().filter(|job| job.has_stored).map(|job| &*job.name);
            // All names are added, also after the first new one.
            let has_newest_files = stored.filter(|name| stored_newer.insert(name)).count() > 0;
            let is_latest = position == 0 || successful == Some(number);
            if is_fixed(number) {
                continue;
            }
            let never_expires = run.jobs.iter().any(|job| job.expires == Some(ArchiveExpiry::Never));
            let is_old = now.duration_since(run.started) > self.age_max;
            if is_old && !is_latest && !never_expires {
                decision.runs.push((number, RemovalReason::Age));
            } else if position >= self.runs_kept && !is_latest && !has_newest_files {
                decision.runs.push((number, RemovalReason::Count));
            } else if !is_latest {
                let expired =
                    |job: &StoredJobFacts| matches!(job.expires, Some(ArchiveExpiry::At(at)) if at <= now);
                let jobs = run.jobs.iter().enumerate().filter(|(_, job)| expired(job));
                decision.archives.extend(jobs.map(|(job, _)| (number, job)));
            }
        }
    }

    /// Removes the least recently used runs until the others fit.
    fn decide_size(
        &self,
        runs: &[StoredRunFacts],
        is_fixed: &impl Fn(usize) -> bool,
        decision: &mut RetentionDecision,
    ) {
        let removed: HashSet<usize> = decision.runs.iter().map(|(number, _)| *number).collect();
        let mut left: Vec<usize> = (0..runs.len()).filter(|number| !removed.contains(number)).collect();
        let expired = decision.archives.iter().map(|(run, job)| runs[*run].jobs[*job].bytes);
        let expired = expired.fold(0, u64::saturating_add);
        let total = left.iter().map(|number| runs[*number].bytes).fold(0, u64::saturating_add);
        left.sort_by_key(|number| (runs[*number].used, runs[*number].started));
        let candidates = left.into_iter().filter(|number| !is_fixed(*number));
        let items = candidates.map(|number| (number, runs[number].bytes));
        let beyond = self.beyond_size(total.saturating_sub(expired), items);
        decision.archives.retain(|(run, _)| !beyond.contains(run));
        decision.runs.extend(beyond.into_iter().map(|number| (number, RemovalReason::Size)));
    }

    /// Decides about all caches of this user, which are given with their sizes, the least recently used first. The last
    /// one is kept whatever its size.
    pub fn decide_caches(&self, bytes: &[u64]) -> Vec<usize> {
        let total = bytes.iter().copied().fold(0, u64::saturating_add);
        self.beyond_size(total, bytes.iter().copied().enumerate().take(bytes.len().saturating_sub(1)))
    }

    /// The first of these items, so many that the rest of the total is within the limit.
    fn beyond_size(&self, mut total: u64, items: impl Iterator<Item = (usize, u64)>) -> Vec<usize> {
        let Some(bytes_max) = self.bytes_max else { return Vec::new() };
        let mut removed = Vec::new();
        for (number, bytes) in items {
            if total <= bytes_max {
                break;
            }
            total = total.saturating_sub(bytes);
            removed.push(number);
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    const NOW: i64 = 100 * DAY;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    /// A failed run without files that started so many seconds ago.
    fn run(project: &str, ago: i64) -> StoredRunFacts {
        StoredRunFacts {
            project: project.to_owned(),
            started: at(NOW - ago),
            used: at(NOW - ago),
            bytes: 10,
            has_succeeded: false,
            is_in_use: false,
            jobs: Vec::new(),
        }
    }

    fn job(name: &str, expires: ArchiveExpiry) -> StoredJobFacts {
        StoredJobFacts { name: name.to_owned(), has_stored: true, expires: Some(expires), bytes: 4 }
    }

    #[track_caller]
    fn check(rules: &RetentionRules, runs: &[StoredRunFacts], expect: &[(usize, RemovalReason)]) {
        assert_eq!(rules.decide(runs, None, at(NOW)).runs, expect);
    }

    fn runs_of_one_project(count: i64) -> Vec<StoredRunFacts> {
        (0..count).map(|ago| run("a", ago)).collect()
    }

    #[test]
    fn of_six_runs_the_five_newest_are_kept_and_those_of_other_projects_do_not_count() {
        let rules = RetentionRules::default();
        let mut runs = runs_of_one_project(6);
        check(&rules, &runs, &[(5, RemovalReason::Count)]);
        runs.reverse();
        check(&rules, &runs, &[(0, RemovalReason::Count)]);
        runs[1].project = "b".to_owned();
        check(&rules, &runs, &[]);
    }

    #[test]
    fn the_latest_successful_run_is_kept_whatever_its_place_and_age() {
        let mut runs = runs_of_one_project(8);
        runs[6].has_succeeded = true;
        runs[7].has_succeeded = true;
        let expect = [(5, RemovalReason::Count), (7, RemovalReason::Count)];
        check(&RetentionRules::default(), &runs, &expect);
        runs[6].started = at(NOW - 90 * DAY);
        runs[7].started = at(NOW - 91 * DAY);
        let expect = [(5, RemovalReason::Count), (7, RemovalReason::Age)];
        check(&RetentionRules::default(), &runs, &expect);
    }

    #[test]
    fn the_newest_files_of_a_job_are_kept_beyond_the_number_of_runs() {
        let mut runs = runs_of_one_project(8);
        runs[0].jobs = vec![job("test", ArchiveExpiry::WithRun)];
        runs[5].jobs = vec![job("test", ArchiveExpiry::WithRun)];
        runs[6].jobs = vec![job("test", ArchiveExpiry::WithRun), job("build", ArchiveExpiry::WithRun)];
        runs[7].jobs = vec![job("build", ArchiveExpiry::WithRun)];
        let expect = [(5, RemovalReason::Count), (7, RemovalReason::Count)];
        check(&RetentionRules::default(), &runs, &expect);
        runs[6].jobs[1].has_stored = false;
        let expect = [(5, RemovalReason::Count), (6, RemovalReason::Count)];
        check(&RetentionRules::default(), &runs, &expect);
    }

    #[test]
    fn a_run_in_use_and_the_one_that_has_just_ended_are_never_removed() {
        let rules = RetentionRules { runs_kept: 0, age_max: SignedDuration::ZERO, bytes_max: Some(0) };
        let mut runs = runs_of_one_project(3);
        runs[2].is_in_use = true;
        let decision = rules.decide(&runs, Some(0), at(NOW + 1));
        assert_eq!(decision.runs, [(1, RemovalReason::Age)]);
        assert_eq!(rules.decide(&runs, Some(1), at(NOW + 1)).runs, [(0, RemovalReason::Size)]);
    }

    #[test]
    fn old_runs_are_removed_unless_an_archive_never_expires() {
        let mut runs = vec![run("a", 0), run("a", 31 * DAY), run("a", 32 * DAY), run("b", 40 * DAY)];
        runs[2].jobs = vec![job("build", ArchiveExpiry::Never)];
        check(&RetentionRules::default(), &runs, &[(1, RemovalReason::Age)]);
    }

    #[test]
    fn an_archive_expires_but_in_the_newest_and_in_the_latest_successful_run() {
        let expired = || vec![job("a", ArchiveExpiry::At(at(NOW))), job("b", ArchiveExpiry::At(at(NOW + 1)))];
        let mut runs = runs_of_one_project(4);
        runs.iter_mut().for_each(|run| run.jobs = expired());
        runs[1].has_succeeded = true;
        let decision = RetentionRules::default().decide(&runs, None, at(NOW));
        assert_eq!((decision.archives, decision.runs.len()), (vec![(2, 0), (3, 0)], 0));
    }

    #[test]
    fn the_least_recently_used_runs_are_removed_until_the_others_fit() {
        let mut runs = vec![run("a", 1), run("a", 2), run("b", 3), run("b", 4)];
        runs[3].used = at(NOW);
        let rules = |bytes_max| RetentionRules { bytes_max, ..RetentionRules::default() };
        check(&rules(Some(40)), &runs, &[]);
        check(&rules(Some(39)), &runs, &[(2, RemovalReason::Size)]);
        check(&rules(Some(15)), &runs, &[0, 1, 2].map(|number| (number, RemovalReason::Size)));
        check(&rules(None), &runs, &[]);
        runs[0].jobs = vec![job("a", ArchiveExpiry::At(at(0)))];
        runs[1].jobs = vec![job("a", ArchiveExpiry::At(at(0)))];
        let decision = rules(Some(36)).decide(&runs, None, at(NOW));
        assert_eq!((decision.runs, decision.archives), (vec![], vec![(1, 0)]));
    }

    #[test]
    fn the_least_recently_used_caches_are_removed_and_the_last_one_never() {
        let rules = |bytes_max| RetentionRules { bytes_max, ..RetentionRules::default() };
        assert_eq!(rules(Some(9)).decide_caches(&[5, 5, 4]), [0]);
        assert_eq!(rules(Some(3)).decide_caches(&[5, 5, 4]), [0, 1]);
        assert_eq!(rules(None).decide_caches(&[5, 5, 4]), [0; 0]);
        assert_eq!(rules(Some(0)).decide_caches(&[]), [0; 0]);
    }
}

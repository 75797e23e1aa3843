//! How far a run is: the line at the end of the terminal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::executor::run_report::RunFacts;
use crate::report::live_text::{SpinnerSigns, activity_line};
use crate::report::printable::printable_line;
use crate::schedule::job_state::JobState;

/// The states of the jobs, and since when those run that do.
#[derive(Debug, Default)]
pub(super) struct RunProgress {
    states: BTreeMap<Arc<str>, JobState>,
    /// In the order in which they began.
    running: Vec<(Arc<str>, Instant)>,
}

impl RunProgress {
    /// The run begins: no job is decided.
    pub(super) fn new(facts: &RunFacts) -> Self {
        let states = facts.jobs.iter().map(|job| (job.name.as_str().into(), JobState::Created));
        Self { states: states.collect(), running: Vec::new() }
    }

    /// A job has another state.
    pub(super) fn set(&mut self, job: &Arc<str>, state: JobState, now: Instant) {
        self.states.insert(Arc::clone(job), state);
        let is_known = self.running.iter().any(|(name, _)| name == job);
        match state {
            JobState::Running if !is_known => self.running.push((Arc::clone(job), now)),
            JobState::Running => {}
            _ => self.running.retain(|(name, _)| name != job),
        }
    }

    /// The names of the jobs that run.
    pub(super) fn running(&self) -> impl Iterator<Item = &str> {
        self.running.iter().map(|(name, _)| &**name)
    }

    /// The line, in at most as many columns.
    pub(super) fn line(&self, now: Instant, signs: SpinnerSigns, columns: usize) -> String {
        let running: Vec<String> = self
            .running
            .iter()
            .map(|(name, since)| {
                format!("{} {}", printable_line(name), clock(now.saturating_duration_since(*since)))
            })
            .collect();
        let done = self.states.values().filter(|state| state.is_complete()).count();
        let waiting = self.states.len().saturating_sub(done).saturating_sub(running.len());
        status_line(&running, waiting, done, signs, columns)
    }
}

/// `2 running (test 1/3 0:41, lint 0:12) · 3 waiting · 5 done`. If it is too long, jobs are left out, the last one first.
fn status_line(
    running: &[String],
    waiting: usize,
    done: usize,
    signs: SpinnerSigns,
    columns: usize,
) -> String {
    let separator = match signs {
        SpinnerSigns::Unicode => " · ",
        SpinnerSigns::Ascii => ", ",
    };
    let line = |shown: usize| {
        let names: Vec<&str> = running.iter().take(shown).map(String::as_str).collect();
        let more = if shown < running.len() { ", ..." } else { "" };
        let names = if names.is_empty() { String::new() } else { format!(" ({}{more})", names.join(", ")) };
        let mut counts = vec![format!("{} running{names}", running.len())];
        counts.extend((waiting > 0).then(|| format!("{waiting} waiting")));
        counts.extend((done > 0).then(|| format!("{done} done")));
        counts.join(separator)
    };
    let lines = (0..=running.len()).rev().map(line);
    let fitting = lines.into_iter().find(|line| line.chars().count() <= columns);
    fitting.unwrap_or_else(|| activity_line(&line(0), columns))
}

/// `0:41`, `12:05`, `1:02:03`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example_run::{facts, job};

    fn progress() -> (RunProgress, Instant) {
        let names = ["build", "test 1/3", "lint", "deploy", "docs"];
        let mut progress =
            RunProgress::new(&facts(4, names.iter().map(|name| job(name, "x", None)).collect()));
        let begun = Instant::now();
        progress.set(&"build".into(), JobState::Running, begun);
        progress.set(&"test 1/3".into(), JobState::Running, begun);
        progress.set(&"lint".into(), JobState::Running, begun + Duration::from_secs(29));
        progress.set(&"build".into(), JobState::Success, begun);
        (progress, begun + Duration::from_secs(41))
    }

    #[test]
    fn the_line_has_the_jobs_that_run_with_their_times_and_how_many_wait_and_are_done() {
        let (progress, now) = progress();
        let line = |columns| progress.line(now, SpinnerSigns::Unicode, columns);
        let lines = [80, 55, 45, 30, 12].map(line).join("\n");
        insta::assert_snapshot!(lines, @r#"
        2 running (test 1/3 0:41, lint 0:12) · 2 waiting · 1 done
        2 running (test 1/3 0:41, ...) · 2 waiting · 1 done
        2 running · 2 waiting · 1 done
        2 running · 2 waiting · 1 done
        2 running...
        "#);
        let ascii = progress.line(now, SpinnerSigns::Ascii, 80);
        assert_eq!(ascii, "2 running (test 1/3 0:41, lint 0:12), 2 waiting, 1 done");
    }

    #[test]
    fn the_line_is_never_wider_than_the_terminal() {
        let (progress, now) = progress();
        for columns in 0..90 {
            for signs in [SpinnerSigns::Ascii, SpinnerSigns::Unicode] {
                assert!(progress.line(now, signs, columns).chars().count() <= columns);
            }
        }
    }

    #[test]
    fn a_time_is_that_of_a_clock() {
        let shown = [0, 41, 725, 3723].map(|seconds| clock(Duration::from_secs(seconds)));
        assert_eq!(shown, ["0:00", "0:41", "12:05", "1:02:03"]);
    }
}

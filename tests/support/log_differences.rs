//! How logs of runner-lite differ from those of the recorded jobs of GitLab Runner (`tests/reference/differences.yml`).

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde::Deserialize;

/// All differences in logs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogDifferences {
    /// Those of the sections about artifacts and caches.
    pub(crate) archives: Vec<Difference>,
    /// Those from the script's section to the result.
    pub(crate) script: Vec<Difference>,
}

/// One difference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    /// The recorded jobs that have it; all in whose log it applies, if none is named.
    #[serde(default)]
    pub(crate) cases: Vec<String>,
    /// Whether it is one of Podman alone.
    #[serde(default)]
    pub(crate) podman: bool,
    /// Successive lines of GitLab Runner.
    #[serde(default)]
    pub(crate) runner: Vec<Line>,
    /// What runner-lite prints in their place. Without lines of the Runner, each is one that it prints besides, anywhere;
    /// without lines of runner-lite, it prints none of the Runner's.
    #[serde(default)]
    pub(crate) here: Vec<Line>,
    /// Lines that stand elsewhere in the log.
    #[serde(default)]
    pub(crate) elsewhere: Vec<Line>,
    pub(crate) why: String,
}

/// A line of a difference: `*` at its end stands for anything, and the line `…` for any lines.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub(crate) struct Line(pub(crate) String);

impl Line {
    /// Whether it stands for any number of lines.
    fn is_any_lines(&self) -> bool {
        self.0 == "…"
    }

    fn matches(&self, line: &str) -> bool {
        self.0.strip_suffix('*').map_or(self.0 == line, |begin| line.starts_with(begin))
    }
}

/// Reads the differences.
pub(crate) fn log_differences() -> LogDifferences {
    serde_yaml::from_str(include_str!("../reference/differences.yml")).unwrap()
}

/// Compares logs, and notes which differences they have.
pub(crate) struct Comparison<'d> {
    differences: &'d [Difference],
    /// Whether the engine is Podman.
    is_podman: bool,
    /// The lines of differences that a log has had: the difference, and its line.
    applied: Mutex<BTreeSet<(usize, usize)>>,
}

/// What a log of runner-lite has at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected<'l> {
    /// A line of the Runner's log.
    Same(&'l str),
    /// One of a difference.
    Other(&'l Line),
}

impl<'d> Comparison<'d> {
    pub(crate) fn new(differences: &'d [Difference], is_podman: bool) -> Self {
        Self { differences, is_podman, applied: Mutex::default() }
    }

    /// Compares the log of the case with the Runner's. Returns the last line that was expected.
    ///
    /// # Errors
    ///
    /// If they differ, what was expected.
    pub(crate) fn compare(&self, case: &str, runner: &[String], here: &[String]) -> Result<String, String> {
        let here: Vec<&str> =
            here.iter().map(String::as_str).filter(|line| !self.is_additional(case, line)).collect();
        let runner: Vec<&str> = runner.iter().map(String::as_str).collect();
        let (moved_there, rest) = self.without_moved(case, &runner);
        if !moved_there.is_empty() && are_expected(&here, &self.expected(case, &runner)) {
            return Err(format!("{moved_there:#?} stand nowhere else"));
        }
        let (moved_here, here) = self.without_moved(case, &here);
        let expected = self.expected(case, &rest);
        if moved_there != moved_here || !are_expected(&here, &expected) {
            return Err(format!(
                "{here:#?}\nand {moved_here:?} should be\n{expected:#?}\nand {moved_there:?}"
            ));
        }
        Ok(match expected.last() {
            Some(Expected::Same(line)) => (*line).to_owned(),
            Some(Expected::Other(line)) => line.0.clone(),
            None => String::new(),
        })
    }

    /// The lines that may stand elsewhere, and all others.
    fn without_moved<'l>(&self, case: &str, lines: &[&'l str]) -> (Vec<&'l str>, Vec<&'l str>) {
        let is_moved = |line: &&str| {
            self.of(case).any(|(place, difference)| self.applies(place, &difference.elsewhere, line))
        };
        lines.iter().copied().partition(is_moved)
    }

    fn is_additional(&self, case: &str, line: &str) -> bool {
        let mut additions = self.of(case).filter(|(_, difference)| difference.runner.is_empty());
        additions.any(|(place, difference)| self.applies(place, &difference.here, line))
    }

    /// What runner-lite prints for these lines of the Runner.
    fn expected<'l>(&self, case: &str, runner: &[&'l str]) -> Vec<Expected<'l>>
    where
        'd: 'l,
    {
        let is_kept = |line: &&str| !self.is_left_out(case, line);
        let runner: Vec<&str> = runner.iter().copied().filter(is_kept).collect();
        let (mut expected, mut rest) = (Vec::new(), runner.as_slice());
        while let [line, after @ ..] = rest {
            let replaced = self.of(case).find_map(|(place, difference)| {
                let is_replacement = !difference.runner.is_empty() && !difference.here.is_empty();
                let length = is_replacement.then(|| length_of(&difference.runner, rest)).flatten()?;
                Some((place, difference, length))
            });
            match replaced {
                Some((place, difference, length)) => {
                    self.note(place, 0);
                    expected.extend(difference.here.iter().map(Expected::Other));
                    rest = &rest[length..];
                }
                None => {
                    expected.push(Expected::Same(line));
                    rest = after;
                }
            }
        }
        expected
    }

    fn is_left_out(&self, case: &str, line: &str) -> bool {
        let mut omissions = self.of(case).filter(|(_, difference)| difference.here.is_empty());
        omissions.any(|(place, difference)| self.applies(place, &difference.runner, line))
    }

    /// The differences that the case can have, with their places.
    fn of(&self, case: &str) -> impl Iterator<Item = (usize, &'d Difference)> {
        let can_have = move |(_, difference): &(usize, &Difference)| {
            let is_of_engine = !difference.podman || self.is_podman;
            is_of_engine && (difference.cases.is_empty() || difference.cases.iter().any(|name| name == case))
        };
        self.differences.iter().enumerate().filter(can_have)
    }

    /// Whether one of the lines matches; it is noted then.
    fn applies(&self, place: usize, lines: &[Line], line: &str) -> bool {
        let found = lines.iter().position(|pattern| pattern.matches(line));
        found.into_iter().for_each(|index| self.note(place, index));
        found.is_some()
    }

    fn note(&self, place: usize, line: usize) {
        self.applied.lock().unwrap().insert((place, line));
    }

    /// The differences, or lines of them, that no log has had.
    pub(crate) fn unneeded(&self) -> Vec<String> {
        let applied = self.applied.lock().unwrap();
        let mut unneeded = Vec::new();
        for (place, difference) in self.differences.iter().enumerate() {
            let Difference { cases, runner, here, elsewhere, why, .. } = difference;
            // A replacement is one, and all other lines stand for themselves.
            let replaces = !runner.is_empty() && !here.is_empty();
            let lines = if replaces { 1 } else { runner.len() + here.len() + elsewhere.len() };
            let missing = (0..lines).filter(|line| !applied.contains(&(place, *line)));
            if self.is_podman || !difference.podman {
                unneeded.extend(missing.map(|line| {
                    format!("line {line} of {cases:?}: {runner:?} {here:?} {elsewhere:?} ({why})")
                }));
            }
        }
        unneeded
    }
}

/// How many lines at the beginning the patterns match, if all of the patterns do.
fn length_of(patterns: &[Line], lines: &[&str]) -> Option<usize> {
    match (patterns, lines) {
        ([], _) => Some(0),
        ([any, patterns @ ..], _) if any.is_any_lines() => {
            (0..=lines.len()).find_map(|skipped| Some(skipped + length_of(patterns, &lines[skipped..])?))
        }
        ([pattern, patterns @ ..], [line, lines @ ..]) if pattern.matches(line) => {
            Some(1 + length_of(patterns, lines)?)
        }
        _ => None,
    }
}

/// Whether the lines are those that are expected.
fn are_expected(lines: &[&str], expected: &[Expected<'_>]) -> bool {
    match (lines, expected) {
        ([], []) => true,
        (_, [Expected::Other(any), expected @ ..]) if any.is_any_lines() => {
            (0..=lines.len()).any(|skipped| are_expected(&lines[skipped..], expected))
        }
        ([line, lines @ ..], [first, expected @ ..]) => {
            let is_expected = match first {
                Expected::Same(same) => line == same,
                Expected::Other(other) => other.matches(line),
            };
            is_expected && are_expected(lines, expected)
        }
        _ => false,
    }
}

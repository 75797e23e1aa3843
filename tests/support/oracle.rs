//! A second reading of GitLab's rules: words are texts, the table is a list of lines, and the jobs are looked at from the
//! last to the first, again and again, until nothing changes. It shares no code with the program.

/// A job with the state in which it ends if it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) stage: usize,
    pub(crate) when: &'static str,
    pub(crate) needs: Option<Vec<usize>>,
    pub(crate) may_fail: bool,
    /// Whether the user starts it.
    pub(crate) is_started: bool,
    /// `success`, `failed` or `canceled`.
    pub(crate) outcome: &'static str,
}

impl Job {
    /// A job of the first stage that needs no other.
    pub(crate) fn new(when: &'static str, outcome: &'static str) -> Self {
        Self { stage: 0, when, needs: None, may_fail: false, is_started: false, outcome }
    }

    /// The job with `allow_failure`.
    pub(crate) fn excused(self) -> Self {
        Self { may_fail: true, ..self }
    }

    /// The job, which the user starts.
    pub(crate) fn started(self) -> Self {
        Self { is_started: true, ..self }
    }
}

/// A line of the table: only these words may be in the set, one of these must be, and the result.
type Line = (Option<&'static [&'static str]>, Option<&'static [&'static str]>, &'static str);

/// The table for sets of jobs, from its second line.
const LINES: [Line; 11] = [
    (Some(&["skipped", "ignored"]), None, "skipped"),
    (Some(&["success", "skipped", "warning", "ignored"]), None, "success"),
    (Some(&["created", "warning", "ignored"]), None, "created"),
    (Some(&["canceled", "success", "skipped", "warning", "ignored"]), None, "canceled"),
    (Some(&["pending", "created", "skipped", "warning", "ignored"]), None, "pending"),
    (None, Some(&["running", "pending"]), "running"),
    (None, Some(&["waiting_for_resource"]), "waiting_for_resource"),
    (None, Some(&["manual"]), "manual"),
    (None, Some(&["scheduled"]), "scheduled"),
    (None, Some(&["created"]), "running"),
    (None, None, "failed"),
];

pub(crate) const COMPLETE: [&str; 4] = ["success", "failed", "canceled", "skipped"];

/// The word of a job in this state.
pub(crate) fn word(state: &'static str, may_fail: bool) -> &'static str {
    match (state, may_fail) {
        ("failed" | "canceled", true) => "warning",
        ("manual", true) => "ignored",
        _ => state,
    }
}

/// The status of a set of words.
pub(crate) fn status(words: &[&str], are_needs: bool) -> &'static str {
    if words.is_empty() {
        return "success";
    }
    if are_needs && (words.contains(&"skipped") || words.contains(&"ignored")) {
        return "skipped";
    }
    let fits = |(only, any, _): &&Line| {
        only.is_none_or(|only| words.iter().all(|word| only.contains(word)))
            && any.is_none_or(|any| any.iter().any(|word| words.contains(word)))
    };
    LINES.iter().find(fits).unwrap().2
}

/// The state that a created job gets, if it gets one: `skipped`, `manual`, `scheduled` or `pending`.
fn decision(
    jobs: &[Job],
    states: &[&'static str],
    place: usize,
    waits_for_delays: bool,
) -> Option<&'static str> {
    let job = &jobs[place];
    let word_of = |place: usize| word(states[place], jobs[place].may_fail);
    let before = match &job.needs {
        Some(needs) => status(&needs.iter().map(|need| word_of(*need)).collect::<Vec<_>>(), true),
        None => {
            let earlier = (0..jobs.len()).filter(|other| jobs[*other].stage < job.stage);
            status(&earlier.map(word_of).collect::<Vec<_>>(), false)
        }
    };
    if !COMPLETE.contains(&before) {
        return None;
    }
    let good: &[&str] = match (job.when, job.needs.is_some(), job.is_started) {
        ("always", ..) | ("on_failure", _, true) => &["success", "failed", "skipped"],
        ("on_failure", _, false) => &["failed"],
        (_, true, _) => &["success"],
        (_, false, _) => &["success", "skipped"],
    };
    Some(match job.when {
        _ if !good.contains(&before) => "skipped",
        "manual" if !job.is_started => "manual",
        "delayed" if waits_for_delays => "scheduled",
        _ => "pending",
    })
}

/// Decides about created jobs until nothing changes.
pub(crate) fn settle(jobs: &[Job], states: &mut [&'static str], waits_for_delays: bool) {
    let mut has_changed = true;
    while has_changed {
        has_changed = false;
        for place in (0..jobs.len()).rev().filter(|place| states[*place] == "created").collect::<Vec<_>>() {
            if let Some(state) = decision(jobs, states, place, waits_for_delays) {
                states[place] = state;
                has_changed = true;
            }
        }
    }
}

/// The states in which the jobs end: each that starts ends at once, before others are looked at.
pub(crate) fn ends(jobs: &[Job]) -> Vec<&'static str> {
    let mut states = vec!["created"; jobs.len()];
    loop {
        let changes =
            |place: &usize| states[*place] == "created" && decision(jobs, &states, *place, false).is_some();
        let Some(place) = (0..jobs.len()).rev().find(changes) else { return states };
        let state = decision(jobs, &states, place, false).unwrap();
        states[place] = if state == "pending" { jobs[place].outcome } else { state };
    }
}

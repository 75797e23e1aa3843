//! Pipelines: all small ones, and what their jobs may be.

use crate::oracle::Job;

/// Which attributes jobs have. Jobs are the same for others if these see the same words of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attributes {
    /// Every one.
    All,
    /// Without delayed jobs, and jobs that the user starts.
    WithoutDelays,
    /// Without canceled jobs as well, and by symmetry:
    ///
    /// - a job that waits for nothing always starts, so that its `when` matters only if it is skipped or manual;
    /// - a stage exists only if a job in it waits for the earlier ones, because nothing else depends on stages;
    /// - a manual job for which nothing waits is decided as one with `on_success`;
    /// - an excused failure counts for `on_success` jobs alone: those behind it see a word, and not the `when`.
    Fewest,
}

/// What a job may be that others wait for.
pub(super) fn behaviours(attributes: Attributes) -> Vec<Job> {
    let mut all = Vec::new();
    for when in ["on_success", "on_failure", "always"] {
        all.extend([Job::new(when, "success"), Job::new(when, "failed")]);
        if attributes != Attributes::Fewest || when == "on_success" {
            all.push(Job::new(when, "failed").excused());
        }
        if attributes != Attributes::Fewest {
            all.push(Job::new(when, "canceled"));
        }
    }
    all.extend([Job::new("manual", "success"), Job::new("manual", "success").excused()]);
    if attributes == Attributes::All {
        all.extend([Job::new("delayed", "success"), Job::new("delayed", "failed")]);
        all.push(Job::new("delayed", "failed").excused());
        all.push(Job::new("manual", "success").started());
        all.extend([
            Job::new("manual", "failed").started(),
            Job::new("manual", "failed").excused().started(),
        ]);
        all.push(Job::new("on_failure", "success").started());
    }
    all
}

/// What a job may be for which nothing waits: its outcome changes nothing.
fn last_behaviours(attributes: Attributes) -> Vec<Job> {
    let all = behaviours(attributes).into_iter();
    let is_meant = |job: &Job| match job.when {
        "manual" => attributes != Attributes::Fewest && !job.may_fail,
        _ => job.outcome == "success",
    };
    all.filter(is_meant).collect()
}

/// What a job may be that waits for nothing.
fn first_behaviours(attributes: Attributes) -> Vec<Job> {
    let all = behaviours(attributes).into_iter();
    let counts = |job: &Job| match job.when {
        "always" => false,
        "on_failure" => job.outcome == "success",
        _ => true,
    };
    all.filter(|job| attributes != Attributes::Fewest || counts(job)).collect()
}

/// Gives `check` every pipeline of `count` jobs. A job needs only jobs before it: their order in a stage is free, so that
/// every pipeline without a circle has such an order.
pub(super) fn every_pipeline(count: usize, attributes: Attributes, check: &mut impl FnMut(&[Job])) {
    // A bit for each job behind the first one: whether it begins a stage.
    for begins in 0_usize..1 << (count - 1) {
        let stages: Vec<usize> =
            (0..count).map(|place| (begins & ((1 << place) - 1)).count_ones() as usize).collect();
        let options: Vec<Vec<Job>> = (0..count).map(|place| options(place, &stages, attributes)).collect();
        product(&options, &mut Vec::new(), &mut |jobs: &[Job]| {
            let is_used = |stage: &usize| jobs.iter().any(|job| job.stage == *stage && job.needs.is_none());
            if attributes != Attributes::Fewest || (1..=stages[count - 1]).all(|stage| is_used(&stage)) {
                check(jobs);
            }
        });
    }
}

/// Everything that the job at `place` may be.
fn options(place: usize, stages: &[usize], attributes: Attributes) -> Vec<Job> {
    let is_first_stage = stages[place] == 0;
    let by_stage = (!is_first_stage || attributes != Attributes::Fewest).then_some(None);
    let by_needs = (0_usize..1 << place)
        .map(|set| Some((0..place).filter(|need| set & 1 << need != 0).collect::<Vec<_>>()));
    let is_last = place + 1 == stages.len();
    let mut all = Vec::new();
    for needs in by_stage.into_iter().chain(by_needs) {
        let waits_for_nothing = needs.as_ref().map_or(is_first_stage, Vec::is_empty);
        let behaviours = match waits_for_nothing {
            _ if is_last => last_behaviours(attributes),
            true => first_behaviours(attributes),
            false => behaviours(attributes),
        };
        let stage = stages[place];
        all.extend(behaviours.into_iter().map(|job| Job { stage, needs: needs.clone(), ..job }));
    }
    all
}

fn product(options: &[Vec<Job>], chosen: &mut Vec<Job>, check: &mut impl FnMut(&[Job])) {
    let Some((first, rest)) = options.split_first() else { return check(chosen) };
    for option in first {
        chosen.push(option.clone());
        product(rest, chosen, check);
        chosen.pop();
    }
}

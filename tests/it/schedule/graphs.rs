//! Pipelines: all small ones, and random larger ones.

use super::oracle::Job;

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

/// A job as far as its attributes go.
fn job(when: &'static str, outcome: &'static str) -> Job {
    Job { stage: 0, when, needs: None, may_fail: false, is_started: false, outcome }
}

fn excused(job: Job) -> Job {
    Job { may_fail: true, ..job }
}

fn started(job: Job) -> Job {
    Job { is_started: true, ..job }
}

/// What a job may be that others wait for.
fn behaviours(attributes: Attributes) -> Vec<Job> {
    let mut all = Vec::new();
    for when in ["on_success", "on_failure", "always"] {
        all.extend([job(when, "success"), job(when, "failed")]);
        if attributes != Attributes::Fewest || when == "on_success" {
            all.push(excused(job(when, "failed")));
        }
        if attributes != Attributes::Fewest {
            all.push(job(when, "canceled"));
        }
    }
    all.extend([job("manual", "success"), excused(job("manual", "success"))]);
    if attributes == Attributes::All {
        all.extend([job("delayed", "success"), job("delayed", "failed"), excused(job("delayed", "failed"))]);
        all.extend([started(job("manual", "success")), started(excused(job("manual", "failed")))]);
        all.extend([started(job("manual", "failed")), started(job("on_failure", "success"))]);
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

/// A generator of numbers that are the same in every run (xorshift).
pub(super) struct Random(pub(super) u64);

impl Random {
    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// A pipeline in which needs go from any job to any other of its stage or of an earlier one, without circles.
    pub(super) fn pipeline(&mut self, count: usize) -> Vec<Job> {
        let all = behaviours(Attributes::All);
        // Which of two jobs of a stage may need the other: the one with the larger rank.
        let ranks: Vec<usize> = (0..count).map(|_| self.below(1000)).collect();
        let mut stages: Vec<usize> = (0..count).map(|_| self.below(4)).collect();
        stages.sort_unstable();
        let job = |place: usize| {
            let may_need = |other: &usize| (stages[*other], ranks[*other]) < (stages[place], ranks[place]);
            let mut needs: Vec<usize> = (0..count).filter(may_need).collect();
            needs.retain(|_| self.below(3) == 0);
            let needs = (self.below(3) != 0).then_some(needs);
            // Half of the jobs pass, so that the pipeline goes on.
            let plain = job("on_success", "success");
            let job = if self.below(2) == 0 { plain } else { all[self.below(all.len())].clone() };
            Job { stage: stages[place], needs, ..job }
        };
        (0..count).map(job).collect()
    }
}

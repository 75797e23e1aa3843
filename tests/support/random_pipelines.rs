//! Random pipelines, which are the same in every run.

use crate::oracle::Job;

/// A generator of numbers (xorshift) that starts from a seed, which is not 0.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// A pipeline in which needs go from any job to any other of its stage or of an earlier one, without circles. Half of
    /// the jobs pass, so that the pipeline goes on; the others are like one of `others`.
    pub(crate) fn pipeline(&mut self, count: usize, others: &[Job]) -> Vec<Job> {
        // Which of two jobs of a stage may need the other: the one with the larger rank.
        let ranks: Vec<usize> = (0..count).map(|_| self.below(1000)).collect();
        let mut stages: Vec<usize> = (0..count).map(|_| self.below(4)).collect();
        stages.sort_unstable();
        let job = |place: usize| {
            let may_need = |other: &usize| (stages[*other], ranks[*other]) < (stages[place], ranks[place]);
            let mut needs: Vec<usize> = (0..count).filter(may_need).collect();
            needs.retain(|_| self.below(3) == 0);
            let needs = (self.below(3) != 0).then_some(needs);
            let job = if self.below(2) == 0 {
                Job::new("on_success", "success")
            } else {
                others[self.below(others.len())].clone()
            };
            Job { stage: stages[place], needs, ..job }
        };
        (0..count).map(job).collect()
    }
}

//! The identity of a job within its run: the job id and the slot.
//!
//! Invariant: two jobs that run at the same time differ in both.

#![warn(missing_docs)]

use std::fmt;

/// The room for job ids between two pipeline ids. Pipeline ids are seconds since 1970, so job ids stay below 2^53, the
/// largest integer that every JSON parser reads exactly.
const JOBS_PER_PIPELINE: u64 = 1_000;

/// A number, from 0, that is unique among the jobs that run at the same time: GitLab Runner's concurrent id. Names of
/// containers and persistent volumes derive from it, so concurrent jobs do not share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(usize);

/// The store in which slots are counted. Two jobs of different stores may have one slot at the same time, so that what is
/// kept for a slot belongs to the store, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SlotStore {
    /// The store has not been opened: the job is only shown.
    #[default]
    Unopened,
    /// The store with this random text.
    Opened(String),
    /// There is no usable store, so that nothing can be kept for a slot.
    Missing,
}

/// The id and the slot of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobIdentity {
    /// `CI_JOB_ID`.
    pub job_id: u64,
    /// `CI_CONCURRENT_ID`.
    pub slot: Slot,
}

impl Slot {
    /// The slot of a job that runs alone.
    pub const FIRST: Self = Self(0);

    /// The slot with that number.
    pub const fn new(number: usize) -> Self {
        Self(number)
    }

    /// Its number, from 0.
    pub const fn number(self) -> usize {
        self.0
    }
}

impl SlotStore {
    /// The text of the store, if it is open.
    pub fn identity(&self) -> Option<&str> {
        match self {
            Self::Opened(identity) => Some(identity),
            Self::Unopened | Self::Missing => None,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl JobIdentity {
    /// The identity of the pipeline's job with that running number, from 1, which runs in `slot`.
    pub fn new(pipeline_id: u64, number: u64, slot: Slot) -> Self {
        let job_id = pipeline_id.saturating_mul(JOBS_PER_PIPELINE).saturating_add(number);
        Self { job_id, slot }
    }

    /// The identity of a job that runs without any other job of its pipeline.
    pub fn alone(pipeline_id: u64) -> Self {
        Self::new(pipeline_id, 1, Slot::FIRST)
    }
}

/// The running number, from 1, of the job with that id in its pipeline.
pub(super) fn number_of(job_id: u64) -> u64 {
    job_id % JOBS_PER_PIPELINE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_ids_are_numbered_within_their_pipeline_and_exact_in_json() {
        let last = 99_999_999_999;
        let ids = [1, 2].map(|number| JobIdentity::new(last, number, Slot::FIRST).job_id);
        assert_eq!(ids, [99_999_999_999_001, 99_999_999_999_002]);
        assert!(ids[1] < 1 << 53, "the year 5138 is safe");
        assert_eq!(ids.map(number_of), [1, 2]);
        assert_ne!(JobIdentity::alone(last).job_id, JobIdentity::alone(last + 1).job_id);
    }

    #[test]
    fn a_slot_is_written_as_its_number() {
        assert_eq!((Slot::new(7).to_string(), Slot::FIRST.number()), ("7".to_owned(), 0));
    }
}

//! Which jobs, fully resolved: configuration model and facts in, immutable plans out.

pub mod job_plan;

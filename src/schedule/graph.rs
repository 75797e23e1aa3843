//! The jobs of a pipeline, and which of them wait for which.

use std::collections::BTreeSet;

use crate::pipeline::when::When;

/// The jobs of a pipeline in its order: by their stages, then by their places in the file, then by their instances.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobGraph {
    /// The jobs. Others name them by their places in this list.
    pub jobs: Vec<JobNode>,
}

/// A job as far as the order of the jobs depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobNode {
    /// Its name, for the reasons of states.
    pub name: String,
    /// The place of its stage in the pipeline. It is not less than that of the job before.
    pub stage: usize,
    /// When it starts.
    pub when: When,
    /// The places of the jobs that it needs, as far as the pipeline has them; `None` for a job that waits for all
    /// earlier stages.
    pub needs: Option<Vec<usize>>,
    /// Whether the pipeline goes on without it: `allow_failure`, which `when: manual` of the job implies. Exit codes that
    /// are allowed do not count before the job has ended with one of them.
    pub may_fail: bool,
    /// Whether it starts another pipeline (`trigger`), which does not happen here: it passes when its turn comes.
    pub is_trigger: bool,
}

impl JobGraph {
    /// The jobs that the job waits for: its needs, or else all jobs of earlier stages.
    pub fn before(&self, job: usize) -> Vec<usize> {
        let Some(node) = self.jobs.get(job) else { return Vec::new() };
        match &node.needs {
            Some(needs) => needs.clone(),
            None => self.places(|other| other.stage < node.stage).collect(),
        }
    }

    /// These jobs, and all that they wait for, directly or over others.
    pub fn with_all_before(&self, jobs: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut all = jobs.clone();
        let mut waiting: Vec<usize> = jobs.iter().copied().collect();
        while let Some(job) = waiting.pop() {
            waiting.extend(self.before(job).into_iter().filter(|before| all.insert(*before)));
        }
        all
    }

    /// The places of the jobs in the order in which they are decided: by their stages, and in each stage behind the jobs
    /// that they need. Jobs that need each other in a circle come last in their stage; a pipeline has none of them.
    pub fn decision_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.jobs.len());
        let mut visits = vec![Visit::None; self.jobs.len()];
        for job in 0..self.jobs.len() {
            self.visit(job, &mut visits, &mut order);
        }
        order
    }

    /// Appends the job to the order, behind the jobs of its stage that it needs. Earlier stages are in the order already.
    fn visit(&self, job: usize, visits: &mut [Visit], order: &mut Vec<usize>) {
        let mut path = vec![(job, self.same_stage_needs(job))];
        while let Some((job, needs)) = path.last_mut() {
            let (job, next) = (*job, needs.pop());
            match (next, visits.get_mut(job)) {
                (_, None) => drop(path.pop()),
                (_, Some(Visit::Done)) => drop(path.pop()),
                (Some(need), Some(visit)) => {
                    *visit = Visit::Begun;
                    if visits.get(need) == Some(&Visit::None) {
                        path.push((need, self.same_stage_needs(need)));
                    }
                }
                (None, Some(visit)) => {
                    *visit = Visit::Done;
                    order.push(job);
                    path.pop();
                }
            }
        }
    }

    /// The needs in the job's own stage, the first one last.
    fn same_stage_needs(&self, job: usize) -> Vec<usize> {
        let Some(node) = self.jobs.get(job) else { return Vec::new() };
        let is_same = |need: &usize| self.jobs.get(*need).is_some_and(|other| other.stage == node.stage);
        node.needs.iter().flatten().copied().filter(is_same).rev().collect()
    }

    fn places(&self, is_meant: impl Fn(&JobNode) -> bool) -> impl Iterator<Item = usize> {
        self.jobs.iter().enumerate().filter(move |(_, node)| is_meant(node)).map(|(place, _)| place)
    }
}

/// How far a job is on its way into the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    None,
    Begun,
    Done,
}

#[cfg(test)]
mod tests {
    use crate::schedule::testing::graph;

    #[test]
    fn a_job_is_decided_behind_its_needs_and_behind_earlier_stages() {
        let order = |text| graph(text).decision_order();
        assert_eq!(order("a 0; b 0 needs c; c 0 needs d; d 0; e 1"), [0, 3, 2, 1, 4]);
        assert_eq!(order("a 0; b 1 needs a; c 1; d 2 needs b c"), [0, 1, 2, 3]);
    }

    #[test]
    fn a_circle_does_not_stop_the_others() {
        let mut order = graph("a 0 needs b; b 0 needs a; c 0").decision_order();
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2]);
    }

    #[test]
    fn a_job_waits_for_its_needs_or_for_all_earlier_stages() {
        let graph = graph("a 0; b 0; c 1; d 2; e 2 needs a; f 2 needs");
        let before: Vec<Vec<usize>> = (0..6).map(|job| graph.before(job)).collect();
        assert_eq!(before, [vec![], vec![], vec![0, 1], vec![0, 1, 2], vec![0], vec![]]);
    }

    #[test]
    fn a_job_has_jobs_before_it_over_others() {
        let graph = graph("a 0; b 0; c 1 needs b; d 2 needs c; e 2; f 2 needs");
        let all = |jobs: &[usize]| -> Vec<usize> {
            graph.with_all_before(&jobs.iter().copied().collect()).into_iter().collect()
        };
        assert_eq!(all(&[3]), [1, 2, 3]);
        assert_eq!(all(&[4, 5]), [0, 1, 2, 4, 5]);
        assert_eq!(all(&[5]), [5]);
    }
}

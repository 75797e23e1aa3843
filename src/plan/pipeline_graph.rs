//! The pipeline of this branch or tag: its jobs in their order, and the graph of what they wait for.

#![warn(missing_docs)]

use std::collections::{BTreeSet, HashMap, HashSet};

use super::decision::Decision;
use super::needs::missing_needs;
use super::selection::Selector;
use crate::pipeline::Pipeline;
use crate::pipeline::allow_failure::AllowFailure;
use crate::pipeline::job::JobKind;
use crate::pipeline::job_checks::describe_circle;
use crate::pipeline::stages;
use crate::schedule::graph::{JobGraph, JobNode};
use crate::source::diagnostic::{Code, Diagnostic, Severity};

/// The jobs of the pipeline, by their stages, then by their places in the file, then by their instances.
pub struct PipelineGraph<'s> {
    /// The decisions about the jobs, in the order of the graph.
    pub decisions: Vec<Decision<'s>>,
    /// What the jobs wait for.
    pub graph: JobGraph,
}

impl<'s> PipelineGraph<'s> {
    /// Selects the jobs of the pipeline, and finds what they wait for.
    ///
    /// # Errors
    /// GitLab would not create this pipeline: a job is invalid, the rules leave no job or only jobs of `.pre` and `.post`, or
    /// a job needs one that the pipeline does not have, or that waits for it.
    pub fn new(pipeline: &'s Pipeline, selector: &'s Selector<'s>) -> Result<Self, Vec<Diagnostic>> {
        let broken: Vec<Diagnostic> = pipeline.broken.values().flatten().cloned().collect();
        if broken.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(broken);
        }
        if let Some(workflow) = selector.without_pipeline() {
            let problem = Diagnostic::error(Code::InvalidConfig, "Pipeline filtered out by workflow rules.");
            return Err(vec![problem.help(format!("`workflow:rules` decide so: {}", workflow.why))]);
        }
        let mut jobs: Vec<_> = pipeline.jobs.values().map(|job| (selector.stage(job), job)).collect();
        // The sort is stable: within a stage the order of the file stays.
        jobs.sort_by_key(|(stage, _)| *stage);
        let decisions = jobs.into_iter().map(|(_, job)| selector.decide(job));
        let decisions: Vec<Decision<'s>> = decisions.filter(Decision::is_in_pipeline).collect();
        check_creation(&decisions)?;
        let graph = graph(&decisions, selector);
        match find_circle(&graph) {
            Some(circle) => Err(vec![circle_error(&circle, &decisions)]),
            None => Ok(Self { decisions, graph }),
        }
    }

    /// The names of the stages that have jobs, each with the places of its jobs in the graph.
    pub fn stages(&self) -> Vec<(&'s str, Vec<usize>)> {
        let mut stages: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, decision) in self.decisions.iter().enumerate() {
            match stages.last_mut().filter(|(stage, _)| *stage == decision.job.stage) {
                Some((_, places)) => places.push(place),
                None => stages.push((&decision.job.stage, vec![place])),
            }
        }
        stages
    }

    /// The pipeline as if it had these jobs alone. What they wait for otherwise counts as not written.
    #[must_use]
    pub fn restricted_to(mut self, places: &BTreeSet<usize>) -> Self {
        let new_places: HashMap<usize, usize> =
            places.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let mut place = 0..;
        self.decisions.retain(|_| place.next().is_some_and(|place| places.contains(&place)));
        let mut place = 0..;
        self.graph.jobs.retain(|_| place.next().is_some_and(|place| places.contains(&place)));
        for needs in self.graph.jobs.iter_mut().filter_map(|node| node.needs.as_mut()) {
            *needs = needs.iter().filter_map(|need| new_places.get(need).copied()).collect();
        }
        self
    }
}

/// Whether GitLab would create a pipeline of these jobs.
fn check_creation(decisions: &[Decision<'_>]) -> Result<(), Vec<Diagnostic>> {
    if decisions.iter().all(|decision| [stages::FIRST, stages::LAST].contains(&&*decision.job.stage)) {
        let message = "Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from \
                       being added to the pipeline.";
        let help = match decisions {
            [] => "`runner-lite list --all` says why each job is left out",
            _ => "all of its jobs are in the stages .pre and .post, and these alone do not make a pipeline",
        };
        return Err(vec![Diagnostic::error(Code::InvalidConfig, message).help(help)]);
    }
    let missing = missing_needs(decisions).into_iter();
    let missing: Vec<_> =
        missing.map(|problem| Diagnostic { severity: Severity::Error, ..problem }).collect();
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

fn graph(decisions: &[Decision<'_>], selector: &Selector<'_>) -> JobGraph {
    let mut places: HashMap<&str, BTreeSet<usize>> = HashMap::new();
    for (place, decision) in decisions.iter().enumerate() {
        for name in [&decision.job.name.value, &decision.job.group] {
            places.entry(name).or_default().insert(place);
        }
    }
    let node = |decision: &Decision<'_>| {
        let needs = decision.needs().map(|needs| {
            let named = needs.iter().filter_map(|need| places.get(&*need.job)).flatten();
            named.copied().collect::<BTreeSet<usize>>().into_iter().collect()
        });
        JobNode {
            name: decision.job.name.value.clone(),
            // A stage that is not in the list is an error of the job.
            stage: selector.stage(decision.job).unwrap_or_default(),
            when: decision.selection.when,
            needs,
            may_fail: matches!(decision.allow_failure(), AllowFailure::Yes | AllowFailure::Manual),
            is_trigger: decision.job.kind == JobKind::Trigger,
        }
    };
    JobGraph { jobs: decisions.iter().map(node).collect() }
}

/// Jobs that need each other in a circle. Needs of jobs have been checked, but not those of their rules.
fn find_circle(graph: &JobGraph) -> Option<Vec<usize>> {
    let needs =
        |place: usize| graph.jobs.get(place).and_then(|node| node.needs.as_deref()).unwrap_or_default();
    let mut left: HashSet<usize> = HashSet::new();
    // In this order a job is behind its needs, unless it is in a circle or waits for one.
    let mut seen: HashSet<usize> = HashSet::new();
    for place in graph.decision_order() {
        if !needs(place).iter().all(|need| seen.contains(need) && !left.contains(need)) {
            left.insert(place);
        }
        seen.insert(place);
    }
    let mut place = *left.iter().min()?;
    let mut path: Vec<usize> = Vec::new();
    loop {
        if let Some(start) = path.iter().position(|other| *other == place) {
            return Some(path.split_off(start));
        }
        path.push(place);
        place = *needs(place).iter().find(|need| left.contains(need))?;
    }
}

fn circle_error(circle: &[usize], decisions: &[Decision<'_>]) -> Diagnostic {
    let jobs: Vec<&Decision<'_>> = circle.iter().filter_map(|place| decisions.get(*place)).collect();
    let names: Vec<&str> = jobs.iter().map(|decision| &*decision.job.name.value).collect();
    let message = format!("The pipeline has circular dependencies: {}", describe_circle(&names));
    let mut problem = Diagnostic::error(Code::InvalidConfig, message);
    for decision in jobs {
        let is_in_circle = |name: &str| {
            let is_named = |job: &&Decision<'_>| job.job.name.value == name || job.job.group == name;
            circle.iter().filter_map(|place| decisions.get(*place)).any(|job| is_named(&job))
        };
        let need = decision.needs().unwrap_or_default().iter().find(|need| is_in_circle(&need.job));
        if let Some(need) = need {
            problem = problem.label(need.span, "this need is never met");
        }
    }
    problem.help("remove one of these needs")
}

#[cfg(test)]
mod tests;

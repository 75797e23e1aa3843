//! Checks across jobs: stages, `needs` and `dependencies` must exist and be in the right order.
//!
//! GitLab checks this last, after each job by itself. If an include could not be read, what is missing may be in it,
//! and is only a warning.

use std::collections::{HashMap, HashSet};
use std::convert::identity;

use indexmap::{IndexMap, IndexSet};

use super::decode::suggest;
use super::include::mention_missing_includes;
use super::job::Job;
use super::needs::Need;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::map::Span;

/// The most jobs that a job can need; GitLab's limit.
const NEEDS_MAX: usize = 50;

/// The most jobs of a circle that a message names.
const SHOWN_MAX: usize = 10;

/// The jobs and stages of a pipeline, for looking up names.
struct JobChecker<'p> {
    /// One job of each group under the name of the group, and every instance under its own name.
    jobs: HashMap<&'p str, &'p Job>,
    /// Invalid jobs exist, but nothing is known about their stages and needs.
    broken: HashSet<&'p str>,
    stages: HashMap<&'p str, usize>,
    /// The stages, as GitLab's message lists them.
    stage_list: String,
    missing_includes: &'p [String],
}

/// Checks all jobs against each other. The diagnostics are listed by group. `broken` has what is wrong with invalid jobs,
/// and what could be decoded of them.
pub(super) fn check_jobs(
    jobs: &IndexMap<String, Job>,
    (broken, partial): (&IndexMap<String, Diagnostics>, &[Job]),
    stages: &[String],
    missing_includes: &[String],
) -> IndexMap<String, Diagnostics> {
    let mut by_name: HashMap<&str, &Job> = HashMap::with_capacity(jobs.len());
    let mut groups = Vec::new();
    for (name, job) in jobs {
        // Instances of a group differ only in their needs.
        if by_name.get(&*job.group).is_none_or(|first| first.needs != job.needs) {
            groups.push(job);
        }
        by_name.entry(&*job.group).or_insert(job);
        by_name.insert(name, job);
    }
    let checker = JobChecker {
        jobs: by_name,
        broken: broken.keys().map(String::as_str).collect(),
        stages: stages.iter().enumerate().map(|(place, stage)| (&**stage, place)).collect(),
        stage_list: stages.join(", "),
        missing_includes,
    };
    let mut all: IndexMap<String, Diagnostics> = IndexMap::new();
    let mut add = |job: &Job, problem: Diagnostic| all.entry(job.group.clone()).or_default().push(problem);
    for job in &groups {
        checker.check_job(job).into_iter().for_each(|problem| add(job, problem));
    }
    for job in partial {
        checker.check_broken(job, broken.get(&job.group)).into_iter().for_each(|problem| add(job, problem));
    }
    groups.dedup_by(|next, first| next.group == first.group);
    for (job, problem) in checker.find_circles(&groups) {
        add(job, problem);
    }
    all
}

impl JobChecker<'_> {
    fn check_job(&self, job: &Job) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if let Some(problem) = self.check_stage(job) {
            found.push(problem);
        }
        let of_rules = job.rules.iter().flatten().filter_map(|rule| rule.needs.as_deref());
        for needs in job.needs.as_deref().into_iter().chain(of_rules) {
            found.extend(
                needs.iter().filter(|need| !need.optional).filter_map(|need| self.check_need(job, need)),
            );
            found.extend(find_duplicate_need(job, needs));
            found.extend(self.check_needs_count(job, needs));
        }
        found.extend(self.check_on_stop(job));
        for (name, span) in job.dependencies.iter().flatten() {
            found.extend(self.check_dependency(job, name, *span));
        }
        found
    }

    /// Checks what could be decoded of an invalid job, unless the error is about its stage, on which the others depend.
    fn check_broken(&self, job: &Job, known: Option<&Diagnostics>) -> Vec<Diagnostic> {
        let labels = || known.into_iter().flatten().flat_map(|problem| &problem.labels);
        if job.stage_span.is_some_and(|stage| labels().any(|label| label.span == stage)) {
            return Vec::new();
        }
        let mut found = self.check_job(job);
        // The values of a matrix are filled in for valid jobs alone.
        found.retain(|problem| !problem.message.contains("$[["));
        found
    }

    fn stage_position(&self, job: &Job) -> Option<usize> {
        self.stages.get(&*job.stage).copied()
    }

    fn check_stage(&self, job: &Job) -> Option<Diagnostic> {
        if self.stages.is_empty() || self.stages.contains_key(&*job.stage) {
            return None;
        }
        let message = format!(
            "{} job: chosen stage {} does not exist; available stages are {}",
            job.group, job.stage, self.stage_list
        );
        let remark = match job.stage_span {
            Some(_) => "no such stage",
            None => "a job without `stage` is in stage test",
        };
        let problem = self.missing(message, job.stage_span.unwrap_or(job.name.span), remark);
        let names = self.stages.keys().copied();
        Some(self.advise_missing(
            suggest(problem, &job.stage, names, identity),
            "add it to `stages`, or choose one of these",
        ))
    }

    fn check_need(&self, job: &Job, need: &Need) -> Option<Diagnostic> {
        let Some(other) = self.jobs.get(&*need.job) else {
            return self.unknown_name(job, "need", &need.job, need.span);
        };
        let is_later = self.stage_position(other)? > self.stage_position(job)?;
        is_later.then(|| {
            let message =
                format!("{} job: need {} is not defined in current or prior stages", job.group, need.job);
            self.later_stage(message, need.span, job, other)
        })
    }

    /// A need of a parallel job counts once for each of its instances.
    fn check_needs_count(&self, job: &Job, needs: &[Need]) -> Option<Diagnostic> {
        let count = |need: &Need| {
            let other = self.jobs.get(&*need.job).filter(|other| other.group == need.job);
            other.and_then(|other| other.instance).map_or(1, |instance| instance.total)
        };
        let total: usize = needs.iter().map(count).sum();
        let last = needs.last().filter(|_| total > NEEDS_MAX)?;
        let message = format!(
            "{}: one job can only need {NEEDS_MAX} others, but you have listed {total}. See needs keyword \
             documentation for more details",
            job.name.value
        );
        let problem = Diagnostic::error(Code::InvalidConfig, message).label(last.span, "one of these needs");
        Some(problem.help("remove `needs`, so that the job waits for the earlier stages"))
    }

    fn check_dependency(&self, job: &Job, name: &str, span: Span) -> Option<Diagnostic> {
        let Some(other) = self.jobs.get(name) else {
            return self.unknown_name(job, "dependency", name, span);
        };
        let (place, of_job) = (self.stage_position(other)?, self.stage_position(job)?);
        // A job with `needs` does not wait for earlier stages, so it may depend on a job of its own stage.
        let is_later = if job.needs.is_some() { place > of_job } else { place >= of_job };
        is_later.then(|| {
            let stages = if job.needs.is_some() { "current or prior stages" } else { "prior stages" };
            let message = format!("{} job: dependency {name} is not defined in {stages}", job.group);
            self.later_stage(message, span, job, other)
        })
    }

    /// The job that stops an environment must be there, and stop that environment.
    fn check_on_stop(&self, job: &Job) -> Option<Diagnostic> {
        let environment = job.environment.as_ref()?;
        let on_stop = environment.on_stop.as_ref()?;
        let Some(other) = self.jobs.get(&*on_stop.value) else {
            if self.broken.contains(&*on_stop.value) {
                return None;
            }
            let message = format!("{} job: on_stop job {} is not defined", job.group, on_stop.value);
            let problem = self.missing(message, on_stop.span, "no job has this name");
            let names = self.jobs.keys().chain(&self.broken).copied();
            let problem = suggest(problem, &on_stop.value, names, identity);
            return Some(self.advise_missing(problem, "name the job that stops the environment"));
        };
        let (problem, advice) = match &other.environment {
            None => {
                ("does not have environment defined", "write `environment: {name: …, action: stop}` in it")
            }
            Some(stopped) if stopped.name != environment.name => {
                ("have different environment name", "write the same `environment:name` in both jobs")
            }
            Some(stopped) if stopped.action != "stop" => {
                ("needs to have action stop defined", "write `action: stop` in its `environment`")
            }
            Some(_) => return None,
        };
        let message = format!("{} job: on_stop job {} {problem}", job.group, on_stop.value);
        let problem = Diagnostic::error(Code::InvalidConfig, message).label(on_stop.span, "");
        Some(problem.label(other.name.span, "this job").help(advice))
    }

    fn unknown_name(&self, job: &Job, what: &str, name: &str, span: Span) -> Option<Diagnostic> {
        if self.broken.contains(name) {
            return None;
        }
        let message = format!("{} job: undefined {what}: {name}", job.group);
        let names = self.jobs.keys().chain(&self.broken).copied().filter(|name| *name != job.group);
        let problem = suggest(self.missing(message, span, "no job has this name"), name, names, identity);
        let advice = match what {
            "need" => "`optional: true` is for jobs that do not always exist",
            _ => "remove it, or name a job of an earlier stage",
        };
        Some(self.advise_missing(problem, advice))
    }

    fn later_stage(&self, message: String, span: Span, job: &Job, other: &Job) -> Diagnostic {
        let remark = format!("it is in stage {}, after stage {}", other.stage, job.stage);
        let problem = Diagnostic::error(Code::InvalidConfig, message).label(span, remark);
        problem
            .label(other.name.span, "this one")
            .help("change the stage of one of them, or the order of `stages`")
    }

    /// Adds a help text for something missing: `otherwise` is used if neither a similar name nor an include is
    /// suggested.
    fn advise_missing(&self, problem: Diagnostic, otherwise: &str) -> Diagnostic {
        let problem = mention_missing_includes(problem, self.missing_includes);
        if problem.help.is_some() { problem } else { problem.help(otherwise) }
    }

    /// Something does not exist. This is an error, but only a warning if an include that was not read may define it.
    fn missing(&self, message: String, span: Span, remark: &str) -> Diagnostic {
        let severity = if self.missing_includes.is_empty() { Severity::Error } else { Severity::Warning };
        let problem = Diagnostic { severity, ..Diagnostic::error(Code::InvalidConfig, message) };
        problem.label(span, remark)
    }

    /// Finds circles of `needs`, and reports each circle at every job in it.
    fn find_circles<'j>(&self, groups: &[&'j Job]) -> Vec<(&'j Job, Diagnostic)> {
        let by_group: HashMap<&str, &'j Job> = groups.iter().map(|job| (&*job.group, *job)).collect();
        let group = |name: &str| self.jobs.get(name).map(|job| &*job.group);
        let needs = |job: &Job| -> Vec<&str> {
            job.needs.iter().flatten().filter_map(|need| group(&need.job)).collect()
        };
        let mut graph = NeedsGraph::new(groups.iter().map(|job| (&*job.group, needs(job))));
        let mut found = Vec::new();
        while let Some(circle) = graph.find_circle() {
            let message = format!("The pipeline has circular dependencies: {}", describe_circle(&circle));
            let members: HashSet<&str> = circle.iter().copied().collect();
            for job in circle.iter().filter_map(|name| by_group.get(name)) {
                let next = |need: &&Need| group(&need.job).is_some_and(|name| members.contains(name));
                let span = job.needs.iter().flatten().find(next).map_or(job.name.span, |need| need.span);
                let problem = Diagnostic::error(Code::InvalidConfig, message.clone());
                let problem = problem.label(span, "this need is never met");
                found.push((*job, problem.help("remove one of these needs")));
            }
            circle.iter().for_each(|name| graph.remove(name));
        }
        found
    }
}

fn find_duplicate_need(job: &Job, needs: &[Need]) -> Option<Diagnostic> {
    let mut seen: HashSet<&str> = HashSet::new();
    let again = needs.iter().find(|need| !seen.insert(&need.job))?;
    let message = format!("{} has the following needs duplicated: {}.", job.group, again.job);
    let problem = Diagnostic::error(Code::InvalidConfig, message).label(again.span, "needed a second time");
    Some(problem.help("remove one of them"))
}

/// Writes a circle as `a → b → a`, and shortens a long one.
pub fn describe_circle(circle: &[&str]) -> String {
    let mut names: Vec<&str> = circle.iter().take(SHOWN_MAX).copied().collect();
    if circle.len() > SHOWN_MAX {
        names.push("…");
    }
    names.extend(circle.first());
    names.join(" → ")
}

/// The graph of `needs`. A job that waits for no job in the graph is removed; each job that remains is in a circle,
/// or waits for one that is.
struct NeedsGraph<'n> {
    /// How many needs of each job are still in the graph.
    waits: IndexMap<&'n str, usize>,
    needs: HashMap<&'n str, Vec<&'n str>>,
    needed_by: HashMap<&'n str, Vec<&'n str>>,
}

impl<'n> NeedsGraph<'n> {
    fn new(nodes: impl Iterator<Item = (&'n str, Vec<&'n str>)>) -> Self {
        let mut graph = Self { waits: IndexMap::new(), needs: HashMap::new(), needed_by: HashMap::new() };
        for (name, needs) in nodes {
            graph.waits.insert(name, needs.len());
            needs.iter().for_each(|need| graph.needed_by.entry(need).or_default().push(name));
            graph.needs.insert(name, needs);
        }
        let free: Vec<&str> =
            graph.waits.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
        free.into_iter().for_each(|name| graph.remove(name));
        graph
    }

    /// Removes a job, and every job that then waits for nothing.
    fn remove(&mut self, name: &str) {
        let mut free = vec![name];
        let mut next: Vec<&'n str> = Vec::new();
        while let Some(name) = free.pop().or_else(|| next.pop()) {
            if self.waits.swap_remove(name).is_none() {
                continue;
            }
            for waiting in self.needed_by.get(name).into_iter().flatten() {
                if let Some(count) = self.waits.get_mut(waiting) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        next.push(waiting);
                    }
                }
            }
        }
    }

    /// Finds a circle among the remaining jobs.
    fn find_circle(&self) -> Option<Vec<&'n str>> {
        let mut name: &'n str = self.waits.keys().min()?;
        let mut path: IndexSet<&'n str> = IndexSet::new();
        loop {
            if let Some(start) = path.get_index_of(name) {
                return Some(path.drain(start..).collect());
            }
            path.insert(name);
            name = self.needs.get(name)?.iter().find(|need| self.waits.contains_key(*need))?;
        }
    }
}

#[cfg(test)]
mod tests;

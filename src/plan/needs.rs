//! Dependencies between jobs: missing `needs`, and the jobs whose artifacts GitLab would download.

use std::collections::{HashMap, HashSet};

use indexmap::IndexSet;

use super::decision::Decision;
use super::selection::Selector;
use crate::pipeline::Pipeline;
use crate::pipeline::job::Job;
use crate::pipeline::when::When;
use crate::source::diagnostic::{Code, Diagnostic};

/// The names of the instances of each parallel job, by the job's name in the file.
#[derive(Debug)]
pub struct ParallelInstances<'p>(HashMap<&'p str, Vec<&'p str>>);

impl<'p> ParallelInstances<'p> {
    /// Collects the instances of all parallel jobs.
    pub fn of(pipeline: &'p Pipeline) -> Self {
        let mut groups: HashMap<&str, Vec<&str>> = HashMap::new();
        for job in pipeline.jobs.values().filter(|job| job.instance.is_some()) {
            groups.entry(&job.group).or_default().push(&job.name.value);
        }
        Self(groups)
    }

    /// The jobs that a name in `needs` means: a single job, or every instance of a parallel one.
    pub fn named(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(instances) => instances.iter().map(|name| (*name).to_owned()).collect(),
            None => vec![name.to_owned()],
        }
    }
}

/// The jobs, by their group names, whose artifacts GitLab would download before the job starts: those in its `needs`
/// and `dependencies`, or else all jobs of earlier stages.
pub fn artifacts_of<'p>(
    decision: &Decision<'_>,
    pipeline: &'p Pipeline,
    selector: &Selector<'p>,
) -> Vec<&'p str> {
    let job = decision.job;
    let needed: Option<Vec<&str>> = decision
        .needs()
        .map(|needs| needs.iter().filter(|need| need.artifacts).map(|need| &*need.job).collect());
    let named: Option<Vec<&str>> =
        job.dependencies.as_ref().map(|names| names.iter().map(|(name, _)| &**name).collect());
    let stage = selector.stage(job);
    let is_asked = |other: &Job| {
        let is_one = |name: &&str| *name == other.group || *name == other.name.value;
        match (&needed, &named) {
            (None, None) => selector.stage(other) < stage,
            (Some(names), None) | (None, Some(names)) => names.iter().any(is_one),
            (Some(needed), Some(named)) => [needed, named].iter().all(|names| names.iter().any(is_one)),
        }
    };
    let mut groups: IndexSet<&str> = IndexSet::new();
    for other in pipeline.jobs.values().filter(|other| has_artifacts(other) && other.group != job.group) {
        let is_new = !groups.contains(&*other.group);
        if is_new && is_asked(other) && selector.decide(other).selection.when != When::Never {
            groups.insert(&other.group);
        }
    }
    groups.into_iter().collect()
}

/// Whether the job gives files or variables to later jobs.
fn has_artifacts(job: &Job) -> bool {
    job.artifacts.has_archive() || job.artifacts.has_dotenv()
}

/// Warns, in GitLab's words, about each needed job that the pipeline does not have.
pub fn missing_needs(decisions: &[Decision<'_>]) -> Vec<Diagnostic> {
    let in_pipeline = || decisions.iter().filter(|decision| decision.is_in_pipeline());
    let names: HashSet<&str> =
        in_pipeline().flat_map(|decision| [&*decision.job.name.value, &*decision.job.group]).collect();
    let mut found = Vec::new();
    for decision in in_pipeline() {
        let needs = decision.needs().unwrap_or_default();
        for need in needs.iter().filter(|need| !need.optional && !names.contains(&*need.job)) {
            let message = format!(
                "'{0}' job needs '{1}' job, but '{1}' does not exist in the pipeline. This might be because of the \
                 only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use \
                 needs:optional.",
                decision.job.name.value, need.job
            );
            let warning = Diagnostic::warning(Code::InvalidConfig, message);
            found.push(warning.label(need.span, "not in the pipeline of this branch or tag"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::pipeline::include::NoFiles;
    use crate::pipeline::load;
    use crate::pipeline::rule_context::RuleFiles;
    use crate::plan::testing::Case;
    use crate::source::map::SourceMap;

    const FILE: &str = "
stages: [build, lint, test]
compile: {stage: build, script: x, artifacts: {paths: [bin]}}
docs: {stage: build, script: x, artifacts: {reports: {dotenv: d.env}}}
junit: {stage: build, script: x, artifacts: {reports: {junit: j.xml}}}
never: {stage: build, script: x, artifacts: {paths: [bin]}, rules: [{when: never}]}
many: {stage: lint, script: x, parallel: 2, artifacts: {untracked: true}}
later: {stage: test, script: x, artifacts: {paths: [bin]}}
";

    struct Nothing;

    impl RuleFiles for Nothing {
        fn changed_files(&self, _: Option<&str>) -> Option<Rc<[String]>> {
            None
        }

        fn all_files(&self) -> Rc<[String]> {
            Rc::default()
        }
    }

    #[track_caller]
    fn check(keywords: &str, expect: &[&str]) {
        let mut map = SourceMap::new();
        let file = map.add(".gitlab-ci.yml", format!("{FILE}t: {{stage: test, script: x, {keywords}}}\n"));
        let (pipeline, found) = load(&mut map, file, &NoFiles);
        let pipeline = pipeline.unwrap_or_else(|| panic!("{found:?}"));
        let facts = Case::new().facts;
        let selector = Selector::new(&pipeline, &facts, &Nothing);
        let job = pipeline.jobs.get("t").unwrap_or_else(|| panic!("{:?}", pipeline.broken));
        assert_eq!(artifacts_of(&selector.decide(job), &pipeline, &selector), expect, "{keywords}");
    }

    #[test]
    fn artifacts_come_from_all_earlier_stages_or_from_the_named_jobs() {
        check("image: i", &["compile", "docs", "many"]);
        check("dependencies: [docs, junit]", &["docs"]);
        check("dependencies: []", &[]);
        check("needs: []", &[]);
        check("needs: [compile, later, junit]", &["compile", "later"]);
        check("needs: [{job: compile, artifacts: false}, many]", &["many"]);
        check("needs: [compile, docs], dependencies: [docs]", &["docs"]);
        check("needs: [many 1/2]", &["many"]);
        check("rules: [{needs: [docs]}]", &["docs"]);
    }
}

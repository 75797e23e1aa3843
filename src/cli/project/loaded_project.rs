//! The pipeline file, read, with everything that jobs of it are planned with.

use crate::cli::exit_code;
use crate::cli::options::ProjectOptions;
use crate::cli::project::env_file;
use crate::cli::project::findings::Findings;
use crate::cli::project::local_tree::LocalTree;
use crate::cli::project::location::Place;
use crate::cli::project::pipeline_file::Reading;
use crate::cli::say;
use crate::pipeline::Pipeline;
use crate::pipeline::job::Job;
use crate::pipeline::when::When;
use crate::plan::facts::Facts;
use crate::plan::identity::JobIdentity;
use crate::plan::job_plan::JobPlan;
use crate::plan::needs::artifacts_of;
use crate::plan::plan_job;
use crate::plan::selection::Selector;
use crate::report::mask::Mask;
use crate::source::diagnostic::Diagnostics;
use crate::suggest::closest;

/// How many names a note lists.
const NAMES_SHOWN_MAX: usize = 5;

/// Why nothing was run, as an exit code; what is to be said has been said.
pub struct Refused(pub u8);

/// A pipeline file and its surroundings.
pub struct Project {
    /// The file's jobs and variables.
    pub pipeline: Pipeline,
    /// What they are planned with.
    pub facts: Facts,
    /// What is told of them.
    pub findings: Findings,
    tree: LocalTree,
    /// What was found in the file as a whole.
    found: Diagnostics,
}

impl Project {
    /// Reads the file, and says what is wrong with it.
    pub fn load(options: &ProjectOptions) -> Result<Self, Refused> {
        Self::load_at(options, Place::of(options))
    }

    /// Reads the file of that place.
    pub fn load_at(options: &ProjectOptions, place: Place) -> Result<Self, Refused> {
        options.runner.say_warnings();
        let Reading { pipeline, found, facts, tree, map } = Reading::of(options, place).map_err(refuse)?;
        env_file::warn_if_exposed(facts.root(), &facts.project_variables);
        let mut mask = Mask::default();
        mask.add(&facts.masked_values());
        let findings = Findings { map, mask, style: options.error_style, strictness: options.strictness };
        findings.tell(&found);
        let usable = pipeline.filter(|_| !found.has_errors());
        let pipeline = usable.ok_or(Refused(exit_code::INVALID_CONFIGURATION))?;
        Ok(Self { pipeline, facts, findings, tree, found })
    }

    /// Every job's name, those of jobs included that cannot be run.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pipeline.jobs.keys().chain(self.pipeline.broken.keys()).map(String::as_str)
    }

    /// The job that `command` was given, or else a list of those that there are.
    pub fn named<'n>(&self, job: Option<&'n str>, command: &str) -> Result<&'n str, Refused> {
        job.ok_or_else(|| {
            say("error: no job was named; the jobs are:");
            self.names().for_each(|name| say(&format!("  {name}")));
            say(&format!("name one with `runner-lite {command} JOB`"));
            Refused(exit_code::USAGE)
        })
    }

    /// Finds a job, or says why there is none to be used.
    pub fn job(&self, name: &str) -> Result<&Job, Refused> {
        if let Some(problems) = self.pipeline.broken.get(name) {
            problems.iter().for_each(|problem| self.findings.show(problem));
            return Err(Refused(exit_code::INVALID_CONFIGURATION));
        }
        let Some(job) = self.pipeline.jobs.get(name) else {
            self.say_unknown(name);
            return Err(Refused(exit_code::USAGE));
        };
        Ok(job)
    }

    /// With `--strict`, says what of these jobs, and of the file as a whole, has no effect.
    ///
    /// # Errors
    /// It is strict, and there is such a thing.
    pub fn ensure_strict<'p>(&'p self, jobs: impl IntoIterator<Item = &'p Job>) -> Result<(), Refused> {
        let of_jobs = jobs.into_iter().flat_map(|job| &job.warnings);
        self.findings.ensure_strict(self.found.iter().chain(of_jobs))
    }

    /// A line for each keyword without effect that a job has, or the file as a whole.
    pub fn without_effect(&self, name: &str) -> Vec<String> {
        let of_job = self.pipeline.jobs.get(name).map(|job| &job.warnings);
        self.findings.without_effect(self.found.iter().chain(of_job.into_iter().flatten()))
    }

    /// Plans a job, and says what is wrong with it.
    pub fn plan(&self, name: &str, selector: &Selector<'_>) -> Result<JobPlan, Refused> {
        let job = self.job(name)?;
        self.findings.tell(&job.warnings);
        let (workflow, selection) = (selector.workflow(), selector.select(job));
        let rules = [workflow.and_then(|workflow| workflow.rule), selection.rule];
        let identity = JobIdentity::alone(self.facts.pipeline_id);
        let (plan, problems) = plan_job(job, rules, &self.pipeline, &self.facts, identity);
        let mut diagnostics = Diagnostics::new();
        problems.into_iter().for_each(|problem| diagnostics.push(problem));
        self.findings.tell(&diagnostics);
        plan.ok_or(Refused(exit_code::INVALID_CONFIGURATION))
    }

    /// Says what else GitLab would do with a job than to run it now.
    pub fn say_when(&self, name: &str, selector: &Selector<'_>) {
        let Some(job) = self.pipeline.jobs.get(name) else { return };
        let mut notes = Vec::new();
        let selection = selector.select(job);
        for (what, decided) in
            selector.workflow().map(|it| ("workflow: ", it)).into_iter().chain([("", &selection)])
        {
            if decided.when == When::Never {
                notes.push(format!("is not in the pipeline for this branch or tag ({what}{})", decided.why));
            }
        }
        if selection.when == When::Delayed {
            notes.push("is delayed in the pipeline, and runs at once here".to_owned());
        }
        match &artifacts_of(job, &self.pipeline, selector)[..] {
            [] => {}
            groups => notes.push(format!(
                "would get the artifacts of {} first, which are not passed on here",
                some_of(groups)
            )),
        }
        notes.iter().for_each(|note| say(&format!("note: `{name}` {note}")));
    }

    /// What decides which jobs there are.
    pub fn selector(&self) -> Selector<'_> {
        Selector::new(&self.pipeline, &self.facts, &self.tree)
    }

    fn say_unknown(&self, name: &str) {
        let instances: Vec<_> = self.pipeline.jobs.iter().filter(|(_, job)| job.group == name).collect();
        if !instances.is_empty() {
            say(&format!("error: job \"{name}\" is parallel; name one of its instances:"));
            instances.iter().for_each(|(name, _)| say(&format!("  {name}")));
            return;
        }
        let groups = self.pipeline.jobs.values().map(|job| &*job.group);
        say(&match closest(name, self.names().chain(groups)) {
            Some(near) => format!("error: no job named \"{name}\"; did you mean `{near}`?"),
            None => {
                let names: Vec<_> = self.names().collect();
                format!("error: no job named \"{name}\"; the jobs are: {}", names.join(", "))
            }
        });
    }
}

/// The first names of a list, and how many there are beside them.
fn some_of(names: &[&str]) -> String {
    let (shown, rest) = names.split_at(names.len().min(NAMES_SHOWN_MAX));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
    format!("{}{more}", shown.join(", "))
}

/// Says why there is no project.
pub fn refuse(problems: Vec<String>) -> Refused {
    problems.iter().for_each(|problem| say(&format!("error: {problem}")));
    Refused(exit_code::INVALID_CONFIGURATION)
}

//! A project whose pipeline file is valid: finding and planning its jobs.

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::options::ProjectOptions;
use crate::cli::project::committed_tree::CommittedTree;
use crate::cli::project::diagnostic_renderer::DiagnosticRenderer;
use crate::cli::project::env_file::exposure_warning;
use crate::cli::project::inert_variables::inert_variables;
use crate::cli::project::location::PipelineLocation;
use crate::cli::project::pipeline_file::PipelineFile;
use crate::cli::project::working_tree::WorkingTree;
use crate::cli::user_message::UserMessage;
use crate::pipeline::Pipeline;
use crate::pipeline::job::Job;
use crate::pipeline::when::When;
use crate::plan::decision::Decision;
use crate::plan::facts::Facts;
use crate::plan::identity::JobIdentity;
use crate::plan::job_inputs::JobInputs;
use crate::plan::job_plan::JobPlan;
use crate::plan::key_hashes::KeyHashes;
use crate::plan::needs::missing_needs_of;
use crate::plan::plan_job;
use crate::plan::producers::JobOrder;
use crate::plan::selection::Selector;
use crate::report::mask::Mask;
use crate::report::transcript::IgnoredKeyword;
use crate::source::diagnostic::{Code, Diagnostics};
use crate::suggest::closest;

/// A pipeline file without errors, and what its jobs are planned with.
pub struct LoadedProject {
    pub pipeline: Pipeline,
    pub facts: Facts,
    pub renderer: DiagnosticRenderer,
    tree: WorkingTree,
    /// The diagnostics about the file as a whole.
    diagnostics: Diagnostics,
    /// The files of HEAD, if the project is read from them; they are there as long as this value.
    pub committed: Option<CommittedTree>,
}

impl LoadedProject {
    /// Finds and loads the pipeline file. The messages are warnings.
    ///
    /// # Errors
    /// The pipeline file, or a file that belongs to it, is missing or invalid.
    pub fn load(options: &ProjectOptions) -> Result<(Self, Vec<UserMessage>), CommandError> {
        Self::load_at(options, PipelineLocation::find(options))
    }

    /// Loads the pipeline file at `location`, as `load` does.
    pub fn load_at(
        options: &ProjectOptions,
        mut location: PipelineLocation,
    ) -> Result<(Self, Vec<UserMessage>), CommandError> {
        let mut messages = std::mem::take(&mut location.warnings);
        messages.extend(options.runner.warnings.iter().cloned().map(UserMessage::Warning));
        let file = match PipelineFile::load(options, location) {
            Ok(file) => file,
            Err(problems) => return Err(CommandError::invalid_configuration(problems).after(messages)),
        };
        let PipelineFile { pipeline, diagnostics, facts, tree, map, committed } = file;
        messages.extend(tree.take_warnings());
        messages.extend(exposure_warning(facts.sources_root(), &facts.project_variables));
        let mut mask = Mask::default();
        mask.add(&facts.masked_values());
        let style = options.error_style;
        let renderer = DiagnosticRenderer { map, mask, style, strictness: options.strictness };
        messages.extend(renderer.messages(&diagnostics));
        match pipeline.filter(|_| !diagnostics.has_errors()) {
            Some(pipeline) => {
                Ok((Self { pipeline, facts, renderer, tree, diagnostics, committed }, messages))
            }
            None => Err(CommandError { kind: CommandErrorKind::InvalidConfiguration, messages }),
        }
    }

    /// The names of all jobs, including those that are invalid.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pipeline.jobs.keys().chain(self.pipeline.broken.keys()).map(String::as_str)
    }

    /// Unwraps the name of a job that was given to `command`.
    ///
    /// # Errors
    /// No job was named: the messages list the jobs.
    pub fn require_name<'n>(&self, job: Option<&'n str>, command: &str) -> Result<&'n str, CommandError> {
        job.ok_or_else(|| {
            let error = UserMessage::Error("no job was named; the jobs are:".to_owned());
            let names = self.names().map(|name| UserMessage::Text(format!("  {name}")));
            let advice = UserMessage::Text(format!("name one with `runner-lite {command} JOB`"));
            let messages = [error].into_iter().chain(names).chain([advice]).collect();
            CommandError { kind: CommandErrorKind::Usage, messages }
        })
    }

    /// Finds a job.
    ///
    /// # Errors
    /// The job is unknown or invalid.
    pub fn job(&self, name: &str) -> Result<&Job, CommandError> {
        if let Some(problems) = self.pipeline.broken.get(name) {
            let messages = problems.iter().map(|problem| self.renderer.render(problem)).collect();
            return Err(CommandError { kind: CommandErrorKind::InvalidConfiguration, messages });
        }
        self.pipeline.jobs.get(name).ok_or_else(|| self.unknown_job(name))
    }

    /// Refuses a job that needs jobs which the pipeline of this branch or tag does not have.
    ///
    /// # Errors
    /// GitLab would not create a pipeline with the job.
    pub fn ensure_needs(&self, decision: &Decision<'_>, selector: &Selector<'_>) -> Result<(), CommandError> {
        let missing = missing_needs_of(decision, &self.pipeline, selector);
        if missing.is_empty() {
            return Ok(());
        }
        let messages = self.renderer.messages(&missing);
        Err(CommandError { kind: CommandErrorKind::InvalidConfiguration, messages })
    }

    /// Refuses, with `--strict`, parts of these jobs and of the file as a whole that have no effect.
    ///
    /// # Errors
    /// `--strict` was given, and a part has no effect.
    pub fn ensure_strict<'p>(&'p self, jobs: impl IntoIterator<Item = &'p Job>) -> Result<(), CommandError> {
        let of_jobs = jobs.into_iter().flat_map(|job| &job.warnings);
        self.renderer.ensure_strict(self.diagnostics.iter().chain(of_jobs))
    }

    /// Writes one line for each keyword without effect in the job or in the file as a whole, and for each variable without
    /// effect, wherever it is defined.
    pub fn ignored_keywords(&self, name: &str) -> Vec<IgnoredKeyword> {
        let of_job = self.pipeline.jobs.get(name).map(|job| &job.warnings);
        let diagnostics = self.diagnostics.iter().chain(of_job.into_iter().flatten());
        self.renderer.ignored_keywords(diagnostics, &inert_variables(&self.facts))
    }

    /// Plans a job. The messages are warnings.
    ///
    /// # Errors
    /// The job cannot be planned.
    pub fn plan(&self, decision: &Decision<'_>) -> Result<(JobPlan, Vec<UserMessage>), CommandError> {
        self.plan_as(decision, JobIdentity::alone(self.facts.pipeline_id), &JobInputs::default())
    }

    /// Plans the job with that identity, which gets `inputs` from its producers. The messages are warnings.
    ///
    /// # Errors
    /// The job cannot be planned.
    pub fn plan_as(
        &self,
        decision: &Decision<'_>,
        identity: JobIdentity,
        inputs: &JobInputs,
    ) -> Result<(JobPlan, Vec<UserMessage>), CommandError> {
        let mut messages = self.renderer.messages(&decision.job.warnings);
        let key_hashes = KeyHashes::of(decision.job, &self.tree);
        messages.extend(self.take_warnings());
        let inputs = JobInputs { key_hashes, ..inputs.clone() };
        let (plan, problems) = plan_job(decision, &self.facts, identity, &inputs, &self.renderer.map);
        let mut diagnostics = Diagnostics::new();
        let lacks_variable = problems.iter().any(|problem| problem.code == Code::UndefinedVariable);
        problems.into_iter().for_each(|problem| diagnostics.push(problem));
        messages.extend(self.renderer.messages(&diagnostics));
        match plan {
            Some(plan) => Ok((plan, messages)),
            None if lacks_variable && inputs.dotenv.is_empty() => {
                messages.extend(self.dotenv_note(decision));
                Err(CommandError { kind: CommandErrorKind::InvalidConfiguration, messages })
            }
            None => Err(CommandError { kind: CommandErrorKind::InvalidConfiguration, messages }),
        }
    }

    /// Notes that another job may define what is not defined here.
    fn dotenv_note(&self, decision: &Decision<'_>) -> Option<UserMessage> {
        let selector = self.selector();
        let giver = JobOrder::new(&self.pipeline, &selector).giver_of_variables(decision)?;
        Some(UserMessage::Note(format!(
            "`{giver}` may define it in its dotenv report, which is known when `{giver}` has run before `{}`",
            decision.job.name.value
        )))
    }

    /// Notes how GitLab's pipeline would treat a job that runs at once here.
    pub fn notes(&self, decision: &Decision<'_>) -> Vec<UserMessage> {
        let Decision { job, workflow, selection, .. } = decision;
        let mut notes = Vec::new();
        let of_workflow = workflow.map(|selection| ("workflow: ", selection));
        for (prefix, decided) in of_workflow.into_iter().chain([("", selection)]) {
            if decided.when == When::Never {
                notes
                    .push(format!("is not in the pipeline for this branch or tag ({prefix}{})", decided.why));
            }
        }
        let notes = notes.into_iter().map(|note| UserMessage::Note(format!("`{}` {note}", job.name.value)));
        self.take_warnings().into_iter().chain(notes).chain(Self::delay_note(decision)).collect()
    }

    /// Notes that a delayed job runs at once here.
    pub fn delay_note(decision: &Decision<'_>) -> Option<UserMessage> {
        (decision.selection.when == When::Delayed).then(|| {
            let job = &decision.job.name.value;
            UserMessage::Note(format!("`{job}` is delayed in the pipeline, and runs at once here"))
        })
    }

    /// The jobs whose archives and dotenv variables the job receives, in the order of delivery.
    pub fn producers<'p>(&'p self, decision: &Decision<'_>, selector: &'p Selector<'p>) -> Vec<&'p Job> {
        JobOrder::new(&self.pipeline, selector).producers(decision)
    }

    /// The selector, which evaluates the rules of the workflow and of jobs.
    pub fn selector(&self) -> Selector<'_> {
        Selector::new(&self.pipeline, &self.facts, &self.tree)
    }

    /// Takes the warnings that the evaluation of rules caused since the last call.
    pub fn take_warnings(&self) -> Vec<UserMessage> {
        self.tree.take_warnings()
    }

    /// The error about a name that no job has, with what was probably meant.
    pub fn unknown_job(&self, name: &str) -> CommandError {
        let instances: Vec<_> = self.pipeline.jobs.iter().filter(|(_, job)| job.group == name).collect();
        if !instances.is_empty() {
            let error = format!("job \"{name}\" is parallel; name one of its instances:");
            let instances = instances.iter().map(|(name, _)| UserMessage::Text(format!("  {name}")));
            let messages = [UserMessage::Error(error)].into_iter().chain(instances).collect();
            return CommandError { kind: CommandErrorKind::Usage, messages };
        }
        let groups = self.pipeline.jobs.values().map(|job| &*job.group);
        let error = match closest(name, self.names().chain(groups)) {
            Some(near) => format!("no job named \"{name}\"; did you mean `{near}`?"),
            None if name == "help" => {
                "no job named \"help\"; `runner-lite help COMMAND` prints the help of a command".to_owned()
            }
            None => {
                let names: Vec<_> = self.names().collect();
                format!("no job named \"{name}\"; the jobs are: {}", names.join(", "))
            }
        };
        CommandError::new(CommandErrorKind::Usage, error)
    }
}

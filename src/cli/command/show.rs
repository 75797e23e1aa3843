//! `runner-lite show`: a job as it is once everything is put together, and what a run of it would send.

use std::process::ExitCode;

use serde::Serialize;

use crate::cli::exit_code;
use crate::cli::options::{Format, ProjectOptions};
use crate::cli::print;
use crate::cli::project::loaded_project::{Project, Refused};
use crate::cli::say;
use crate::executor::create::preview::preview;
use crate::executor::create::script::{self, Echo, JobStatus};
use crate::pipeline::job::Job;
use crate::pipeline::when::When;
use crate::plan::credentials;
use crate::plan::job_plan::JobPlan;
use crate::plan::selection::Selector;
use crate::plan::sheet::{Sheet, sheet};
use crate::registry::auth_config::AuthConfig;
use crate::registry::source::DOCKER_AUTH_CONFIG;
use crate::report::mask::Mask;
use crate::report::show::{self, OriginDescriber};

/// `show`, decided.
pub struct ShowOptions {
    /// The job's name.
    pub job: Option<String>,
    /// What of it is shown.
    pub part: Part,
    /// The file and what it is read with.
    pub project: ProjectOptions,
    /// How the answer looks.
    pub format: Format,
}

/// What of a job is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The job, put together.
    Job,
    /// The same with the places of its values.
    Origins,
    /// What the shell reads.
    Script,
    /// What the engine is asked for.
    Container,
}

/// Runs `show` and gives its exit code.
pub fn run(options: ShowOptions) -> ExitCode {
    match answer(&options) {
        Ok(answer) => {
            print(&answer);
            ExitCode::SUCCESS
        }
        Err(Refused(code)) => ExitCode::from(code),
    }
}

fn answer(options: &ShowOptions) -> Result<String, Refused> {
    let project = Project::load(&options.project)?;
    let name = project.named(options.job.as_deref(), "show")?;
    project.ensure_strict([project.job(name)?])?;
    let selector = project.selector();
    match options.part {
        Part::Job | Part::Origins => {
            let job = project.job(name)?;
            project.findings.tell(&job.warnings);
            let sheet = put_together(&project, job, &selector)?;
            say_without_effect(&project, name);
            say_rule(job, &selector);
            let mut places = OriginDescriber::new(&project.findings.map, &job.group);
            Ok(match (options.part, options.format) {
                (Part::Origins, Format::Text) => show::text_with_origins(&sheet, &mut places),
                (Part::Origins, Format::Json) => show::json_with_origins(&sheet, &mut places),
                (_, Format::Text) => show::text(&sheet),
                (_, Format::Json) => show::json(&sheet),
            })
        }
        Part::Script | Part::Container => {
            let plan = project.plan(name, &selector)?;
            say_without_effect(&project, name);
            let mut mask = Mask::default();
            mask.add(&plan.secrets);
            let plan = plan.masked(&|text| mask.text(text).into_owned());
            let text = match options.part {
                Part::Script => scripts(&plan, options.format),
                _ => pretty(&preview(&plan)),
            };
            // What the runner's configuration has of them is no part of the plan's own texts.
            Ok(mask.text(&text).into_owned())
        }
    }
}

/// The job without its secrets.
fn put_together(project: &Project, job: &Job, selector: &Selector<'_>) -> Result<Sheet, Refused> {
    let (workflow, selection) = (selector.workflow(), selector.select(job));
    let sheet = sheet(job, &project.pipeline, workflow, &selection);
    let sheet = sheet.map_err(|problem| {
        project.findings.show(&problem);
        Refused(exit_code::INVALID_CONFIGURATION)
    })?;
    let mut variables = project.pipeline.variables.iter().chain(&job.variables);
    let own = variables.rfind(|variable| variable.key == DOCKER_AUTH_CONFIG);
    let sources = credentials(own.map(|variable| &*variable.value), &project.facts);
    let texts = sources.iter().filter_map(|source| source.config.as_ref().ok());
    let secrets: Vec<_> = texts.flat_map(AuthConfig::secrets).chain(project.facts.masked_values()).collect();
    let mut mask = Mask::default();
    mask.add(&secrets);
    Ok(sheet.masked(&|text| mask.text(text).into_owned()))
}

fn say_without_effect(project: &Project, name: &str) {
    project.without_effect(name).iter().for_each(|line| say(&format!("warning: {line}")));
}

/// Says what the rules decide, which the job does not show.
fn say_rule(job: &Job, selector: &Selector<'_>) {
    let workflow = selector.workflow().filter(|workflow| workflow.when == When::Never);
    let selection = selector.select(job);
    let name = &job.name.value;
    if let Some(workflow) = workflow {
        say(&format!("note: there is no pipeline for this branch or tag (workflow: {})", workflow.why));
    } else if selection.when == When::Never {
        say(&format!("note: `{name}` is not in the pipeline for this branch or tag ({})", selection.why));
    } else if selection.rule.is_some() {
        say(&format!("note: `{name}` is in the pipeline, `when: {}` ({})", selection.when, selection.why));
    }
}

/// What the shells of a job read; `None` for what it does not have.
#[derive(Serialize)]
struct Scripts<'p> {
    name: &'p str,
    pre_get_sources_script: Option<String>,
    step_script: String,
    after_script: Option<String>,
}

fn scripts(plan: &JobPlan, format: Format) -> String {
    let echo = Echo::Plain;
    let hook = (!plan.pre_get_sources.is_empty()).then(|| script::pre_get_sources(plan, echo));
    let after = (!plan.after_script.is_empty()).then(|| script::after_script(plan, JobStatus::Success, echo));
    let step_script = script::step_script(plan, echo);
    if format == Format::Json {
        return pretty(&Scripts {
            name: &plan.name,
            pre_get_sources_script: hook,
            step_script,
            after_script: after,
        });
    }
    let parts = [
        hook.map(|text| format!("# pre_get_sources_script, in a container of its own\n{text}")),
        Some(format!("# step_script\n{step_script}")),
        after.map(|text| format!("# after_script, in a shell of its own\n{text}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn pretty(answer: &impl Serialize) -> String {
    serde_json::to_string_pretty(answer).unwrap_or_default() + "\n"
}

//! `runner-lite show`: prints the full configuration of a job, or what a run of it would send to the engine.

use serde::Serialize;

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{Format, ShowOptions, ShownPart};
use crate::cli::project::LoadedProject;
use crate::cli::user_message::{UserMessage, tell};
use crate::executor::create::preview::preview;
use crate::executor::create::script::{self, Echo, JobStatus};
use crate::pipeline::when::When;
use crate::plan::credential_sources::written_secrets;
use crate::plan::decision::Decision;
use crate::plan::full_configuration::{FullConfiguration, full_configuration};
use crate::plan::job_plan::JobPlan;
use crate::report::console;
use crate::report::json::versioned_answer;
use crate::report::mask::Mask;
use crate::report::show::{self, OriginDescriber};

mod job_files;

/// Runs `show` and returns its exit code.
pub fn run(options: &ShowOptions) -> Result<u8, CommandError> {
    console::answer(answer(options)?);
    Ok(exit_code::PASSED)
}

fn answer(options: &ShowOptions) -> Result<String, CommandError> {
    let (project, messages) = LoadedProject::load(&options.project)?;
    tell(&messages);
    let name = project.require_name(options.job.as_deref(), "show")?;
    let job = project.job(name)?;
    project.ensure_strict([job])?;
    let selector = project.selector();
    let decision = selector.decide(job);
    match options.part {
        ShownPart::Configuration | ShownPart::Origins => {
            tell(&project.renderer.messages(&job.warnings));
            tell(&project.take_warnings());
            let shown = masked_configuration(&project, &decision)?;
            tell(&ignored_keyword_warnings(&project, name));
            tell(rule_note(&decision).as_slice());
            let mut origins = OriginDescriber::new(&project.renderer.map, &job.group);
            Ok(match (options.part, options.format) {
                (ShownPart::Origins, Format::Text) => show::text_with_origins(&shown, &mut origins),
                (ShownPart::Origins, Format::Json) => show::json_with_origins(&shown, &mut origins),
                (_, Format::Text) => show::text(&shown),
                (_, Format::Json) => show::json(&shown),
            })
        }
        ShownPart::Script | ShownPart::Container | ShownPart::Files => {
            let (plan, messages) = project.plan(&decision)?;
            tell(&messages);
            tell(&ignored_keyword_warnings(&project, name));
            let mut mask = Mask::default();
            mask.add(&plan.secrets);
            let plan = plan.masked(&|text| mask.secrets_in(text).into_owned());
            let text = match options.part {
                ShownPart::Script => scripts(&plan, options.format),
                ShownPart::Files => job_files::json(&plan, &project.producers(&decision, &selector)),
                _ => versioned_answer(&preview(&plan)),
            };
            // The plan's own texts are masked above; this masks those that the runner's configuration adds.
            Ok(mask.secrets_in(&text).into_owned())
        }
    }
}

/// Assembles the full configuration of the job, with secrets masked.
fn masked_configuration(
    project: &LoadedProject,
    decision: &Decision<'_>,
) -> Result<FullConfiguration, CommandError> {
    let shown = full_configuration(decision, &project.pipeline).map_err(|problem| CommandError {
        kind: CommandErrorKind::InvalidConfiguration,
        messages: vec![project.renderer.render(&problem)],
    })?;
    let mut mask = Mask::default();
    mask.add(&written_secrets(decision.variables, &project.facts));
    Ok(shown.masked(&|text| mask.secrets_in(text).into_owned()))
}

fn ignored_keyword_warnings(project: &LoadedProject, name: &str) -> Vec<UserMessage> {
    let keywords = project.ignored_keywords(name).into_iter();
    keywords.map(|keyword| UserMessage::Warning(keyword.line)).collect()
}

/// Notes what the rules decide about the job, because its configuration does not show that.
fn rule_note(decision: &Decision<'_>) -> Option<UserMessage> {
    let Decision { job, selection, .. } = decision;
    let workflow = decision.workflow.filter(|workflow| workflow.when == When::Never);
    let name = &job.name.value;
    let note = if let Some(workflow) = workflow {
        format!("there is no pipeline for this branch or tag (workflow: {})", workflow.why)
    } else if selection.when == When::Never {
        format!("`{name}` is not in the pipeline for this branch or tag ({})", selection.why)
    } else if selection.rule.is_some() {
        format!("`{name}` is in the pipeline, `when: {}` ({})", selection.when, selection.why)
    } else {
        return None;
    };
    Some(UserMessage::Note(note))
}

/// The texts that the shells of a job read.
#[derive(Serialize)]
struct JobScripts<'p> {
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
        return versioned_answer(&JobScripts {
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

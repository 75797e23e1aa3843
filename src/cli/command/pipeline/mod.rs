//! `runner-lite pipeline`: the jobs that GitLab would run for this commit.

mod dry_run;
mod graph;
mod name_pattern;
mod selected_jobs;

use crate::cli::command::pipeline::dry_run::planned_jobs;
use crate::cli::command::pipeline::graph::graphed_jobs;
use crate::cli::command::pipeline::selected_jobs::{SelectedJobs, SelectionError};
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{Format, GraphForm, PipelineAction, PipelineOptions};
use crate::cli::project::LoadedProject;
use crate::cli::user_message::tell;
use crate::plan::pipeline_graph::PipelineGraph;
use crate::plan::selection::Selector;
use crate::report::{console, pipeline_graph, pipeline_plan};
use crate::schedule::decision::StartRules;

/// Runs `pipeline` and returns its exit code.
pub fn run(options: &PipelineOptions) -> Result<u8, CommandError> {
    let (project, messages) = LoadedProject::load(&options.project)?;
    tell(&messages);
    let selector = project.selector();
    let pipeline = PipelineGraph::new(&project.pipeline, &selector).map_err(|problems| CommandError {
        kind: CommandErrorKind::InvalidConfiguration,
        messages: problems.iter().map(|problem| project.renderer.render(problem)).collect(),
    })?;
    tell(&project.take_warnings());
    let selected = SelectedJobs::choose(pipeline, &options.jobs);
    let selected = selected.map_err(|error| explain(error, &project, &selector))?;
    project.ensure_strict(selected.pipeline.decisions.iter().map(|decision| decision.job))?;
    let rules = StartRules { started: selected.started, delayed: options.delayed };
    match &options.action {
        PipelineAction::Plan(format, style) => {
            let plan = planned_jobs(&selected.pipeline, rules);
            match format {
                Format::Json => console::answer(pipeline_plan::json(&plan)),
                Format::Text => {
                    console::answer(pipeline_plan::text(&plan, *style, console::answer_width()));
                }
            }
        }
        PipelineAction::Graph(form) => {
            let stages = graphed_jobs(&selected.pipeline);
            console::answer(match form {
                GraphForm::Text => pipeline_graph::text(&stages),
                GraphForm::Mermaid => pipeline_graph::mermaid(&stages),
            });
        }
        PipelineAction::Run(_) => {
            let message = "`pipeline` shows pipelines and does not run them yet: add --dry-run or --graph, or run a job \
                           with `runner-lite exec JOB`";
            return Err(CommandError::new(CommandErrorKind::Usage, message));
        }
    }
    Ok(exit_code::PASSED)
}

/// The message about a name of the command line.
fn explain(error: SelectionError, project: &LoadedProject, selector: &Selector<'_>) -> CommandError {
    let SelectionError::Unknown(name) = error else {
        return CommandError::new(CommandErrorKind::Usage, error);
    };
    let of_file = project.pipeline.jobs.values().find(|job| [&job.name.value, &job.group].contains(&&name));
    match of_file.map(|job| selector.decide(job).selection.why) {
        Some(why) => {
            let why = if why.is_empty() { "only/except".to_owned() } else { why };
            let message = format!("job \"{name}\" is not in the pipeline for this branch or tag ({why})");
            CommandError::new(CommandErrorKind::Usage, message)
        }
        None => project.unknown_job(&name),
    }
}

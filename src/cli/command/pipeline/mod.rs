//! `runner-lite pipeline`: the jobs that GitLab would run for this commit.

mod dry_run;
mod ending;
mod graph;
mod jobs;
mod name_pattern;
mod resource_groups;
mod resumed;
mod run;
mod running;
mod selected_jobs;
mod start;

use crate::cli::command::pipeline::dry_run::planned_jobs;
use crate::cli::command::pipeline::graph::graphed_jobs;
use crate::cli::command::pipeline::selected_jobs::{SelectedJobs, SelectionError};
use crate::cli::command::pipeline::start::{StartOptions, start};
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{Format, GraphForm, PipelineAction, PipelineOptions};
use crate::cli::project::LoadedProject;
use crate::cli::run::place::RunPlace;
use crate::cli::user_message::tell;
use crate::plan::pipeline_graph::PipelineGraph;
use crate::plan::selection::Selector;
use crate::report::{console, pipeline_graph, pipeline_plan};
use crate::schedule::decision::StartRules;

/// Runs `pipeline` and returns its exit code.
pub fn run(options: PipelineOptions) -> Result<u8, CommandError> {
    let PipelineOptions { project: of_project, jobs, delayed, action } = options;
    let (mut project, messages) = LoadedProject::load(&of_project)?;
    tell(&messages);
    // It numbers the pipeline, which rules can see.
    let place = match &action {
        PipelineAction::Run(options) => Some(RunPlace::open(&options.store, &mut project.facts)),
        PipelineAction::Plan(..) | PipelineAction::Graph(_) => None,
    };
    tell(place.as_ref().map_or(&[], |(_, messages)| messages));
    let selector = project.selector();
    let pipeline = PipelineGraph::new(&project.pipeline, &selector).map_err(|problems| CommandError {
        kind: CommandErrorKind::InvalidConfiguration,
        messages: problems.iter().map(|problem| project.renderer.render(problem)).collect(),
    })?;
    tell(&project.take_warnings());
    let selected = SelectedJobs::choose(pipeline, &jobs);
    let selected = selected.map_err(|error| explain(error, &project, &selector))?;
    project.ensure_strict(selected.pipeline.decisions.iter().map(|decision| decision.job))?;
    let rules = StartRules { started: selected.started, delayed };
    match (action, place) {
        (PipelineAction::Run(options), Some((place, _))) => {
            let configuration = of_project.runner.source.map(|source| source.to_string());
            return start(
                &project,
                &selector,
                selected.pipeline,
                StartOptions { place, configuration, rules, options: *options },
            );
        }
        (PipelineAction::Plan(Format::Json, _), _) => {
            console::answer(pipeline_plan::json(&planned_jobs(&selected.pipeline, rules)));
        }
        (PipelineAction::Plan(Format::Text, style), _) => {
            let plan = planned_jobs(&selected.pipeline, rules);
            console::answer(pipeline_plan::text(&plan, style, console::answer_width()));
        }
        (PipelineAction::Graph(form), _) => {
            let stages = graphed_jobs(&selected.pipeline);
            console::answer(match form {
                GraphForm::Text => pipeline_graph::text(&stages),
                GraphForm::Mermaid => pipeline_graph::mermaid(&stages),
            });
        }
        (PipelineAction::Run(_), None) => {}
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

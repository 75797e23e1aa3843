//! `runner-lite list`: lists the jobs of the pipeline that a push of this branch or tag would create.

mod present;

use std::mem::ManuallyDrop;

use crate::cli::command::list::present::{differences, starts, starts_after_push};
use crate::cli::command_error::CommandError;
use crate::cli::exit_code;
use crate::cli::options::{Format, ListOptions, ListScope, ProjectOptions};
use crate::cli::project::{DiagnosticRenderer, LoadedProject};
use crate::cli::user_message::tell;
use crate::pipeline::allow_failure::AllowFailure;
use crate::pipeline::job::Job;
use crate::pipeline::stages;
use crate::plan::decision::{Decision, Selection};
use crate::plan::needs::{ParallelInstances, missing_needs};
use crate::report::console;
use crate::report::list::{self, ListedJob};
use crate::source::comment::comment_above;
use crate::source::diagnostic::{Diagnostic, Severity};

/// Runs `list` and returns its exit code.
pub fn run(options: &ListOptions) -> Result<u8, CommandError> {
    let (mut project, messages) = LoadedProject::load(&options.project)?;
    tell(&messages);
    // The temporary folder goes with the command.
    let _committed = project.committed.take();
    // The process ends after the list. To free thousands of jobs one by one would take a tenth of its time.
    let project = ManuallyDrop::new(project);
    project.ensure_strict(project.pipeline.jobs.values())?;
    let selector = project.selector();
    let workflow = selector.without_pipeline();
    let mut jobs: Vec<&Job> = project.pipeline.jobs.values().collect();
    // The sort is stable: within a stage the order of the file stays.
    jobs.sort_by_key(|job| selector.stage(job).unwrap_or(usize::MAX));
    let decide = |job| {
        let decision = selector.decide(job);
        // Without a pipeline no rule of a job counts.
        let Some(workflow) = workflow else { return decision };
        let why = format!("workflow: {}", workflow.why);
        Decision { selection: Selection { why, ..workflow.clone() }, ..decision }
    };
    let decisions: Vec<Decision<'_>> = jobs.into_iter().map(decide).collect();
    tell(&project.take_warnings());
    let missing_needs = missing_needs(&decisions);
    tell(&project.renderer.messages(&missing_needs));
    let instances = ParallelInstances::of(&project.pipeline);
    let listed = decisions.iter().map(|decision| {
        let description = description(decision.job, &project.renderer);
        ListedJob { description, ..listed_job(decision, &instances) }
    });
    let listed: Vec<ListedJob> =
        listed.filter(|job| options.scope == ListScope::All || job.in_pipeline).collect();
    tell_invalid_jobs(&project);
    if let Some(workflow) = workflow {
        console::line(format_args!(
            "There is no pipeline for this branch or tag (workflow: {}).",
            workflow.why
        ));
    } else if has_only_pre_and_post(&decisions) {
        console::line("There is no pipeline for this branch or tag: all of its jobs are in .pre and .post.");
    }
    match options.format {
        Format::Json => console::answer(list::json(&listed)),
        Format::Text => {
            console::answer(list::text(&listed, options.style, console::answer_width()));
            let left = project.pipeline.jobs.len() - listed.len();
            if left > 0 {
                console::line(match left {
                    1 => "1 more is not in the pipeline for this branch or tag; --all shows it.".to_owned(),
                    _ => format!(
                        "{left} more are not in the pipeline for this branch or tag; --all shows them."
                    ),
                });
            }
        }
    }
    if options.project.event.is_some() && options.format == Format::Text {
        tell_differences(&options.project, &decisions);
    }
    let is_valid = project.pipeline.broken.is_empty() && !missing_needs.iter().any(is_error);
    Ok(match is_valid {
        true => exit_code::PASSED,
        false => exit_code::INVALID_CONFIGURATION,
    })
}

/// Tells what is different from the pipeline of a push.
fn tell_differences(options: &ProjectOptions, decisions: &[Decision<'_>]) {
    let differences = differences(&starts(decisions), &starts_after_push(options));
    console::line(match differences.is_empty() {
        true => "No difference from the pipeline of a push of the current checkout.",
        false => "Differences from the pipeline of a push of the current checkout:",
    });
    differences.iter().for_each(console::line);
}

/// Warns about each invalid job, with the first of its errors.
fn tell_invalid_jobs(project: &LoadedProject) {
    for (name, problems) in &project.pipeline.broken {
        let first = problems.iter().find(|problem| is_error(problem));
        let message = first.map(|problem| project.renderer.mask.text(&problem.message)).unwrap_or_default();
        console::warning(format_args!(
            "job \"{name}\" is invalid: {message} (`runner-lite lint` says where)"
        ));
    }
}

fn is_error(problem: &Diagnostic) -> bool {
    problem.severity == Severity::Error
}

/// Whether all jobs of the pipeline are in the stages `.pre` and `.post`: GitLab does not create such a pipeline.
fn has_only_pre_and_post(decisions: &[Decision<'_>]) -> bool {
    let mut selected = decisions.iter().filter(|decision| decision.is_in_pipeline()).peekable();
    selected.peek().is_some()
        && selected.all(|decision| [stages::FIRST, stages::LAST].contains(&&*decision.job.stage))
}

fn listed_job(decision: &Decision<'_>, instances: &ParallelInstances<'_>) -> ListedJob {
    let Decision { job, selection, .. } = decision;
    let needs = decision.needs();
    let dependencies = job.dependencies.as_ref();
    let archive = job.artifacts.has_archive().then(|| "archive".to_owned());
    let reports = job.artifacts.reports.iter().map(|report| report.kind.name.to_owned());
    ListedJob {
        name: job.name.value.clone(),
        stage: job.stage.clone(),
        when: selection.when.to_string(),
        allow_failure: matches!(decision.allow_failure(), AllowFailure::Yes | AllowFailure::Manual),
        needs: needs.map(|needs| needs.iter().flat_map(|need| instances.named(&need.job)).collect()),
        needs_as_written: needs.map(|needs| needs.iter().map(|need| need.job.clone()).collect()),
        dependencies: dependencies.map(|names| names.iter().map(|(name, _)| name.clone()).collect()),
        artifacts: archive.into_iter().chain(reports).collect(),
        environment: job.environment.as_ref().map(|environment| environment.name.clone()),
        description: None,
        why: reason(job, selection).to_owned(),
        in_pipeline: decision.is_in_pipeline(),
    }
}

/// The comment above the job.
fn description(job: &Job, renderer: &DiagnosticRenderer) -> Option<String> {
    let comment = comment_above(renderer.map.text(job.name.span.file), job.name.span.start)?;
    Some(renderer.mask.text(&comment).into_owned())
}

/// Why the job is or is not in the pipeline.
fn reason<'s>(job: &Job, selection: &'s Selection<'_>) -> &'s str {
    match &*selection.why {
        "" if job.only.is_some() || job.except.is_some() => "only/except",
        "" => list::NO_RULES,
        why => why,
    }
}

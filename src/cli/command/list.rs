//! `runner-lite list`: the jobs of the pipeline that a push of this branch or tag would make.

use std::mem::ManuallyDrop;
use std::process::ExitCode;

use crate::cli::exit_code;
use crate::cli::options::{Format, ListOptions};
use crate::cli::print;
use crate::cli::project::loaded_project::{Project, Refused};
use crate::cli::say;
use crate::pipeline::allow_failure::AllowFailure;
use crate::pipeline::job::Job;
use crate::pipeline::stages;
use crate::pipeline::when::When;
use crate::plan::needs::{Instances, missing_needs, needs};
use crate::plan::selection::Selection;
use crate::report::list::{self, ListedJob};

/// Runs `list` and gives its exit code.
pub fn run(options: ListOptions) -> ExitCode {
    let project = match Project::load(&options.project) {
        Ok(project) => project,
        Err(Refused(code)) => return ExitCode::from(code),
    };
    // The process ends with the list: taking thousands of jobs down piece by piece would be a tenth of its time.
    let project = ManuallyDrop::new(project);
    if let Err(Refused(code)) = project.ensure_strict(project.pipeline.jobs.values()) {
        return ExitCode::from(code);
    }
    let selector = project.selector();
    let workflow = selector.workflow().filter(|workflow| workflow.when == When::Never);
    let mut jobs: Vec<&Job> = project.pipeline.jobs.values().collect();
    // Within a stage the order of the file stays.
    jobs.sort_by_key(|job| selector.stage(job).unwrap_or(usize::MAX));
    let select = |job| match workflow {
        Some(workflow) => Selection { why: format!("workflow: {}", workflow.why), ..workflow.clone() },
        None => selector.select(job),
    };
    let decided: Vec<(&Job, Selection<'_>)> = jobs.into_iter().map(|job| (job, select(job))).collect();
    missing_needs(&decided).iter().for_each(|missing| say(&format!("warning: {}", missing.message)));
    let instances = Instances::of(&project.pipeline);
    let entries = decided.iter().map(|(job, selection)| entry(job, selection, &instances));
    let entries: Vec<ListedJob> = entries.filter(|entry| options.all || entry.in_pipeline).collect();
    for name in project.pipeline.broken.keys() {
        say(&format!("warning: job \"{name}\" is invalid; `runner-lite lint` says why"));
    }
    if let Some(workflow) = workflow {
        say(&format!("There is no pipeline for this branch or tag (workflow: {}).", workflow.why));
    } else if are_around_nothing(&decided) {
        say("There is no pipeline for this branch or tag: all of its jobs are in .pre and .post.");
    }
    match options.format {
        Format::Json => print(&list::json(&entries)),
        Format::Text => {
            print(&list::text(&entries));
            let left = project.pipeline.jobs.len() - entries.len();
            if left > 0 {
                say(&format!(
                    "{left} more are not in the pipeline for this branch or tag; --all shows them."
                ));
            }
        }
    }
    ExitCode::from(if project.pipeline.broken.is_empty() {
        exit_code::PASSED
    } else {
        exit_code::INVALID_CONFIGURATION
    })
}

/// Whether every job that would be in the pipeline is in one of the two stages around it: then GitLab makes none.
fn are_around_nothing(decided: &[(&Job, Selection<'_>)]) -> bool {
    let mut there = decided.iter().filter(|(_, selection)| selection.when != When::Never).peekable();
    there.peek().is_some() && there.all(|(job, _)| [stages::FIRST, stages::LAST].contains(&&*job.stage))
}

fn entry(job: &Job, selection: &Selection<'_>, instances: &Instances<'_>) -> ListedJob {
    let needs = needs(job, selection);
    let rule = selection.rule;
    let allow_failure = rule.and_then(|rule| rule.allow_failure.as_ref()).unwrap_or(&job.allow_failure);
    ListedJob {
        name: job.name.value.clone(),
        stage: job.stage.clone(),
        when: selection.when.to_string(),
        allow_failure: *allow_failure == AllowFailure::Yes,
        needs: needs.map(|needs| needs.iter().flat_map(|need| instances.named(&need.job)).collect()),
        needs_as_written: needs.map(|needs| needs.iter().map(|need| need.job.clone()).collect()),
        why: why(job, selection).to_owned(),
        in_pipeline: selection.when != When::Never,
    }
}

fn why<'s>(job: &Job, selection: &'s Selection<'_>) -> &'s str {
    match &*selection.why {
        "" if job.only.is_some() || job.except.is_some() => "only/except",
        "" => "no rules",
        why => why,
    }
}

//! What another event changes: the pipeline of `--as` beside that of a push of what is checked out.

use std::collections::BTreeMap;

use crate::cli::options::ProjectOptions;
use crate::cli::project::LoadedProject;
use crate::plan::decision::Decision;

/// When each job starts, by its name; a job that is not in the pipeline is absent.
pub(super) type Starts = BTreeMap<String, String>;

/// When the jobs of a pipeline start.
pub(super) fn starts(decisions: &[Decision<'_>]) -> Starts {
    let in_pipeline = decisions.iter().filter(|decision| decision.is_in_pipeline());
    in_pipeline
        .map(|decision| (decision.job.name.value.clone(), decision.selection.when.to_string()))
        .collect()
}

/// When the jobs start after a push of what is checked out. There may be none: the files that are included then may have
/// no job.
pub(super) fn starts_after_push(options: &ProjectOptions) -> Starts {
    let present = LoadedProject::load(&ProjectOptions { event: None, ..options.clone() });
    let Ok((project, _)) = present else { return Starts::new() };
    let selector = project.selector();
    if selector.without_pipeline().is_some() {
        return Starts::new();
    }
    let decisions: Vec<Decision<'_>> =
        project.pipeline.jobs.values().map(|job| selector.decide(job)).collect();
    starts(&decisions)
}

/// A line for each job that starts otherwise than after a push.
pub(super) fn differences(now: &Starts, after_push: &Starts) -> Vec<String> {
    let names = now.keys().chain(after_push.keys().filter(|name| !now.contains_key(*name)));
    let line = |name: &String| match (now.get(name), after_push.get(name)) {
        (Some(now), None) => Some(format!("  {name} is added ({now})")),
        (None, Some(before)) => Some(format!("  {name} is left out (after a push: {before})")),
        (Some(now), Some(before)) if now != before => {
            Some(format!("  {name} is {now} (after a push: {before})"))
        }
        _ => None,
    };
    names.filter_map(line).collect()
}

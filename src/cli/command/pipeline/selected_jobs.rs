//! Which jobs of the pipeline run, by the names on the command line, and which of them the user starts. Pure.

use std::collections::BTreeSet;

use crate::cli::command::pipeline::name_pattern::{is_pattern, matches};
use crate::cli::options::{JobChoice, ManualStart, NamedScope};
use crate::pipeline::when::When;
use crate::plan::pipeline_graph::PipelineGraph;

/// The jobs that the user has chosen.
pub(super) struct SelectedJobs<'s> {
    /// The pipeline with these jobs alone.
    pub(super) pipeline: PipelineGraph<'s>,
    /// The places of the jobs that the user starts.
    pub(super) started: BTreeSet<usize>,
}

/// Why names of the command line choose no jobs.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SelectionError {
    /// No job of the pipeline has the name.
    #[error("the pipeline has no job \"{0}\"")]
    Unknown(String),
    #[error("no job of the pipeline matches `{0}`")]
    NothingFits(String),
    #[error("--manual: job \"{0}\" is not manual; it starts by itself")]
    NotManual(String),
    #[error("--manual: job \"{0}\" is not among the selected jobs; name it, too")]
    LeftOut(String),
}

impl<'s> SelectedJobs<'s> {
    /// Finds the jobs. A job with `when: manual` or `when: on_failure` whose name is given is started, unless only a pattern
    /// fits it: a pattern that is too wide would deploy something.
    pub(super) fn choose(pipeline: PipelineGraph<'s>, choice: &JobChoice) -> Result<Self, SelectionError> {
        let (mut named, mut started) = (BTreeSet::new(), BTreeSet::new());
        for name in &choice.names {
            let found = Named::find(&pipeline, name)?;
            named.extend(&found.places);
            if !found.is_by_pattern {
                let starts =
                    |place: &usize| matches!(when(&pipeline, *place), When::Manual | When::OnFailure);
                started.extend(found.places.into_iter().filter(starts));
            }
        }
        let chosen: BTreeSet<usize> = match choice.scope {
            _ if choice.names.is_empty() => (0..pipeline.graph.jobs.len()).collect(),
            NamedScope::WithJobsBefore => pipeline.graph.with_all_before(&named),
            NamedScope::Alone => named,
        };
        match &choice.manual {
            ManualStart::All => {
                started.extend(chosen.iter().filter(|place| when(&pipeline, **place) == When::Manual));
            }
            ManualStart::Named(names) => {
                for name in names {
                    started.extend(manual_jobs(&pipeline, name, &chosen)?);
                }
            }
        }
        let new_place = |old: &usize| chosen.iter().position(|place| place == old);
        let started = started.iter().filter_map(new_place).collect();
        Ok(Self { pipeline: pipeline.restricted_to(&chosen), started })
    }
}

/// The manual jobs that `--manual NAME` means.
fn manual_jobs(
    pipeline: &PipelineGraph<'_>,
    name: &str,
    chosen: &BTreeSet<usize>,
) -> Result<BTreeSet<usize>, SelectionError> {
    let mut places = Named::find(pipeline, name)?.places;
    places.retain(|place| when(pipeline, *place) == When::Manual);
    if places.is_empty() {
        return Err(SelectionError::NotManual(name.to_owned()));
    }
    places.retain(|place| chosen.contains(place));
    if places.is_empty() { Err(SelectionError::LeftOut(name.to_owned())) } else { Ok(places) }
}

fn when(pipeline: &PipelineGraph<'_>, place: usize) -> When {
    pipeline.graph.jobs.get(place).map_or(When::Never, |node| node.when)
}

/// The jobs that a name of the command line means.
struct Named {
    places: BTreeSet<usize>,
    is_by_pattern: bool,
}

impl Named {
    /// Finds the job of this name, or all instances of the parallel job, or else the jobs that fit the pattern.
    fn find(pipeline: &PipelineGraph<'_>, name: &str) -> Result<Self, SelectionError> {
        let with = |is_meant: &dyn Fn(&str) -> bool, of_group: bool| -> BTreeSet<usize> {
            let text = |place: &usize| {
                let job = pipeline.decisions.get(*place).map(|decision| decision.job);
                job.is_some_and(|job| is_meant(if of_group { &job.group } else { &job.name.value }))
            };
            (0..pipeline.decisions.len()).filter(text).collect()
        };
        let is_it = |other: &str| other == name;
        let found = [with(&is_it, false), with(&is_it, true)].into_iter().find(|places| !places.is_empty());
        match found {
            Some(places) => Ok(Self { places, is_by_pattern: false }),
            None if !is_pattern(name) => Err(SelectionError::Unknown(name.to_owned())),
            None => {
                let places = with(&|other| matches(name, other), false);
                match places.is_empty() {
                    true => Err(SelectionError::NothingFits(name.to_owned())),
                    false => Ok(Self { places, is_by_pattern: true }),
                }
            }
        }
    }
}

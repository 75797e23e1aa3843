//! The graph of a pipeline for `pipeline --graph`.

use crate::pipeline::when::When;
use crate::plan::pipeline_graph::PipelineGraph;
use crate::report::pipeline_graph::{GraphedJob, GraphedStage, WaitsFor};
use crate::schedule::graph::JobNode;

/// The stages with their jobs, and what these wait for.
pub(super) fn graphed_jobs(pipeline: &PipelineGraph<'_>) -> Vec<GraphedStage> {
    let job = |place: usize| {
        let node = pipeline.graph.jobs.get(place)?;
        let waits_for = node.needs.clone().map_or(WaitsFor::EarlierStages, WaitsFor::Jobs);
        Some(GraphedJob { place, name: node.name.clone(), remark: remark(node), waits_for })
    };
    let stages = pipeline.stages().into_iter();
    stages
        .map(|(name, places)| GraphedStage {
            name: name.to_owned(),
            jobs: places.into_iter().filter_map(job).collect(),
        })
        .collect()
}

fn remark(node: &JobNode) -> String {
    let when = (node.when != When::OnSuccess).then(|| node.when.as_str());
    when.into_iter().chain(node.is_trigger.then_some("trigger")).collect::<Vec<_>>().join(", ")
}

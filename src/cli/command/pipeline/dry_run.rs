//! What `pipeline --dry-run` says about the jobs. Pure.

use std::collections::BTreeSet;

use crate::amount;
use crate::pipeline::when::When;
use crate::plan::decision::Decision;
use crate::plan::pipeline_graph::PipelineGraph;
use crate::report::pipeline_plan::{PipelinePlan, PlannedJob};
use crate::report::state_text::reason_text;
use crate::schedule::decision::{DelayedStart, StartRules};
use crate::schedule::graph::JobNode;
use crate::schedule::progress::Schedule;
use crate::schedule::rehearsal::Rehearsal;

/// The version of the JSON.
const VERSION: u32 = 1;

/// The jobs with their states at the beginning, and at the end if every job that starts passes.
pub(super) fn planned_jobs(pipeline: &PipelineGraph<'_>, rules: StartRules) -> PipelinePlan {
    let rehearsal = Rehearsal::of(Schedule::new(pipeline.graph.clone(), rules.clone()));
    let states = rehearsal.begin.iter().zip(&rehearsal.end);
    let jobs = pipeline.decisions.iter().zip(&pipeline.graph.jobs).enumerate();
    let planned = jobs.zip(states).map(|((place, (decision, node)), (begin, end))| PlannedJob {
        name: node.name.clone(),
        stage: decision.job.stage.clone(),
        when: node.when.as_str(),
        needs: node.needs.as_deref().map(|needs| names(pipeline, needs)),
        allow_failure: node.may_fail,
        trigger: node.is_trigger,
        resource_group: decision.job.resource_group.clone(),
        begins: begin.state.as_str(),
        ends: end.state.as_str(),
        reason: end.reason.as_ref().and_then(reason_text),
        waits_for: waits_for(pipeline, node),
        start: start_text(decision, node, &rules, place),
    });
    PipelinePlan { version: VERSION, status: rehearsal.status.as_str(), jobs: planned.collect() }
}

fn names(pipeline: &PipelineGraph<'_>, places: &[usize]) -> Vec<String> {
    let nodes = places.iter().filter_map(|place| pipeline.graph.jobs.get(*place));
    nodes.map(|node| node.name.clone()).collect()
}

/// The jobs that the job waits for; all instances of a parallel job have its plain name.
fn waits_for(pipeline: &PipelineGraph<'_>, node: &JobNode) -> String {
    let Some(needs) = &node.needs else {
        let has_earlier = pipeline.graph.jobs.iter().any(|other| other.stage < node.stage);
        return if has_earlier { "earlier stages".to_owned() } else { String::new() };
    };
    if needs.is_empty() {
        return "(none)".to_owned();
    }
    let needs: BTreeSet<usize> = needs.iter().copied().collect();
    let job = |place: usize| pipeline.decisions.get(place).map(|decision| decision.job);
    let has_all_of = |group: &str| {
        let is_in_group = |place: &usize| job(*place).is_some_and(|other| other.group == group);
        (0..pipeline.decisions.len()).filter(is_in_group).all(|place| needs.contains(&place))
    };
    let mut words: Vec<&str> = Vec::new();
    for needed in needs.iter().filter_map(|place| job(*place)) {
        let word = if has_all_of(&needed.group) { &needed.group } else { &needed.name.value };
        if !words.contains(&&**word) {
            words.push(word);
        }
    }
    words.join(", ")
}

/// What starts the job, and what is special about it.
fn start_text(decision: &Decision<'_>, node: &JobNode, rules: &StartRules, place: usize) -> String {
    let is_started = rules.started.contains(&place);
    let mut words = Vec::new();
    match node.when {
        When::OnSuccess | When::Never => {}
        When::OnFailure if is_started => words.push("on_failure, started by its name".to_owned()),
        When::OnFailure | When::Always => words.push(node.when.to_string()),
        When::Manual if is_started => words.push("manual, started".to_owned()),
        When::Manual => words.push("manual".to_owned()),
        When::Delayed => words.push(delay_text(decision, rules.delayed)),
    }
    if node.is_trigger {
        words.push("trigger".to_owned());
    }
    if node.may_fail {
        words.push("may fail".to_owned());
    }
    words.extend(decision.job.resource_group.as_ref().map(|group| format!("resource group {group}")));
    words.join(", ")
}

fn delay_text(decision: &Decision<'_>, delayed: DelayedStart) -> String {
    let delay = decision.start_in().map(amount::duration).unwrap_or_default();
    match delayed {
        DelayedStart::Now => format!("delayed {delay}, starts at once"),
        DelayedStart::Wait => format!("delayed {delay}"),
        DelayedStart::Skip => format!("delayed {delay}, not started"),
    }
}

//! Jobs of the pipeline that need others which are not in it: GitLab makes no pipeline then.

use std::collections::HashSet;

use super::selection::Selection;
use crate::pipeline::job::Job;
use crate::pipeline::needs::Need;
use crate::pipeline::when::When;

/// The needs of a job: those of the rule that matched, or else its own; `None` where it waits for the stages before.
pub fn needs<'p>(job: &'p Job, selection: &Selection<'p>) -> Option<&'p [Need]> {
    let of_rule = selection.rule.and_then(|rule| rule.needs.as_deref());
    of_rule.or(job.needs.as_deref())
}

/// What is to be said of needs that the pipeline lacks, in GitLab's words.
pub fn missing_needs<'p>(decided: &[(&'p Job, Selection<'p>)]) -> Vec<String> {
    let is_there = |selection: &Selection<'_>| selection.when != When::Never;
    let there: HashSet<&str> = decided
        .iter()
        .filter(|(_, selection)| is_there(selection))
        .flat_map(|(job, _)| [&*job.name.value, &*job.group])
        .collect();
    let mut found = Vec::new();
    for (job, selection) in decided.iter().filter(|(_, selection)| is_there(selection)) {
        let needs = needs(job, selection).unwrap_or_default();
        for need in needs.iter().filter(|need| !need.optional && !there.contains(&*need.job)) {
            found.push(format!(
                "'{0}' job needs '{1}' job, but '{1}' does not exist in the pipeline. This might be because of the \
                 only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use \
                 needs:optional.",
                job.name.value, need.job
            ));
        }
    }
    found
}

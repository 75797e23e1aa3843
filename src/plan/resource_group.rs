//! The resource group of a job, by which GitLab runs at most one of several jobs at a time.

use super::decision::Decision;
use super::facts::Facts;
use super::identity::JobIdentity;
use super::server_variables::{predefined, server_variables};
use crate::vars::expand::{Definition, ExpandError, Lookup};

/// The name of the job's resource group, expanded; `None` for a job without one. It is known before the job's producers
/// have run, so that their variables do not count. A name that cannot be expanded stays as it is written.
pub fn resource_group(decision: &Decision<'_>, facts: &Facts) -> Option<String> {
    let written = decision.job.resource_group.as_deref()?;
    let expanded = definitions(decision, facts).and_then(|definitions| {
        let pairs = definitions.iter().map(|definition| (&*definition.key, &*definition.value));
        Lookup::new(pairs).expand("resource_group", written)
    });
    Some(expanded.unwrap_or_else(|_| written.to_owned()))
}

fn definitions(decision: &Decision<'_>, facts: &Facts) -> Result<Vec<Definition>, ExpandError> {
    let predefined = predefined(decision, facts, JobIdentity::alone(facts.pipeline_id));
    let server = server_variables(decision, decision.variables, predefined, &mut Vec::new())?;
    server.with_runner(Vec::new(), Vec::new())
}

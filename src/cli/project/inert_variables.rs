//! The variables from outside of the pipeline file that have no effect here.

use std::collections::HashSet;

use crate::pipeline::inert_variables::message;
use crate::plan::facts::Facts;
use crate::vars::env_file::FILE;

/// What is said of each variable and feature flag without effect that the project, the command line or the runner's
/// configuration defines, with its place.
pub(super) fn inert_variables(facts: &Facts) -> Vec<(String, &'static str)> {
    let Facts { project_variables, variables, variable_files, .. } = facts;
    let runner = &facts.runner.runner;
    let of_project = project_variables.iter().map(|variable| (&*variable.key, FILE));
    let typed = variables.iter().map(|variable| (&*variable.key, "--variable"));
    let of_files = variable_files.iter().map(|file| (&*file.key, "--variable-file"));
    let of_runner = runner.environment.0.iter().map(|(key, _)| (&**key, "`environment` of the runner"));
    let flags = runner.feature_flags.0.keys().map(|key| (&**key, "`feature_flags` of the runner"));
    let all = of_project.chain(typed).chain(of_files).chain(of_runner).chain(flags);
    let mut seen = HashSet::new();
    let once = all.filter(|known| seen.insert(*known));
    once.filter_map(|(key, place)| message(key).map(|message| (message, place))).collect()
}

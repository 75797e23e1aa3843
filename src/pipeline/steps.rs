//! `run`: checks across the keys of a step. `shapes` checks the forms of their values.

use super::decode::{invalid_value, one_or_more, present};
use super::exclusive_keys::check_exactly_one;
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

/// What a step runs.
const WORK: [&str; 3] = ["script", "step", "func"];

/// Checks that each step of a job does exactly one thing. `path` is the path of the job: `jobs:test`.
pub(super) fn check_steps(job: &Node, path: &str, diagnostics: &mut Diagnostics) {
    let Some(steps) = present(job, "run").filter(|run| matches!(run.value, Value::Sequence(_))) else {
        return;
    };
    let path = format!("{path}:run:step");
    for step in one_or_more(steps).iter().filter(|step| matches!(step.value, Value::Mapping(_))) {
        check_exactly_one(
            step,
            &path,
            &WORK,
            "write `script: make`, or `step:` with an address",
            diagnostics,
        );
        if let (Some(_), Some(inputs)) = (present(step, "script"), present(step, "inputs")) {
            let message = format!("{path} config these keys cannot be used together: script, inputs");
            let problem = invalid_value(inputs, message, "a script has no inputs");
            diagnostics.push(problem.help("write them as `env:`"));
        }
    }
}

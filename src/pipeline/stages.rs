//! `stages`: the order of the pipeline's parts.

use super::decode::{flatten, problem, string};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

/// The stage before all others.
pub const FIRST: &str = ".pre";
/// The stage after all others.
pub const LAST: &str = ".post";
/// What there is where the file does not say.
const DEFAULT: [&str; 3] = ["build", "test", "deploy"];

/// Reads a `stages`, with the two that every pipeline has around it.
pub fn decode_stages(node: Option<&Node>, diagnostics: &mut Diagnostics) -> Vec<String> {
    let mut written = Vec::new();
    match node {
        None => written.extend(DEFAULT.map(str::to_owned)),
        Some(node) => match &node.value {
            Value::Sequence(_) => {
                let message = "stages config should be an array of strings";
                written
                    .extend(flatten(node).into_iter().filter_map(|item| string(item, message, diagnostics)));
            }
            _ => diagnostics.push(
                problem(node, "stages config should be an array of strings")
                    .help("write it as a list: `[build, test]`"),
            ),
        },
    }
    let mut stages = vec![FIRST.to_owned()];
    for stage in written {
        if stage != LAST && !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    stages.push(LAST.to_owned());
    stages
}

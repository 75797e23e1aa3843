//! `stages`: the stages of the pipeline and their order.

use super::decode::{flatten, problem, string};
use crate::source::diagnostic::Diagnostics;
use crate::source::node::{Node, Value};

/// The stage before all others, which every pipeline has.
pub const FIRST: &str = ".pre";
/// The stage after all others, which every pipeline has.
pub const LAST: &str = ".post";
/// The stages of a file without `stages`.
const DEFAULT: [&str; 3] = ["build", "test", "deploy"];

/// Decodes `stages`, and adds `.pre` and `.post`.
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

//! Keys of a mapping of which exactly one may be there.

use super::decode::present;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::node::Node;

/// Reports a mapping that has none or several of the `keys`. `path` is its path in GitLab's messages.
pub(super) fn check_exactly_one(
    node: &Node,
    path: &str,
    keys: &[&str],
    advice: &str,
    diagnostics: &mut Diagnostics,
) {
    let written: Vec<&Node> = keys.iter().filter_map(|key| present(node, key)).collect();
    let message = format!("{path} config must use exactly one of these keys: {}", keys.join(", "));
    let problem = Diagnostic::error(Code::InvalidConfig, message);
    match &written[..] {
        [_] => {}
        [] => diagnostics.push(problem.label(node.span, "none of these keys").help(advice)),
        [first, second, ..] => {
            let problem =
                problem.label(second.span, "another of these keys").label(first.span, "the first of them");
            diagnostics.push(problem.help("keep one of them, and remove the others"));
        }
    }
}

//! `-v`: a line for each call of the Engine API. Calls carry neither bodies nor headers, and so no secrets.

use super::console;
use crate::engine::ApiCall;

/// Writes a call to standard error, and waits for whoever reads that: for commands without a log.
pub fn write(call: &ApiCall) {
    console::line(text(call));
}

/// The line of a call.
pub(super) fn text(call: &ApiCall) -> String {
    let status = call.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let milliseconds = call.elapsed.as_secs_f64() * 1000.0;
    format!("> {} {} {status} ({milliseconds:.1} ms)", call.method, call.target)
}

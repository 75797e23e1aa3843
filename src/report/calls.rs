//! `-v`: writes a line for each call of the Engine API.

use super::console;
use crate::engine::ApiCall;

/// Writes a call to standard error. Calls carry neither bodies nor headers, and so no secrets.
pub fn write(call: &ApiCall) {
    let status = call.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let milliseconds = call.elapsed.as_secs_f64() * 1000.0;
    console::line(format_args!("> {} {} {status} ({milliseconds:.1} ms)", call.method, call.target));
}

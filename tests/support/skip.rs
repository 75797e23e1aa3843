//! Tests that cannot run on this machine.
//!
//! The test harness of Rust has no result for them, so they count as passed there. `scripts/test` names a file that
//! collects them, counts them as skipped, and fails because of them if `CI` is set.

use std::io::Write;

/// Records that the running test is skipped, and why. The test then returns.
#[expect(clippy::print_stderr, reason = "shown by `cargo test -- --nocapture`, and captured otherwise")]
pub(crate) fn skip(reason: &str) {
    let thread = std::thread::current();
    let line = format!("{}: {reason}\n", thread.name().unwrap_or("a test"));
    eprint!("skipped {line}");
    if let Some(path) = std::env::var_os("RUNNER_LITE_SKIPPED_TESTS") {
        let mut file = std::fs::File::options().append(true).open(path).unwrap();
        // In one write, because other tests add lines at the same time.
        file.write_all(line.as_bytes()).unwrap();
    }
}

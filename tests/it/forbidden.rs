//! Each call that clippy.toml forbids is found by clippy: an `expect` without a finding is an error itself.

use std::time::Duration;
use std::{env, process, thread, time};

/// Never runs: clippy's view of it is the test.
#[expect(dead_code, reason = "clippy reads it, nothing runs it")]
fn forbidden_calls() {
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::args();
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::args_os();
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::current_dir();
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::current_exe();
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::home_dir();
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::temp_dir();
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::var("A");
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::var_os("A");
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::vars();
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = env::vars_os();
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = process::Command::new("true");
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = tokio::process::Command::new("true");
    #[expect(clippy::disallowed_methods, reason = "found")]
    thread::sleep(Duration::ZERO);
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = time::SystemTime::now();
    #[expect(clippy::disallowed_methods, reason = "found")]
    let _ = jiff::Timestamp::now();
    #[expect(clippy::disallowed_methods, reason = "found")]
    drop(tokio::spawn(async {}));
    #[expect(clippy::disallowed_methods, reason = "found")]
    drop(tokio::task::spawn_local(async {}));
    #[expect(clippy::disallowed_methods, reason = "found")]
    process::exit(0);
}

#[test]
fn each_forbidden_call_has_an_example_here() {
    let list = include_str!("../../clippy.toml");
    let examples = include_str!("forbidden.rs");
    let paths: Vec<&str> =
        list.split("{ path = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        let call = path.trim_start_matches("std::");
        assert!(examples.contains(&format!("{call}(")), "no example of {path}");
    }
}

//! The table in `docs/services.md` is what happens: each row is a service that is started here.
//!
//! With `RUNNER_LITE_WRITE_TABLE` set, the test writes the table with the times that it has measured; else it compares all
//! but the times.

mod client;
pub(crate) mod engine_api;
mod rows;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use regex_lite::Regex;

use self::client::{Progress, Seen, watch};
use self::engine_api::{build_image, remove_image};
use self::rows::{Expected, INIT_SCRIPT, ROWS, Row, TIMEOUT};
use super::engine::assert_nothing_left_of;
use super::run::{Outcome, start_job, wait_with_output};

/// How many services are started at the same time: the machine that tests may have two processors.
const WORKERS: usize = 4;

const BEGIN: &str = "<!-- The table is made by tests/live/service_table.rs. -->\n";
const END: &str = "<!-- End of the table. -->\n";

/// What has happened in the job of a row.
struct Observed {
    seen: Seen,
    /// When the log said that the service is ready.
    ready: Option<Timestamp>,
    /// When the log had the first line of the script.
    script: Option<Timestamp>,
    outcome: Outcome,
}

#[test]
fn the_table_of_services_says_what_happens() {
    let next = Mutex::new(ROWS.iter().enumerate());
    let lines = Mutex::new(vec![String::new(); ROWS.len()]);
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some((index, row)) = next.lock().unwrap().next() else { break };
                    let observed = observe(row);
                    check(row, &observed);
                    lines.lock().unwrap()[index] = line(row, &observed);
                }
            });
        }
    });
    let head = "| Service | Log | First usable | Reported ready | Why |\n\
                | --- | --- | --- | --- | --- |\n";
    compare(&format!("{head}{}", lines.into_inner().unwrap().concat()));
}

/// Runs a job with the service, and a client beside it.
fn observe(row: &Row) -> Observed {
    let (job, image) = (format!("table-{}", row.name), format!("runner-lite/lab-table-{}", row.name));
    build_image(&image, &[("Dockerfile", row.dockerfile), INIT_SCRIPT]);
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!(
        "{job}:\n  image: busybox:1.35\n  services: [{{name: {image}, variables: {{{}}}}}]\n  script: [echo the job goes on, sleep {}]\n",
        row.variables,
        // Long enough for the client.
        if row.expected == Expected::ReadyTooEarly { 3 } else { 1 }
    );
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let progress = Progress::default();
    let (seen, ready, script, outcome) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(&job, row.client, &progress));
        let child = start_job(folder.path(), &job, &[time_limit(row.expected), row.arguments].concat());
        let (mut ready, mut script) = (None, None);
        let outcome = wait_with_output(child, |output| {
            let (log, now) = (String::from_utf8_lossy(output), Timestamp::now());
            if log.contains(" ready after ") {
                ready.get_or_insert(now);
                progress.ready_is_told.store(true, Ordering::SeqCst);
            }
            if log.contains("\nthe job goes on\n") {
                script.get_or_insert(now);
            }
        });
        progress.has_ended.store(true, Ordering::SeqCst);
        (watching.join().unwrap(), ready, script, outcome)
    });
    assert_nothing_left_of(&job);
    remove_image(&image);
    Observed { seen, ready, script, outcome }
}

/// The arguments that limit the check of a service that is not going to be ready. The others have as much time as usual.
fn time_limit(expected: Expected) -> &'static [&'static str] {
    match expected {
        Expected::Ready | Expected::ReadyForScript | Expected::ReadyTooEarly => &[],
        Expected::WarningOfUsable | Expected::Warning => &TIMEOUT,
    }
}

/// Asserts what the row expects: above all, that nothing is ready that a client cannot use.
#[track_caller]
fn check(row: &Row, observed: &Observed) {
    let Observed { seen, ready, script, outcome } = observed;
    outcome.assert(0, &["\nthe job goes on\n"]);
    let (name, log) = (row.name, outcome.log());
    let is_ready = !matches!(row.expected, Expected::WarningOfUsable | Expected::Warning);
    assert_eq!((ready.is_some(), log.contains("WARNING: Service")), (is_ready, !is_ready), "{name}: {log}");
    match row.expected {
        Expected::Ready => assert!(!seen.failed_when_ready, "{name} is called ready too early: {log}"),
        Expected::ReadyForScript => {
            assert!(seen.usable.is_some_and(|usable| Some(usable) < *script), "{name}: {seen:?} {log}");
        }
        Expected::ReadyTooEarly => {
            assert!(seen.failed_when_ready, "{name}: the row explains what is not so: {log}")
        }
        Expected::WarningOfUsable => assert!(seen.usable.is_some(), "{name}: no client can use it: {log}"),
        Expected::Warning => assert!(seen.usable.is_none(), "{name}: a client can use it: {log}"),
    }
}

/// The row of the table.
fn line(row: &Row, observed: &Observed) -> String {
    let seen = &observed.seen;
    let time = |at: Option<Timestamp>| match (at, seen.started) {
        (Some(at), Some(started)) => format!("{:.1} s", at.duration_since(started).as_secs_f64()),
        (Some(_), None) => panic!("{}: the container was not seen", row.name),
        (None, _) => "never".to_owned(),
    };
    let (kind, why, usable, ready) = (row.kind, row.why, time(seen.usable), time(observed.ready));
    format!("| {kind} | {} | {usable} | {ready} | {why} |\n", message(&observed.outcome.log(), row.name))
}

/// What the log says of the service, without what is different each time.
fn message(log: &str, name: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let image = format!("runner-lite/lab-table-{name}");
    let first = lines.iter().position(|line| line.contains(&image) && !line.starts_with("Starting")).unwrap();
    let end = |line: &&str| !line.starts_with("The end of its log") && !line.starts_with("Its log is empty");
    let said: Vec<String> = match lines[first].starts_with("WARNING") {
        true => lines[first..].iter().copied().take_while(end).map(str::to_owned).collect(),
        false => vec![lines[first].to_owned()],
    };
    let text = said.join("<br>").replace(&image, "NAME");
    let text = Regex::new(r"ready after [0-9.]+ s").unwrap().replace_all(&text, "ready after …");
    let text = Regex::new(r"tried [0-9]+ connections? to [0-9a-f.:]+")
        .unwrap()
        .replace_all(&text, "tried … connections to …");
    text.into_owned()
}

/// Compares the table with that of the page, but for the times.
fn compare(table: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/services.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    if std::env::var_os("RUNNER_LITE_WRITE_TABLE").is_some() {
        return std::fs::write(path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    }
    let times = Regex::new(r"[0-9]+\.[0-9] s").unwrap();
    let (written, table) = (times.replace_all(written, "… s"), times.replace_all(table, "… s"));
    assert_eq!(
        written, table,
        "RUNNER_LITE_WRITE_TABLE=1 cargo test --test live service_table:: writes docs/services.md"
    );
}

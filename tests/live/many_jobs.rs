//! A pipeline of many jobs: what it costs, and what it leaves.

use super::engine::assert_nothing_left_of_run;
use super::pipeline::Pipeline;

const JOBS: usize = 50;

/// The size of each job's artifacts, in bytes of a file.
const ARTIFACT_BYTES: u64 = 1_000_000;

/// The most memory that the program may use, in KiB: less than all artifacts together. It holds for the static binary
/// and for the larger one that is built with the tests.
const MEMORY_MAX_KIB: u64 = 40 * 1000 * 1000 / 1024;

#[test]
fn fifty_jobs_leave_nothing_behind_and_the_program_stays_small() {
    let pipeline = Pipeline::named(
        "many-jobs",
        &format!(
            "many:\n  image: busybox:1.35\n  parallel: {JOBS}\n  artifacts: {{paths: [out]}}\n  \
             script: ['head -c {ARTIFACT_BYTES} /dev/urandom >out']\n"
        ),
    );
    let outcome = pipeline.run(&["pipeline", "-j", "8", "--report", "report.json"]);
    outcome.assert(0, &[]);
    let report = std::fs::read_to_string(pipeline.folder().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_nothing_left_of_run(&report);
    let stored = report["jobs"].as_array().unwrap().iter().filter(|job| {
        job["state"] == "success"
            && job["artifacts"]["files"] == 1
            && job["artifacts"]["bytes"].as_u64() >= Some(ARTIFACT_BYTES)
    });
    assert_eq!(stored.count(), JOBS, "{report}");
    let peak = outcome.peak_memory_kib;
    assert!((1..MEMORY_MAX_KIB).contains(&peak), "the program used {peak} KiB");
}

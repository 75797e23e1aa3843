//! Pipelines that share a resource with others, and pipelines that are stopped.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::engine;
use super::pipeline::Pipeline;
use super::processing::run_in;
use super::run::{Outcome, program, spawn, wait_with_output};

/// Two jobs with one resource group, which print when they begin and end.
const SHARED: &str = r#"
default: {image: 'busybox:1.35'}
.deploy:
  resource_group: production-$TARGET
  variables: {TARGET: blue}
  script:
    - echo "began $(cut -d" " -f1 /proc/uptime)"
    - sleep 1
    - echo "ended $(cut -d" " -f1 /proc/uptime)"
stops-one: {extends: .deploy}
stops-two: {extends: .deploy}
"#;

/// When the jobs of a log have begun and ended, in seconds.
fn spans(log: &str) -> Vec<(f64, f64)> {
    let moments = |word: &str| -> Vec<f64> {
        let lines = log.lines().filter(|line| !line.contains('$'));
        lines.filter_map(|line| line.split(word).nth(1)?.trim().parse().ok()).collect()
    };
    moments("began ").into_iter().zip(moments("ended ")).collect()
}

fn assert_apart(mut spans: Vec<(f64, f64)>, count: usize) {
    spans.sort_by(|one, other| one.0.total_cmp(&other.0));
    assert_eq!(spans.len(), count, "{spans:?}");
    assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{spans:?}");
}

#[test]
fn jobs_with_one_resource_group_never_overlap_not_even_in_two_pipelines() {
    let pipeline = Pipeline::new(SHARED);
    let start = || spawn(program(), pipeline.folder(), &["pipeline", "-j", "4"]);
    let (one, other) = (start(), start());
    let wait = |child: Child| wait_with_output(child, |_| {});
    let (one, other) = (wait(one), wait(other));
    assert_eq!((one.code, other.code), (0, 0), "{}{}", one.log(), other.log());
    let mut all = spans(&one.log());
    all.extend(spans(&other.log()));
    assert_apart(all, 4);
    let told = [&one, &other].map(|outcome| format!("{}{}", outcome.log(), outcome.stderr)).join("");
    assert!(told.contains("resource group `production-blue`"), "{told}");
    for job in ["stops-one", "stops-two"] {
        engine::assert_nothing_left_of(job);
    }
}

#[test]
fn a_resource_group_with_a_variable_counts_also_if_the_image_is_known_late() {
    let pipeline = Pipeline::new(
        "
stages: [a, b]
default: {image: 'busybox:1.35'}
stops-gives: {stage: a, script: [echo TAG=1.35 >v.env], artifacts: {reports: {dotenv: v.env}}}
.deploy:
  stage: b
  variables: {ENV: prod}
  resource_group: deploy-$ENV
  script: ['echo \"began $(cut -d\" \" -f1 /proc/uptime)\"', sleep 1, 'echo \"ended $(cut -d\" \" -f1 /proc/uptime)\"']
stops-late: {extends: .deploy, image: 'busybox:$TAG'}
stops-early: {extends: .deploy}
",
    );
    let ended = run_in(&pipeline, &["-j", "4"]);
    assert_eq!(ended.outcome.code, 0, "{}", ended.outcome.log());
    assert_apart(spans(&ended.outcome.log()), 2);
}

#[test]
fn a_resource_that_cannot_be_locked_fails_its_job_and_the_pipeline_goes_on() {
    let pipeline = Pipeline::new(
        "
stages: [a, b]
default: {image: 'busybox:1.35'}
stops-locked: {stage: a, resource_group: g, script: [echo no]}
stops-next: {stage: b, script: [echo no]}
stops-always: {stage: b, when: always, script: [echo yes]}
",
    );
    let state = pipeline.folder().with_extension("state");
    let run = || {
        let mut program = program();
        program.env("RUNNER_LITE_STATE_DIR", &state);
        wait_with_output(spawn(program, pipeline.folder(), &["pipeline"]), |_| {})
    };
    assert_eq!(run().code, 0);
    let folder = std::fs::read_dir(state.join("resources")).unwrap().next().unwrap().unwrap().path();
    let lock = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let outcome = run();
    let log = outcome.log();
    assert_eq!(outcome.code, 125, "{log}");
    let line = |job: &str| log.lines().rfind(|line| line.starts_with(job)).unwrap().to_owned();
    assert!(line("stops-locked ").contains("failed system"), "{log}");
    assert!(line("stops-next ").contains("skipped"), "{log}");
    assert!(line("stops-always ").contains("passed"), "{log}");
}

#[test]
fn a_pipeline_that_waits_for_a_resource_ends_when_nobody_reads_its_log() {
    let pipeline = Pipeline::new(&SHARED.replace("stops-", "stops-unread-").replace("sleep 1", "sleep 8"));
    let first = spawn(program(), pipeline.folder(), &["pipeline", "-j", "1"]);
    std::thread::sleep(Duration::from_secs(3));
    let mut second = spawn(program(), pipeline.folder(), &["pipeline"]);
    let begun = Instant::now();
    drop(second.stdout.take());
    drop(second.stderr.take());
    assert_eq!(second.wait().unwrap().code(), Some(141));
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    let process = first.id().to_string();
    assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
    assert_eq!(wait_with_output(first, |_| {}).code, 130);
    for job in ["stops-unread-one", "stops-unread-two"] {
        engine::assert_nothing_left_of(job);
    }
}

#[test]
fn a_pipeline_without_a_store_is_reported() {
    let pipeline = Pipeline::new("stops-unstored: {image: 'busybox:1.35', script: [echo no]}");
    let report = pipeline.folder().with_extension("report.json");
    let mut program = program();
    program.env("RUNNER_LITE_STATE_DIR", "/proc/none");
    let arguments = ["pipeline", "--report", report.to_str().unwrap()];
    let outcome = wait_with_output(spawn(program, pipeline.folder(), &arguments), |_| {});
    assert_eq!(outcome.code, 125, "{}", outcome.stderr);
    let report: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    assert_eq!((&report["code"], &report["run"]), (&125.into(), &Value::Null));
    assert_eq!(states(&report), ["created"]);
}

#[test]
fn a_killed_pipeline_keeps_no_resource() {
    let pipeline = Pipeline::new(&SHARED.replace("sleep 1", "sleep 2").replace("stops-", "stops-killed-"));
    let first = spawn(program(), pipeline.folder(), &["pipeline", "-j", "4"]);
    let process = first.id().to_string();
    let mut killed = false;
    let outcome = wait_with_output(first, |output| {
        if !killed && String::from_utf8_lossy(output).contains("began ") {
            killed = true;
            assert!(Command::new("kill").args(["-KILL", &process]).status().unwrap().success());
        }
    });
    assert!(killed, "{}", outcome.log());
    let second = run_in_leftovers(&pipeline);
    assert_eq!(second.code, 0, "{}\n{}", second.log(), second.stderr);
    let cleaned = wait_with_output(spawn(program(), pipeline.folder(), &["clean", "--force"]), |_| {});
    assert_eq!(cleaned.code, 0, "{}", cleaned.stderr);
    for job in ["stops-killed-one", "stops-killed-two"] {
        engine::assert_nothing_left_of(job);
    }
}

/// Runs the pipeline while something is left on the engine.
fn run_in_leftovers(pipeline: &Pipeline) -> Outcome {
    wait_with_output(spawn(program(), pipeline.folder(), &["pipeline", "-j", "4"]), |_| {})
}

/// Runs a pipeline with three slots, sends the program each signal once, when all three jobs have printed `begun`, and
/// returns its report as well.
fn run_and_signal(yaml: &str, signals: &[&str]) -> (Outcome, Value) {
    let pipeline = Pipeline::new(yaml);
    let report = pipeline.folder().with_extension("report.json");
    let arguments = ["pipeline", "-j", "3", "--report", report.to_str().unwrap()];
    let child = spawn(program(), pipeline.folder(), &arguments);
    let process = child.id().to_string();
    let mut sent = None;
    let outcome = wait_with_output(child, |output| {
        let lines = String::from_utf8_lossy(output)
            .lines()
            .filter(|line| line.ends_with("begun") && !line.contains('$'))
            .count();
        if sent.is_none() && lines == 3 {
            sent = Some(Instant::now());
            for signal in signals {
                assert!(Command::new("kill").args([*signal, &process]).status().unwrap().success());
                std::thread::sleep(Duration::from_millis(500));
            }
        }
    });
    let elapsed = sent.unwrap_or_else(|| panic!("{}", outcome.log())).elapsed();
    let report: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    for job in report["jobs"].as_array().unwrap() {
        engine::assert_nothing_left_of(job["name"].as_str().unwrap());
    }
    (Outcome { elapsed, ..outcome }, report)
}

/// Three jobs that run for long, and one behind them; `name` begins their names.
fn three_jobs(name: &str, after_script: &str) -> String {
    format!(
        "
stages: [a, b]
.long: {{stage: a, image: 'busybox:1.35', script: [echo begun, sleep 300], after_script: {after_script}}}
{name}-x: {{extends: .long}}
{name}-y: {{extends: .long}}
{name}-z: {{extends: .long}}
{name}-behind: {{stage: b, when: always, image: 'busybox:1.35', script: [echo no]}}
"
    )
}

fn states(report: &Value) -> Vec<&str> {
    report["jobs"].as_array().unwrap().iter().map(|job| job["state"].as_str().unwrap()).collect()
}

#[test]
fn a_signal_stops_all_jobs_as_it_stops_one_and_the_summary_is_printed() {
    let (outcome, report) = run_and_signal(&three_jobs("stops-plain", "[]"), &["-INT"]);
    assert_eq!(outcome.code, 130, "{}", outcome.log());
    assert!(outcome.elapsed < Duration::from_secs(15), "{:?}", outcome.elapsed);
    assert_eq!(states(&report), ["canceled"; 4]);
    assert_eq!(report["code"], 130);
    let told = format!("{}{}", outcome.log(), outcome.stderr);
    assert!(told.contains("stops-plain-behind") && told.contains("canceled"), "{told}");
}

#[test]
fn after_script_of_a_stopped_pipeline_runs_unless_a_second_signal_comes() {
    let after = "['echo \"after $CI_JOB_STATUS\"', sleep 4]";
    let (outcome, _) = run_and_signal(&three_jobs("stops-after", after), &["-TERM"]);
    assert_eq!(outcome.code, 143, "{}", outcome.log());
    assert_eq!(outcome.log().matches("after canceled\n").count(), 3, "{}", outcome.log());
    let (outcome, _) =
        run_and_signal(&three_jobs("stops-twice", "[sleep 60, echo never]"), &["-INT", "-INT"]);
    assert_eq!(outcome.code, 130, "{}", outcome.log());
    assert!(outcome.elapsed < Duration::from_secs(15), "{:?}", outcome.elapsed);
    assert!(!outcome.log().contains("│ never\n"), "{}", outcome.log());
}

#[test]
fn jobs_see_the_sources_as_they_were_when_the_first_one_began() {
    let pipeline = Pipeline::new(
        "
stages: [a, b]
default: {image: 'busybox:1.35'}
stops-first: {stage: a, script: [cat file, echo begun, sleep 3]}
stops-later: {stage: b, script: [cat file]}
",
    );
    pipeline.write("file", "as it was\n");
    let file = pipeline.folder().join("file");
    let child = spawn(program(), pipeline.folder(), &["pipeline"]);
    let mut edited = false;
    let outcome = wait_with_output(child, |output| {
        if !edited && String::from_utf8_lossy(output).contains("\nbegun\n") {
            edited = true;
            std::fs::write(&file, "edited\n").unwrap();
        }
    });
    assert_eq!((outcome.code, edited), (0, true), "{}", outcome.log());
    assert_eq!(outcome.log().matches("as it was\n").count(), 2, "{}", outcome.log());
    assert!(run_in(&pipeline, &[]).outcome.log().contains("edited\n"));
}

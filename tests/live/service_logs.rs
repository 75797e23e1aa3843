//! What services print: in the log of their job, and in the store.

use super::pipeline::Pipeline;
use super::run::{Outcome, run_job, run_job_with};

/// A service with the alias `chat` that runs these commands of a shell.
fn chat(commands: &str) -> String {
    format!("{{name: busybox:1.35, alias: chat, command: [sh, -c, '{commands}']}}")
}

fn yaml(name: &str, variables: &str, service: &str, script: &str) -> String {
    format!(
        "{name}:\n  image: busybox:1.35\n  variables: {{{variables}}}\n  services: [{service}]\n  script: [{script}]\n"
    )
}

/// The lines of services, without their times, and `$ …` for the first command of the script.
fn lines_of_services(outcome: &Outcome) -> Vec<String> {
    let log = outcome.log();
    let lines = log.lines().filter(|line| line.contains("[service:") || line.contains("$ echo on"));
    let without_time = |line: &str| {
        let words = line.split(' ');
        let is_time = |word: &&str| word.len() == 30 && word.parse::<jiff::Timestamp>().is_ok();
        words.map(|word| if is_time(&word) { "TIME" } else { word }).collect::<Vec<_>>().join(" ")
    };
    lines.map(without_time).collect()
}

#[test]
fn with_ci_debug_services_the_log_has_the_lines_of_gitlab_runners() {
    // The job `svc-logs` of tests/reference/scripts.json, whose whole log in GitLab Runner has these lines.
    let expect = [
        "\u{1b}[0;37m[service:busybox-chat] TIME hello 1\u{1b}[0;m",
        "\u{1b}[0;37m[service:busybox-chat] TIME hello 2\u{1b}[0;m",
        "\u{1b}[0;37m[service:busybox-chat] TIME hello 3\u{1b}[0;m",
    ];
    let service = chat("for i in 1 2 3; do echo hello $i; sleep 0.3; done; sleep 60");
    let yaml = yaml("svc-log-runner", "CI_DEBUG_SERVICES: \"true\"", &service, "echo on, sleep 2");
    let outcome = run_job_with("svc-log-runner", &yaml, &["--color=always"]);
    outcome.assert(0, &["Job succeeded"]);
    let lines = lines_of_services(&outcome);
    let (last, of_services) = lines.split_last().unwrap();
    assert_eq!(of_services, expect, "{}", outcome.log());
    assert!(last.ends_with("$ echo on\u{1b}[0;m"), "{last:?}");
}

#[test]
fn ci_debug_services_is_a_boolean_that_the_runner_may_ignore() {
    let job = |name: &str, value: &str, arguments: &[&str]| {
        let service = chat("echo hello; sleep 60");
        run_job_with(
            name,
            &yaml(name, &format!("CI_DEBUG_SERVICES: \"{value}\""), &service, "echo on"),
            arguments,
        )
    };
    let wrong = job("svc-log-blammo", "blammo", &[]);
    let text = "CI_DEBUG_SERVICES: expected bool got \"blammo\", using default value: false";
    assert!(wrong.code == 0 && wrong.stderr.contains(text), "{wrong:?}");
    let disabled = job("svc-log-disabled", "true", &["--debug-trace-disabled"]);
    let text = "CI_DEBUG_SERVICES: usage is disabled on this Runner";
    assert!(disabled.code == 0 && disabled.stderr.contains(text), "{disabled:?}");
    for outcome in [wrong, disabled] {
        assert!(!outcome.log().contains("[service:"), "{}", outcome.log());
    }
}

#[test]
fn with_service_logs_the_lines_of_services_stand_where_they_were_printed() {
    // The check of the service dials its port 80 alone.
    let service = chat(
        "echo up; httpd -p 80; nc -l -p 7781; echo asked >&2; nc -l -p 7782; echo asked again; sleep 60",
    );
    let service = service.replace("{name", "{variables: {HEALTHCHECK_TCP_PORT: \"80\"}, name");
    let ask = |port: u16| format!("'until nc chat {port} </dev/null; do sleep 0.1; done', sleep 1");
    // What a script prints at once is shown when the job has been prepared, which takes some milliseconds more.
    let script = format!("echo on, sleep 1, {}, {}, echo over", ask(7781), ask(7782));
    let outcome =
        run_job_with("svc-log-order", &yaml("svc-log-order", "", &service, &script), &["--service-logs"]);
    outcome.assert(0, &["Job succeeded"]);
    let log = outcome.log();
    // The lines come over connections of their own, on Podman up to some seconds later than the job's: what counts is that
    // they come one after another while the script runs.
    let mut rest = &*log;
    for text in ["[service:busybox-chat] 2", "Z up\n", "Z asked\n", "Z asked again\n", "\nover\n"] {
        let Some((_, after)) = rest.split_once(text) else { panic!("{text:?} is not in its place: {log}") };
        rest = after;
    }
}

#[test]
fn what_a_service_prints_is_stored_up_to_its_end_and_not_shown() {
    let services = format!("{}, redis:latest", chat("echo out of luck >&2; echo and done; sleep 1; exit 3"));
    let yaml = yaml("svc-log-stored", "", &services, "echo on");
    let pipeline = Pipeline::new(&yaml);
    let outcome = pipeline.exec("svc-log-stored", &[]);
    outcome.assert(0, &["Job succeeded"]);
    let log = pipeline.answer(&["logs", "svc-log-stored"]);
    assert!(!log.contains("[service:"), "{log}");
    for name in ["chat", "busybox", "busybox:1.35"] {
        let answer = pipeline.answer(&["logs", "svc-log-stored", "--service", name]);
        let mut lines: Vec<&str> =
            answer.lines().filter_map(|line| line.split_once("Z ")).map(|(_, text)| text).collect();
        // The engine may take up two streams in another order.
        lines.sort_unstable();
        assert_eq!(lines, ["and done", "out of luck"], "{answer}");
    }
    let redis = pipeline.answer(&["logs", "svc-log-stored", "--service=redis", "--run=last"]);
    assert!(redis.contains("Ready to accept connections"), "{redis}");
    let unknown = pipeline.run(&["logs", "svc-log-stored", "--service", "rediss"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("did you mean `redis`?"), "{unknown:?}");
}

#[test]
fn secrets_in_the_output_of_services_are_masked_where_it_is_shown_and_where_it_is_stored() {
    let service = chat("printf \"a $TOKEN b hunter22-\"; sleep 0.5; echo hunter22; sleep 60");
    let pipeline = Pipeline::new(&yaml("svc-log-masked", "", &service, "sleep 1"));
    pipeline.write(".runner-lite.env", "# masked\nSECRET=hunter22-hunter22\n");
    let yaml = std::fs::read_to_string(pipeline.folder().join(".gitlab-ci.yml")).unwrap();
    pipeline.write(".gitlab-ci.yml", &yaml.replace("$TOKEN", "hunter22-hunter22"));
    let outcome = pipeline.exec("svc-log-masked", &["--service-logs"]);
    outcome.assert(0, &["Z a [MASKED] b [MASKED]\n"]);
    let stored = pipeline.answer(&["logs", "svc-log-masked", "--service", "chat"]);
    assert!(stored.ends_with("Z a [MASKED] b [MASKED]\n"), "{stored}");
    let log = outcome.log() + &stored + &pipeline.answer(&["logs", "svc-log-masked"]);
    assert!(!log.contains("hunter22"), "{log}");
}

#[test]
fn a_secret_is_masked_where_the_engine_cuts_a_long_line() {
    // Docker stores a line in pieces of 16 KiB, and puts a time before each.
    let service = chat("head -c 16378 /dev/zero | tr \"\\\\0\" a; echo hunter22-hunter22; sleep 60");
    let pipeline = Pipeline::new(&yaml("svc-log-long", "", &service, "sleep 1"));
    pipeline.write(".runner-lite.env", "# masked\nSECRET=hunter22-hunter22\n");
    pipeline.exec("svc-log-long", &["--service-logs"]).assert(0, &["aaa[MASKED]\n"]);
    let stored = pipeline.answer(&["logs", "svc-log-long", "--service", "chat"]);
    assert!(stored.ends_with("aaa[MASKED]\n"), "{stored}");
    assert_eq!(stored.lines().filter(|line| line.contains('Z')).count(), 1, "{stored}");
}

#[test]
fn of_a_log_that_is_too_long_the_beginning_and_the_end_are_stored() {
    let service =
        chat("echo first line; yes \"$(printf %1000d 1)\" | head -n 12000; echo last line; sleep 60");
    let pipeline = Pipeline::new(&yaml("svc-log-large", "", &service, "sleep 3"));
    pipeline.exec("svc-log-large", &[]).assert(0, &["Job succeeded"]);
    let stored = pipeline.answer(&["logs", "svc-log-large", "--service", "chat"]);
    assert!((3 << 20..(4 << 20) + 1000).contains(&stored.len()), "{}", stored.len());
    assert!(stored.lines().next().unwrap().ends_with("Z first line"));
    assert!(stored.ends_with("Z last line\n"));
    let gap = "[runner-lite: the log is longer than 4 MiB; a part of it is left out here]";
    assert_eq!(stored.lines().filter(|line| *line == gap).count(), 1);
}

#[test]
fn jobs_of_a_pipeline_that_run_together_show_the_lines_of_their_services_with_their_names() {
    let job = |name: &str| yaml(name, "", &chat(&format!("echo hello of {name}; sleep 60")), "sleep 1");
    let names = ["svc-log-both-a", "svc-log-both-b"];
    let pipeline = Pipeline::new(&names.map(job).concat());
    let outcome = pipeline.run(&["pipeline", "--service-logs", "-j2"]);
    outcome.assert(0, &[]);
    let log = outcome.log();
    for name in names {
        let is_line = |line: &&str| {
            line.starts_with(name)
                && line.contains("[service:busybox-chat] 2")
                && line.ends_with(&format!("hello of {name}"))
        };
        assert_eq!(log.lines().filter(is_line).count(), 1, "{log}");
    }
    let answer = pipeline.answer(&["logs", names[1], "--service", "chat"]);
    assert!(answer.ends_with("Z hello of svc-log-both-b\n"), "{answer}");
}

#[test]
fn without_services_nothing_is_stored_of_any() {
    run_job("svc-log-none", "svc-log-none: {image: 'busybox:1.35', script: [echo on]}")
        .assert(0, &["\non\n"]);
    let pipeline = Pipeline::new("svc-log-none-stored: {image: 'busybox:1.35', script: [echo on]}");
    pipeline.exec("svc-log-none-stored", &[]).assert(0, &[]);
    let answer = pipeline.run(&["logs", "svc-log-none-stored", "--service", "db"]);
    let text = "error: no service of job \"svc-log-none-stored\" is stored in run 1 (";
    assert!(answer.code == 2 && answer.stderr.contains(text), "{answer:?}");
}

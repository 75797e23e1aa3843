//! The tables of the specification about `when`, `needs` and manual jobs: each row is a case.

use super::*;
use crate::schedule::progress::Schedule;
use crate::schedule::testing::{graph, job_status, run};

/// Runs a pipeline in which these jobs do not pass.
#[track_caller]
fn check(jobs: &str, ends: &str, expect: &str) {
    assert_eq!(run(&mut Schedule::new(graph(jobs), StartRules::default()), ends), expect, "{jobs}");
}

/// Runs a pipeline of which the user starts some jobs.
#[track_caller]
fn check_started(jobs: &str, started: &[usize], ends: &str, expect: &str) {
    let rules = StartRules { started: started.iter().copied().collect(), ..StartRules::default() };
    assert_eq!(run(&mut Schedule::new(graph(jobs), rules), ends), expect, "{jobs}");
}

/// What is decided about the jobs in these states.
#[track_caller]
fn check_decision(jobs: &str, states: &str, delayed: DelayedStart, expect: &str) {
    let graph = graph(jobs);
    let states: Vec<CountedState> = states.split(' ').map(job_status).collect();
    let rules = StartRules { delayed, ..StartRules::default() };
    let changes = decide(&graph, &graph.decision_order(), &states, &rules);
    let text = changes.iter().map(|change| format!("{} {}", graph.jobs[change.job].name, change.to));
    assert_eq!(text.collect::<Vec<_>>().join("; "), expect, "{jobs}");
}

#[test]
fn each_when_goes_on_after_the_statuses_of_its_row() {
    for (when, goes_on_after) in [
        ("", ["success", "skipped", ""]),
        ("manual", ["success", "skipped", ""]),
        ("delayed", ["success", "skipped", ""]),
        ("on_failure", ["failed", "", ""]),
        ("always", ["success", "failed", "skipped"]),
    ] {
        for of_needs in [false, true] {
            for before in ["success", "failed", "canceled", "skipped"] {
                let word = if when.is_empty() { String::new() } else { format!(" {when}") };
                let needs = if of_needs { " needs a" } else { "" };
                let after_skipped_need = of_needs && before == "skipped" && when != "always";
                let expect = match goes_on_after.contains(&before) && !after_skipped_need {
                    true if when == "manual" => "b manual",
                    true => "b pending",
                    false => "b skipped",
                };
                let jobs = format!("a 0; b 1{word}{needs}");
                check_decision(&jobs, &format!("{before} created"), DelayedStart::Now, expect);
            }
        }
    }
}

#[test]
fn a_job_waits_until_the_jobs_before_it_are_complete() {
    for before in ["created", "manual", "scheduled", "waiting_for_resource", "pending", "running"] {
        let states = format!("running {before} created");
        for when in ["", " on_failure", " always", " manual"] {
            for needs in ["", " needs x a"] {
                let jobs = format!("x 0; a 0 needs x; b 1{when}{needs}");
                check_decision(&jobs, &states, DelayedStart::Wait, "");
            }
        }
    }
}

#[test]
fn the_situations_with_when_end_as_the_specification_says() {
    check("a 0 on_failure; b 1", "", "a skipped NothingFailed; b success");
    check(
        "build 0; test 1; cleanup 2 always",
        "build failed",
        r#"build failed; test skipped Failed("build"); cleanup success"#,
    );
    check("a 0; b 1 always needs a; c 2 needs b", "a failed", "a failed; b success; c success");
    check(
        "ok 0; bad 0; b 1 on_failure needs ok",
        "bad failed",
        "ok success; bad failed; b skipped NothingFailed",
    );
    check(
        "bad 0; ok 0; none 1 on_failure needs ok; b 2 on_failure needs bad none",
        "bad failed",
        r#"bad failed; ok success; none skipped NothingFailed; b skipped Skipped("none")"#,
    );
    check("a 0; b 1 manual ?", "a failed", r#"a failed; b skipped Failed("a")"#);
    check("a 0 ?; b 1 on_failure; c 2", "a failed?", "a failed; b skipped NothingFailed; c success");
    check(
        "a 0; b 1; c 2 always",
        "a canceled",
        r#"a canceled; b skipped Canceled("a"); c skipped Canceled("a")"#,
    );
    check("a 0; b 0; c 1", "a failed", r#"a failed; b success; c skipped Failed("a")"#);
}

#[test]
fn an_always_job_with_a_skipped_need_starts_while_another_need_runs() {
    check_decision(
        "a 0; b 0; c 1 always needs a b",
        "running skipped created",
        DelayedStart::Now,
        "c pending",
    );
    check_decision("a 0; b 0; c 1 needs a b", "running skipped created", DelayedStart::Now, "c skipped");
}

#[test]
fn the_forms_of_needs_end_as_the_specification_says() {
    check_decision(
        "pre 0; a 1; b 2 needs",
        "created created created",
        DelayedStart::Now,
        "pre pending; b pending",
    );
    check("a 0 needs b; b 0", "b failed", r#"a skipped Failed("b"); b failed"#);
    check("a 0; b 1 needs a", "a failed", r#"a failed; b skipped Failed("a")"#);
    check("a 0 ?; b 1 needs a", "a failed", "a failed; b success");
    check(
        "a 0; b 1 needs a; c 2 needs b",
        "a failed",
        r#"a failed; b skipped Failed("a"); c skipped Skipped("b")"#,
    );
    check("a 0 manual ?; b 1 needs a; c 1", "", r#"a manual; b skipped NotStarted("a"); c success"#);
    check("a 0 manual; b 1 needs a; c 1 needs", "", r#"a manual; b created BlockedBy(["a"]); c success"#);
    check("m1 0; m2 0; b 1 needs m1 m2", "m2 failed", r#"m1 success; m2 failed; b skipped Failed("m2")"#);
    check_decision("a 0 delayed; b 1 needs a", "scheduled created", DelayedStart::Wait, "");
}

#[test]
fn an_exit_code_that_is_allowed_excuses_a_failure() {
    check("a 0; b 1", "a failed?", "a failed; b success");
}

#[test]
fn a_blocking_manual_job_hides_a_failure_beside_it() {
    check(
        "a 0; m 0 manual; b 1 always; c 1 on_failure; d 2 needs b",
        "a failed",
        r#"a failed; m manual; b created BlockedBy(["m"]); c created BlockedBy(["m"]); d created BlockedBy(["m"])"#,
    );
}

#[test]
fn the_user_starts_manual_jobs_when_their_turn_comes() {
    check("m 0 manual ?; b 1", "", "m manual; b success");
    check_started("m 0 manual ?; b 1 needs m", &[0], "", "m success; b success");
    check_started("a 0; m 1 manual; b 2", &[1], "", "a success; m success; b success");
    check_started(
        "a 0; m 1 manual; b 2",
        &[1],
        "a failed",
        r#"a failed; m skipped Failed("a"); b skipped Failed("a")"#,
    );
    check_started("m 0 manual ?; b 1", &[0], "m failed", "m failed; b success");
    check_started("a 0; b 1 on_failure", &[1], "", "a success; b success");
}

#[test]
fn delayed_jobs_start_at_once_or_are_scheduled() {
    let jobs = "a 0 delayed; b 1";
    check_decision(jobs, "created created", DelayedStart::Now, "a pending");
    check_decision(jobs, "created created", DelayedStart::Wait, "a scheduled");
    check_decision(jobs, "created created", DelayedStart::Skip, "a scheduled");
}

#[test]
fn a_trigger_job_passes_without_having_run() {
    check("t 0 trigger; b 1", "", "t success NotRunHere; b success");
    check("a 0; t 1 trigger; b 2", "a failed", r#"a failed; t skipped Failed("a"); b skipped Failed("a")"#);
    check("t 0 manual trigger; b 1", "", r#"t manual; b created BlockedBy(["t"])"#);
}

#[test]
fn skips_reach_all_jobs_behind_in_one_pass() {
    check_decision(
        "a 0; b 1; c 1 needs b; d 2; e 3 always",
        "failed created created created created",
        DelayedStart::Now,
        "b skipped; c skipped; d skipped; e pending",
    );
}

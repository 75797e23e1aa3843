//! Shells in jobs of a pipeline.

use super::super::pty::PtyRun;
use super::{end, engine, kill, start};

/// A pipeline of two jobs that fail one after the other, and one that prints a lot meanwhile.
fn two_fail(prefix: &str, head: &str) -> String {
    let job = |name: &str, script: &str| {
        format!("{prefix}-{name}: {{image: 'busybox:1.35', script: [{script}]}}\n")
    };
    [
        head.to_owned(),
        job("a", "\"false\""),
        job("b", "sleep 2, (exit 4)"),
        job("c", "sleep 3, 'for i in $(seq 1 30000); do echo \"line $i of c with some more text\"; done'"),
    ]
    .concat()
}

/// Ends the run, and asserts its exit code and that nothing of its jobs is left. Returns what was shown.
fn end_pipeline(run: PtyRun, prefix: &str, code: i32) -> String {
    let shown = end(run, &format!("{prefix}-a"), code);
    ["b", "c"].iter().for_each(|job| engine::assert_nothing_left_of(&format!("{prefix}-{job}")));
    shown
}

#[test]
fn jobs_get_their_shells_one_after_another_while_others_go_on() {
    let prefix = "pipeline-shells";
    let (_folder, mut run) = start(&two_fail(prefix, ""), &["pipeline", "-i", "-j", "3"]);
    run.expect("A shell opens in the job's container; after it, the job ends.");
    run.expect("# ");
    assert!(!run.is_in_normal_mode());
    let before = run.shown().len();
    run.send("sleep 10; echo wai''ted\r");
    run.expect("waited\r\n");
    // It has ended although nothing of its log has been shown: 1.5 MB, more than all queues have room for.
    engine::assert_nothing_left_of(&format!("{prefix}-c"));
    let meanwhile = run.shown()[before..].to_owned();
    assert!(!meanwhile.contains("of c") && !meanwhile.contains("Running"), "{meanwhile}");
    run.send("exit\r");
    run.expect("written while the shell was open are left out; `runner-lite logs JOB` shows all of it.");
    run.expect("line 30000 of c");
    run.expect("command failed (exit 4)");
    run.expect("A shell opens");
    run.expect("# ");
    run.send("exit\r");
    let shown = end_pipeline(run, prefix, 1);
    assert!(shown.contains("passed\u{1b}") && !shown.ends_with("done"), "{shown}");
}

#[test]
fn a_job_that_waits_for_the_terminal_says_so() {
    let prefix = "pipeline-waits";
    let yaml = format!(
        "{prefix}-a: {{image: 'busybox:1.35', script: ['false']}}\n{prefix}-b: {{image: 'busybox:1.35', script: [sleep 2, 'false']}}\n\
         {prefix}-c: {{image: 'busybox:1.35', script: [sleep 3, 'false']}}\n"
    );
    let (_folder, mut run) = start(&yaml, &["pipeline", "-i", "-j", "3"]);
    run.expect("# ");
    run.send("sleep 6; exit\r");
    run.expect(&format!("A shell opens in the job's container after the shell of `{prefix}-a`."));
    run.expect("A shell opens in the job's container; after it, the job ends.");
    run.expect(&format!("Waiting for the terminal: `{prefix}-c`"));
    run.expect("# ");
    run.send("exit\r");
    run.expect("A shell opens");
    run.expect("# ");
    run.send("exit\r");
    end_pipeline(run, prefix, 1);
}

#[test]
fn a_signal_ends_the_shell_and_the_jobs_that_wait_for_theirs() {
    let prefix = "pipeline-signal";
    let (_folder, mut run) = start(&two_fail(prefix, ""), &["pipeline", "-i", "-j", "3"]);
    run.expect("# ");
    std::thread::sleep(std::time::Duration::from_secs(4));
    kill(&run, "TERM");
    end_pipeline(run, prefix, 143);
}

#[test]
fn a_job_that_is_canceled_while_it_waits_for_the_terminal_gets_no_shell() {
    let prefix = "pipeline-cancel";
    let head = "workflow: {auto_cancel: {on_job_failure: all}}\n";
    let (_folder, mut run) = start(&two_fail(prefix, head), &["pipeline", "-i", "-j", "3"]);
    run.expect("# ");
    run.send("sleep 6; exit\r");
    let shown = end_pipeline(run, prefix, 1);
    assert_eq!(shown.matches("A shell opens in the job's container; after it").count(), 1, "{shown}");
    assert!(shown.contains("canceled"), "{shown}");
}

#[test]
fn logs_that_are_not_shown_as_they_come_are_shown_before_the_shell() {
    for (output, expected) in [("grouped", "before the failure"), ("none", "command failed (exit 1)")] {
        let name = format!("pipeline-output-{output}");
        let yaml = format!("{name}: {{image: 'busybox:1.35', script: [echo before the failure, 'false']}}");
        let (_folder, mut run) = start(&yaml, &["pipeline", "-i", "--output", output]);
        run.expect(expected);
        run.expect("A shell opens");
        run.expect("# ");
        run.send("exit\r");
        end(run, &name, 1);
    }
}

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::*;
use crate::executor::testing;

/// How long a shell may take here.
const WITHIN: Duration = Duration::from_secs(20);

/// A plan whose project directory is in `folder`.
fn plan(folder: &Path) -> JobPlan {
    JobPlan { project_dir: folder.join("a 'project'").to_str().unwrap().to_owned(), ..testing::plan() }
}

/// A shell that has failed in a script with these commands, and waits.
fn waiting(shell: &str, plan: &JobPlan, report: &Path, commands: &str) -> Child {
    let text = format!("exec 9>>'{}'; {commands}\n(exit 3)\n{}", report.display(), wait_after_failure(plan));
    let child = Command::new(shell).args(["-c", &text]).spawn().unwrap();
    let began = Instant::now();
    while std::fs::read_to_string(report).unwrap_or_default() != "runner-lite: waits with exit code 3\n" {
        assert!(began.elapsed() < WITHIN, "{shell} does not report");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

fn run(command: &[String]) -> String {
    let output = Command::new(&command[0]).args(&command[1..]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// What the first commands of the terminal's shell make of `commands`, and the exit code of the script.
fn after(shell: &str, commands: &str, over: Option<i64>) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let (plan, report) = (plan(folder.path()), folder.path().join("report"));
    std::fs::create_dir(&plan.project_dir).unwrap();
    let mut child = waiting(shell, &plan, &report, commands);
    let TerminalFiles { start, .. } = TerminalFiles::of(&plan);
    let text = format!(". {start}; echo \"$WORD,$mine,$PWD\"; greet 2>/dev/null");
    let shown = run(&[shell.to_owned(), "-c".to_owned(), text]);
    let files = std::fs::read_dir(format!("{}.tmp", plan.project_dir)).unwrap().count();
    assert_eq!(files, 0, "the state of {shell} is still there");
    run(&close_shell(&plan, over));
    (shown, child.wait().unwrap().code())
}

#[test]
fn a_shell_that_follows_has_what_the_script_has_left() {
    let commands = "export WORD='a \"b\"'; mine=1; greet() { echo hello; }; cd /usr";
    assert_eq!(after("bash", commands, None), ("a \"b\",1,/usr\nhello\n".to_owned(), Some(3)));
    assert_eq!(after("sh", commands, Some(7)).1, Some(7));
    assert!(after("dash", commands, None).0.starts_with("a \"b\",,/usr\n"));
}

#[test]
fn functions_of_the_script_and_its_path_do_not_disturb_the_wait() {
    let commands = "sleep() { exit 9; }; read() { exit 9; }; pwd() { echo /; }; mkdir() { exit 9; }; export PATH=/none; cd /usr";
    for shell in ["/bin/bash", "/bin/dash"] {
        assert_eq!(after(shell, commands, Some(4)), (",,/usr\n".to_owned(), Some(4)), "{shell}");
    }
}

#[test]
fn a_script_without_reports_does_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("exec 9>/dev/null; (exit 3)\n{}", wait_after_failure(&plan(folder.path())));
    assert_eq!(Command::new("sh").args(["-c", &text]).status().unwrap().code(), Some(3));
}

#[test]
fn a_stopped_script_is_waited_for_by_neither_shell() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, report) = (plan(folder.path()), folder.path().join("report"));
    std::fs::create_dir(&plan.project_dir).unwrap();
    let text =
        format!("exec 9>>'{}'; {}\n(exit 3)\n{}", report.display(), forgo(&plan), wait_unless_done(&plan));
    assert_eq!(Command::new("sh").args(["-c", &text]).status().unwrap().code(), Some(3));
    assert_eq!(std::fs::read_to_string(report).unwrap(), "");
}

//! What `--keep` leaves on the engine, and that the commands which the log prints work.

use std::path::Path;
use std::process::Command;

use super::super::engine::assert_nothing_left_of;
use super::super::pty::PtyRun;
use super::super::run::{program, spawn, start_job, wait_with_output};
use super::{clean, docker};

/// The beginning of the names of kept objects, which are removed when it is dropped.
struct KeptRun(String);

impl KeptRun {
    /// The run that the log names in the command which removes it.
    fn of(log: &str) -> Self {
        let (_, rest) = log.split_once("runner-lite clean ").unwrap_or_else(|| panic!("{log}"));
        // The name of the run is the last word; `--host` may precede it.
        Self(rest.lines().next().unwrap().split_whitespace().last().unwrap().to_owned())
    }
}

impl Drop for KeptRun {
    fn drop(&mut self) {
        clean(&[&self.0, "--force"]);
    }
}

/// Runs the first line of the log with this command of docker's, without a terminal and with more words, and returns what it
/// prints. The line must name the engine if it is not the default one.
fn run_printed(log: &str, command: &str, more: &str, folder: &Path) -> String {
    let is_of = |line: &&str| match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["docker", "-H", _, word, ..] | ["docker", word, ..] => word == command,
        _ => false,
    };
    let line = log.lines().map(str::trim).find(is_of);
    let line = line.unwrap_or_else(|| panic!("no line has the command {command}: {log}"));
    let text = format!("{} {more}", line.replace(" -it ", " "));
    let output =
        Command::new("sh").args(["-c", &text]).env_remove("DOCKER_HOST").current_dir(folder).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
    [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat()
}

#[test]
fn a_failed_job_can_be_looked_into_with_the_printed_commands_and_clean_spares_it() {
    let name = "cleanup-kept";
    let folder = tempfile::tempdir().unwrap();
    let service = "{name: 'busybox:1.35', alias: db, command: [sh, -c, 'echo service-says; sleep 600']}";
    let yaml = format!(
        "{name}: {{image: 'busybox:1.35', variables: {{FF_NETWORK_PER_BUILD: 'true'}}, services: [{service}], \
         script: [echo made >file-of-job, exit 3]}}\n"
    );
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let outcome = wait_with_output(start_job(folder.path(), name, &["--keep"]), |_| {});
    let kept = KeptRun::of(&outcome.log());
    outcome.assert(1, &["Kept on the engine (--keep):", "-build\n", "-network\n"]);
    let log = outcome.log();
    assert!(!log.contains("-predefined"), "{log}");
    let run = |command: &str, more: &str| run_printed(&log, command, more, folder.path());
    assert!(run("start", "-c 'cat file-of-job; nc -h 2>&1 | head -n 1'").contains("made"), "{log}");
    run("cp", "");
    let project = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    assert!(project.into_iter().any(|path| path.join("file-of-job").is_file()), "{log}");
    run("diff", "");
    assert!(run("logs", "").contains("service-says"), "{log}");
    assert!(run("exec", "-c 'echo in-service'").contains("in-service"), "{log}");
    clean(&["--force"]).assert(0, &["; --kept removes them, too):", &format!("{}-build", kept.0)]);
    assert!(!docker(&["ps", "-aq", "--filter", &format!("name={}-build", kept.0)]).is_empty());
    clean(&[&kept.0, "--force"]).assert(0, &["Removed "]);
    assert_nothing_left_of(name);
}

#[test]
fn a_pipeline_that_is_stopped_keeps_its_job_whose_processes_have_ended() {
    let name = "cleanup-kept-stopped";
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [echo begun, sleep 600]}}\n");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let child = spawn(program(), folder.path(), &["pipeline", "--keep"]);
    let process = child.id().to_string();
    let mut sent = false;
    let outcome = wait_with_output(child, |output| {
        if !sent && String::from_utf8_lossy(output).contains("begun\n") {
            sent = true;
            assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
        }
    });
    let kept = KeptRun::of(&outcome.log());
    outcome.assert(130, &[" start "]);
    let state = docker(&["inspect", "--format", "{{.State.Running}}", &format!("{}-build", kept.0)]);
    assert_eq!(state, "false");
    clean(&["--kept", "--dry-run"]).assert(0, &["Left by --keep (", &format!("{}-build", kept.0)]);
    drop(kept);
    assert_nothing_left_of(name);
}

#[test]
fn a_job_that_has_not_come_to_its_container_leaves_nothing() {
    let name = "cleanup-kept-nothing";
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!("{name}: {{image: '127.0.0.1:1/missing', script: [echo begun]}}\n");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let outcome = wait_with_output(start_job(folder.path(), name, &["--keep"]), |_| {});
    assert_eq!(outcome.code, 125, "{}", outcome.log());
    assert!(!outcome.log().contains("--keep"), "{}", outcome.log());
    assert_nothing_left_of(name);
}

#[test]
fn what_a_user_changes_in_a_shell_after_a_failure_is_kept() {
    let name = "cleanup-kept-shell";
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [cd /tmp, 'false']}}\n");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let mut run = PtyRun::start(folder.path(), &["exec", name, "-i", "--keep"]);
    run.expect("# ");
    run.send("echo by-the-user >/tmp/trace; exit\r");
    let (code, shown) = run.end();
    let kept = KeptRun::of(&shown);
    assert_eq!(code, 1, "{shown}");
    let found = run_printed(&shown, "start", "-c 'cat /tmp/trace'", folder.path());
    assert!(found.contains("by-the-user"), "{found}");
    drop(kept);
    assert_nothing_left_of(name);
}

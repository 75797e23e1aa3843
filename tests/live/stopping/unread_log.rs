//! Logs whose reader stops reading, or is gone: the run stops as it was told, and what was not read is mentioned.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::engine;
use crate::run::{binary, program, start_job, with_default_signals};

/// A folder with a job in BusyBox that runs these commands, and the text of its keys that follow.
fn project(name: &str, script: &str, keys: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [{script}]{keys}}}");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    folder
}

fn send(signal: &str, process: u32) {
    assert!(Command::new("kill").args([signal, &process.to_string()]).status().unwrap().success());
}

/// Waits for the program's end, which must come soon enough.
fn exit_code_within(child: &mut Child, limit: Duration) -> Option<i32> {
    let began = Instant::now();
    while began.elapsed() < limit {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    panic!("the program still runs after {limit:?}");
}

fn stderr_of(mut child: Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_calls_that_verbose_shows_hold_up_nothing_if_nobody_reads_them() {
    let name = "unread-verbose";
    let folder = project(name, "'yes'", "");
    let (_reader, writer) = std::io::pipe().unwrap();
    let mut command = program();
    command.args(["exec", "-vv", name]).current_dir(folder.path()).env("RUNNER_LITE_CONFIG", "");
    let mut child = command.stdout(writer.try_clone().unwrap()).stderr(writer).spawn().unwrap();
    drop(command);
    engine::wait_for_container_of(name);
    // The pipe and the queue of events are full in less than this.
    std::thread::sleep(Duration::from_secs(1));
    send("-INT", child.id());
    // SIGTERM cannot end a shell that waits for its own output to be read.
    assert_eq!(exit_code_within(&mut child, Duration::from_secs(25)), Some(130));
    engine::assert_nothing_left_of(name);
}

#[test]
fn a_log_that_a_signal_cuts_off_is_reported() {
    let name = "unread-end";
    // 83 kB are more than a pipe holds, and less than the pipe and the queue of events.
    let folder = project(name, "'seq 1 16000; sleep 2'", "");
    let mut child = start_job(folder.path(), name, &[]);
    engine::wait_for_container_of(name);
    engine::wait_until_nothing_left_of(name);
    send("-TERM", child.id());
    assert_eq!(exit_code_within(&mut child, Duration::from_secs(5)), Some(0));
    let stderr = stderr_of(child);
    assert!(stderr.contains("the end of the log is missing"), "{stderr}");
}

#[test]
fn a_third_signal_names_what_is_left_although_nobody_reads_the_log() {
    let name = "unread-thrice";
    let folder = project(name, "'yes'", "");
    let mut child = start_job(folder.path(), name, &[]);
    engine::wait_for_container_of(name);
    std::thread::sleep(Duration::from_secs(1));
    for signal in ["-INT", "-TERM", "-QUIT"] {
        send(signal, child.id());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(exit_code_within(&mut child, Duration::from_secs(5)), Some(130));
    let stderr = stderr_of(child);
    assert!(stderr.contains("ERROR: not removed: ") && stderr.contains("container runner-"), "{stderr}");
    assert!(stderr.contains("the end of the log is missing"), "{stderr}");
    // The engine may have begun to remove some of them.
    let mut clean = program();
    let cleaned = clean.args(["clean", "--force"]).env("RUNNER_LITE_CONFIG", "").output().unwrap();
    assert!(cleaned.status.success(), "{cleaned:?}");
    engine::wait_until_nothing_left_of(name);
}

/// Starts the program on a terminal of its own, as an interactive shell does, which passes SIGHUP on. The process that
/// is returned holds the terminal; the exit code arrives in the file `code`.
fn start_on_terminal(folder: &Path, name: &str) -> Child {
    let shell = format!(
        "'{}' exec {name} & job=$!; trap \"kill -HUP $job\" HUP; wait $job; wait $job; echo $? >code.new; \
         mv code.new code",
        binary().display()
    );
    let mut terminal = with_default_signals();
    terminal
        .args(["script", "-qfec", &shell, "typescript"])
        .current_dir(folder)
        .env("RUNNER_LITE_CONFIG", "");
    terminal.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until `file` contains `text`, and returns what it contains.
fn wait_for_text(file: &Path, text: &str) -> String {
    let began = Instant::now();
    loop {
        let content = std::fs::read(file).unwrap_or_default();
        let content = String::from_utf8_lossy(&content).into_owned();
        if content.contains(text) {
            return content;
        }
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{text:?} is not in {}: {content}",
            file.display()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_closed_terminal_stops_the_job_as_sighup_does() {
    let name = "unread-terminal";
    let script = "echo begun, 'while :; do echo more; sleep 0.1; done'";
    let folder = project(name, script, ", after_script: [echo after, sleep 2]");
    let mut terminal = start_on_terminal(folder.path(), name);
    wait_for_text(&folder.path().join("typescript"), "\nmore\r\n");
    let began = Instant::now();
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    assert_eq!(wait_for_text(&folder.path().join("code"), "\n"), "129\n");
    assert!(began.elapsed() >= Duration::from_secs(2), "after_script has not run: {:?}", began.elapsed());
    engine::assert_nothing_left_of(name);
}

#[test]
fn a_full_disk_and_a_closed_pipe_end_the_job_soon() {
    for (name, code) in [("gone-pipe", 141), ("gone-disk", 125)] {
        let folder = project(name, "'echo a; sleep 300'", "");
        let stdout = match code {
            141 => Stdio::from(std::io::pipe().unwrap().1),
            _ => File::options().write(true).open("/dev/full").unwrap().into(),
        };
        let mut command = program();
        command.args(["exec", name]).current_dir(folder.path()).env("RUNNER_LITE_CONFIG", "");
        let mut child = command.stdout(stdout).stderr(Stdio::null()).spawn().unwrap();
        assert_eq!(exit_code_within(&mut child, Duration::from_secs(8)), Some(code));
        engine::assert_nothing_left_of(name);
    }
}

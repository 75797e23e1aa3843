//! A further shell in a job that runs (`shell --running`).

use std::process::Command;

use super::super::pty::PtyRun;
use super::{engine, kill, start};

/// A run of the job whose script waits for the file `/tmp/go`.
fn job_that_waits(name: &str, image: &str) -> (tempfile::TempDir, PtyRun) {
    let yaml = format!(
        "{name}:\n  image: {image}\n  variables: {{WORD: blue}}\n  script:\n  - echo \"LATER=green\" >>$GITLAB_ENV\n  \
         - echo ready; until [ -e /tmp/go ]; do sleep 0.2; done\n"
    );
    let (folder, mut run) = start(&yaml, &["exec", name]);
    engine::wait_for_container_of(name);
    run.expect("ready\r\n");
    (folder, run)
}

#[test]
fn a_further_shell_has_the_jobs_directory_and_variables_and_does_not_end_the_job() {
    for (name, image, prompt) in [
        ("running-busybox", "'busybox:1.35'", "# "),
        ("running-bash", "'debian:bookworm-slim'", "# "),
        ("running-user", "{name: 'debian:bookworm-slim', docker: {user: '1000'}}", "$ "),
    ] {
        let (folder, mut job) = job_that_waits(name, image);
        let mut shell = PtyRun::start(folder.path(), &["shell", "--running", name]);
        shell.expect(prompt);
        shell.send("echo \"is $WORD and $LATER in $(basename $PWD)$BASH\"; ls\r");
        shell.expect("is blue and green in ");
        shell.expect("a-source");
        shell.send("exit 7\r");
        let (code, shown) = shell.end();
        assert_eq!(code, 7, "{shown}");
        assert_eq!(shown.contains("/bash\r\n"), image.contains("debian"), "{shown}");
        // The job goes on.
        let mut shell = PtyRun::start(folder.path(), &["shell", "--running", name]);
        shell.expect(prompt);
        shell.send("touch /tmp/go; sleep 1000\r");
        let (code, shown) = shell.end();
        assert_eq!(code, 137, "{shown}");
        let line = format!("the script of `{name}` has ended, and with it this shell");
        assert!(shown.contains(&line), "{shown}");
        job.expect("Job succeeded");
        let (code, shown) = job.end();
        assert_eq!(code, 0, "{shown}");
        engine::assert_nothing_left_of(name);
    }
}

#[test]
fn a_further_shell_in_a_job_with_a_shell() {
    let name = "running-shell";
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [x]}}");
    let (folder, mut first) = start(&yaml, &["shell", name]);
    first.expect("# ");
    let mut second = PtyRun::start(folder.path(), &["shell", "--running", name]);
    second.expect("# ");
    second.send("touch /tmp/made; exit\r");
    assert_eq!(second.end().0, 0);
    first.send("ls /tmp/made; exit 3\r");
    let (code, shown) = first.end();
    assert!(code == 3 && shown.contains("/tmp/made\r\n"), "{code} {shown}");
    engine::assert_nothing_left_of(name);
}

#[test]
fn a_signal_restores_the_terminal_of_a_further_shell_and_the_job_goes_on() {
    let name = "running-signal";
    let (folder, mut job) = job_that_waits(name, "'busybox:1.35'");
    let mut shell = PtyRun::start(folder.path(), &["shell", "--running", name]);
    shell.expect("# ");
    assert!(!shell.is_in_normal_mode());
    // Its foreground process ends with it, also one that reads nothing: then there are the next shell and its `ps`.
    shell.send("sleep 1234\r");
    shell.expect("sleep 1234");
    std::thread::sleep(std::time::Duration::from_millis(500));
    kill(&shell, "TERM");
    assert_eq!(shell.end().0, 143);
    let mut shell = PtyRun::start(folder.path(), &["shell", "--running", name]);
    shell.expect("# ");
    shell.send("sleep 1; ps >/tmp/all; grep -c -e 'sleep 1234' -e 'bin/sh -i' /tmp/all; echo coun''ted\r");
    shell.expect("counted");
    assert!(shell.shown().contains("\n2\r\ncounted"), "{}", shell.shown());
    shell.send("touch /tmp/go\r");
    job.expect("Job succeeded");
    assert_eq!(job.end().0, 0);
    shell.end();
    engine::assert_nothing_left_of(name);
}

#[test]
fn an_image_without_a_shell_is_an_error() {
    let name = "running-no-shell";
    let yaml = format!(
        "{name}: {{image: {{name: 'busybox:1.35'}}, script: [rm -f /bin/sh, 'echo ready; sleep 1000']}}"
    );
    let (folder, mut job) = start(&yaml, &["exec", name]);
    job.expect("ready\r\n");
    let (code, shown) = PtyRun::start(folder.path(), &["shell", "--running", name]).end();
    let error = format!("cannot open a shell in the container of `{name}`: the image has no shell");
    assert!(code == 125 && shown.contains(&error), "{code} {shown}");
    kill(&job, "TERM");
    job.end();
    engine::assert_nothing_left_of(name);
}

#[test]
fn a_job_that_does_not_run_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (code, shown) = PtyRun::start(folder.path(), &["shell", "--running", "running-nobody"]).end();
    assert!(
        code == 2 && shown.contains("no job of this project is running on this engine"),
        "{code} {shown}"
    );
}

#[test]
fn of_several_jobs_one_is_named() {
    let yaml = "default: {image: 'busybox:1.35'}\nrunning-one: {script: [echo fir''st, sleep 1000]}\n\
                running-two: {script: [echo seco''nd, sleep 1000]}\n";
    let (folder, mut pipeline) = start(yaml, &["pipeline"]);
    for name in ["running-one", "running-two"] {
        engine::wait_for_container_of(name);
    }
    let began = std::time::Instant::now();
    while !["first\r\n", "second\r\n"].iter().all(|word| pipeline.shown().contains(word)) {
        assert!(began.elapsed().as_secs() < 60, "{}", pipeline.shown());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let refused = |arguments: &[&str]| {
        let (code, shown) =
            PtyRun::start(folder.path(), &[&["shell", "--running"], arguments].concat()).end();
        assert_eq!(code, 2, "{shown}");
        shown.replace("\r\n", " ")
    };
    let several = refused(&[]);
    let list = "name one of them: `running-one` (run 1), `running-two` (run 1)";
    assert!(several.contains(list), "{several}");
    let unknown = refused(&["running-tow"]);
    assert!(unknown.contains("is not running (did you mean `running-two`?)"), "{unknown}");
    let mut shell = PtyRun::start(folder.path(), &["shell", "--running", "running-two", "--run", "1"]);
    shell.expect("# ");
    shell.send("echo in $CI_JOB_NAME; exit\r");
    shell.expect("in running-two");
    assert_eq!(shell.end().0, 0);
    kill(&pipeline, "TERM");
    pipeline.end();
    for name in ["running-one", "running-two"] {
        engine::assert_nothing_left_of(name);
    }
}

#[test]
fn neither_resume_nor_logs_take_a_shells_run_for_the_newest() {
    let yaml = "default: {image: 'busybox:1.35'}\nbeside-shell-fine: {script: [echo from the job]}\n\
                beside-shell-broken: {script: ['false']}\n";
    let (folder, run) = start(yaml, &["pipeline"]);
    assert_eq!(run.end().0, 1);
    let mut shell = PtyRun::start(folder.path(), &["shell", "beside-shell-fine"]);
    shell.expect("# ");
    shell.send("exit\r");
    assert_eq!(shell.end().0, 0);
    let (code, shown) = PtyRun::start(folder.path(), &["logs", "beside-shell-fine"]).end();
    assert!(code == 0 && shown.contains("\nfrom the job\r\n"), "{shown}");
    let (code, shown) = PtyRun::start(folder.path(), &["pipeline", "--resume"]).end();
    let told = shown.replace("\r\n", " ");
    assert!(code == 1 && told.contains("not repeated, because they passed in run 1 ("), "{shown}");
    assert!(told.contains("`beside-shell-fine`"), "{shown}");
    engine::assert_nothing_left_of("beside-shell-fine");
    engine::assert_nothing_left_of("beside-shell-broken");
}

#[test]
fn without_a_terminal_there_is_no_further_shell() {
    let program = super::super::run::program();
    let mut command = Command::new(program.get_program());
    let output = command.args(program.get_args()).args(["shell", "--running"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.contains("needs a terminal"), "{text}");
}

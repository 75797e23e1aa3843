//! A shell in the container of a job, on a terminal.

mod pipeline;
mod running;

use std::path::Path;
use std::process::Command;

use super::engine;
use super::pty::PtyRun;

/// Starts the program in a new folder with this pipeline file.
fn start(yaml: &str, arguments: &[&str]) -> (tempfile::TempDir, PtyRun) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), yaml);
    let run = PtyRun::start(folder.path(), arguments);
    (folder, run)
}

fn write(folder: &Path, yaml: &str) {
    std::fs::write(folder.join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.join("a-source"), "").unwrap();
}

/// Ends the run, and asserts its exit code and that nothing of the job is left.
fn end(run: PtyRun, job: &str, code: i32) -> String {
    let (ended, shown) = run.end();
    assert_eq!(ended, code, "{shown}");
    engine::assert_nothing_left_of(job);
    shown
}

/// Sends a signal to the program.
fn kill(run: &PtyRun, signal: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &run.process()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_shell_takes_the_place_of_the_script_and_gives_the_exit_code() {
    for (name, image, user) in [
        ("shell-busybox", "'busybox:1.35'", "0"),
        ("shell-bash", "'debian:bookworm-slim'", "0"),
        ("shell-user", "{name: 'debian:bookworm-slim', docker: {user: '1000'}}", "1000"),
    ] {
        let yaml = format!(
            "{name}: {{image: {image}, variables: {{WORD: blue}}, script: [echo never], after_script: [echo never]}}"
        );
        let (_folder, mut run) = start(&yaml, &["shell", name]);
        run.expect(if user == "0" { "# " } else { "$ " });
        run.send("echo \"is $WORD in $(basename \"$CI_PROJECT_DIR\") with $(ls) as $(id -u)\"\r");
        run.expect("is blue in ");
        run.expect(&format!("with a-source as {user}"));
        run.send("exit 7\r");
        let shown = end(run, name, 7);
        assert!(!shown.contains("never") && !shown.contains("Job succeeded"), "{shown}");
    }
}

#[test]
fn a_shell_has_the_services_of_the_job() {
    let name = "shell-services";
    let yaml = format!(
        "{name}: {{image: 'busybox:1.35', services: [{{name: runner-lite/lab-slow-port, alias: db}}], script: [x]}}"
    );
    let (_folder, mut run) = start(&yaml, &["shell", name]);
    run.expect("# ");
    run.send("grep -cw db /etc/hosts\r");
    run.expect("1");
    run.send("exit\r");
    end(run, name, 0);
}

#[test]
fn a_shell_has_the_artifacts_of_needed_jobs_that_run_before_it() {
    let (name, needed) = ("shell-needs", "shell-needed");
    let yaml = format!(
        "{needed}: {{stage: build, image: 'busybox:1.35', script: ['echo by-$CI_JOB_NAME >made'], artifacts: {{paths: [made]}}}}\n\
         {name}: {{image: 'busybox:1.35', needs: [{needed}], script: [echo never]}}"
    );
    let (_folder, mut run) = start(&yaml, &["shell", name, "--needs"]);
    run.expect("# ");
    run.send("cat made\r");
    run.expect("by-shell-needed");
    run.send("exit\r");
    let shown = end(run, name, 0);
    engine::assert_nothing_left_of(needed);
    assert!(!shown.contains("never"), "{shown}");
}

#[test]
fn after_a_failure_bash_has_the_directory_variables_and_functions_of_the_script() {
    let name = "shell-after-bash";
    let yaml = format!(
        "{name}:\n  image: debian:bookworm-slim\n  script:\n  - cd /tmp\n  - mine=1; greet() {{ echo \"hello $mine\"; }}\n  \
         - export OTHER=2\n  - |\n    echo before\n    (exit 3)\n  after_script: [echo after $CI_JOB_STATUS]\n"
    );
    let (_folder, mut run) = start(&yaml, &["exec", name, "--interactive", "--exit-code", "script"]);
    run.expect("command failed (exit 3) at .gitlab-ci.yml:9: (exit 3)");
    run.expect("# ");
    run.send("greet; echo \"$OTHER in $PWD on $TERM\"\r");
    run.expect("hello 1");
    run.expect("2 in /tmp on xterm");
    run.send("exit 9\r");
    run.expect("after failed");
    run.expect("Job failed: exit code 3");
    end(run, name, 3);
}

#[test]
fn after_a_failure_sh_has_the_directory_and_the_exported_variables() {
    let name = "shell-after-sh";
    let yaml =
        format!("{name}: {{image: 'busybox:1.35', script: [cd /tmp, export OTHER=2, mine=1, 'false']}}");
    let (_folder, mut run) = start(&yaml, &["exec", name, "-i"]);
    run.expect("# ");
    run.send("echo \"$OTHER,$mine in $PWD\"\r");
    run.expect("2, in /tmp");
    run.send("exit\r");
    end(run, name, 1);
}

#[test]
fn a_script_with_a_trap_of_its_own_gets_a_shell_without_its_variables() {
    let name = "shell-after-trap";
    let yaml = format!(
        "{name}: {{image: 'debian:bookworm-slim', script: ['trap \"echo bye\" EXIT', cd /tmp, mine=1, 'false']}}"
    );
    let (_folder, mut run) = start(&yaml, &["exec", name, "-i"]);
    run.expect("bye");
    run.expect("# ");
    run.send("echo \"<$mine> in $(basename $PWD) of $CI_JOB_NAME\"\r");
    run.expect("<> in ");
    run.expect(" of shell-after-trap");
    run.send("exit\r");
    end(run, name, 1);
}

#[test]
fn a_traced_script_does_not_trace_its_wait() {
    let name = "shell-after-trace";
    let yaml = format!("{name}: {{image: 'debian:bookworm-slim', script: [set -x, IFS=1, 'false']}}");
    let (_folder, mut run) = start(&yaml, &["exec", name, "-i", "--exit-code", "script"]);
    run.expect("# ");
    run.send("sleep 1; exit\r");
    let shown = end(run, name, 1);
    assert!(!shown.contains("sleep 0.2"), "{shown}");
}

#[test]
fn a_script_does_not_open_a_shell_by_itself() {
    let name = "shell-forged";
    let script = "echo 'runner-lite: waits with exit code 5' >/proc/1/fd/9; sleep 2";
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [\"{script}\"]}}");
    let (_folder, mut run) = start(&yaml, &["exec", name]);
    run.expect("Job succeeded");
    assert!(run.is_in_normal_mode());
    let shown = end(run, name, 0);
    assert!(!shown.contains("/ # "), "{shown}");
}

#[test]
fn a_job_that_passes_opens_no_shell() {
    let name = "shell-passes";
    let (_folder, run) =
        start(&format!("{name}: {{image: 'busybox:1.35', script: [echo fine]}}"), &["exec", name, "-i"]);
    let shown = end(run, name, 0);
    assert!(shown.contains("Job succeeded") && !shown.contains("A shell opens"), "{shown}");
}

#[test]
fn the_shell_follows_the_size_and_ctrl_c_ends_its_command_alone() {
    let name = "shell-size";
    let yaml = format!("{name}: {{image: 'debian:bookworm-slim', script: [x]}}");
    let (_folder, mut run) = start(&yaml, &["shell", name]);
    run.expect("# ");
    run.send("stty size\r");
    run.expect("24 80");
    run.resize(40, 120);
    // The size takes its way over the engine.
    run.send("until [ \"$(stty size)\" = '40 120' ]; do sleep 0.1; done; echo is $((40 + 0)) rows\r");
    run.expect("is 40 rows");
    run.send("sleep 1000\r");
    run.expect("sleep 1000");
    std::thread::sleep(std::time::Duration::from_millis(500));
    run.send("\x03");
    run.expect("# ");
    run.send("echo code $?; exit\r");
    run.expect("code 130");
    end(run, name, 0);
}

#[test]
fn the_time_in_a_shell_does_not_count_for_the_time_limit() {
    let name = "shell-time";
    let yaml = format!(
        "{name}: {{image: 'busybox:1.35', timeout: 6 seconds, script: ['false'], after_script: [echo after $CI_JOB_STATUS]}}"
    );
    let (_folder, mut run) = start(&yaml, &["exec", name, "-i"]);
    run.expect("# ");
    run.send("sleep 8; echo sti''ll here\r");
    run.expect("still here");
    run.send("exit\r");
    run.expect("after failed");
    end(run, name, 1);
}

#[test]
fn the_time_limit_of_a_script_counts_before_a_shell_opens() {
    let name = "shell-time-script";
    let yaml = format!("{name}: {{image: 'busybox:1.35', timeout: 4 seconds, script: [sleep 60]}}");
    let (_folder, run) = start(&yaml, &["exec", name, "-i"]);
    let shown = end(run, name, 1);
    assert!(shown.contains("execution took longer than 4 s") && !shown.contains("A shell opens"), "{shown}");
}

#[test]
fn what_a_background_process_of_the_script_prints_comes_after_the_shell_and_does_not_stall_it() {
    let name = "shell-background";
    let yaml = format!(
        "{name}:\n  image: busybox:1.35\n  script:\n  - (sleep 2; seq 1 200000; echo all is written >/tmp/done) &\n  - 'false'\n"
    );
    let (_folder, mut run) = start(&yaml, &["exec", name, "-i"]);
    run.expect("# ");
    // More than the pipe and all queues have room for.
    run.send("until [ -e /tmp/done ]; do sleep 0.2; done; cat /tmp/done\r");
    run.expect("all is written\r\n");
    assert!(!run.shown().contains("\n100000\r"), "{}", run.shown());
    run.send("exit\r");
    run.expect("written while the shell was open are left out; `runner-lite logs JOB` shows all of it.");
    run.expect("\n200000\r\n");
    end(run, name, 1);
}

#[test]
fn a_script_whose_functions_and_path_are_in_the_way_waits_nevertheless() {
    for (name, image) in
        [("shell-broken-busybox", "busybox:1.35"), ("shell-broken-bash", "debian:bookworm-slim")]
    {
        let yaml = format!(
            "{name}:\n  image: {image}\n  script:\n  - sleep() {{ echo my sleep; return 1; }}; read() {{ echo my read; }}; pwd() {{ echo /; }}\n  \
             - mkdir() {{ echo my mkdir; }}; export PATH=/nowhere\n  - cd /tmp; export WORD=blue\n  - 'false'\n"
        );
        let (_folder, mut run) = start(&yaml, &["exec", name, "-i"]);
        run.expect("# ");
        run.send("command echo \"is $WORD in $PWD\"\r");
        run.expect("is blue in /tmp");
        run.send("exit\r");
        let shown = end(run, name, 1);
        assert!(!shown.contains("my read\r\n") && !shown.contains("my sleep\r\n"), "{shown}");
    }
}

#[test]
fn the_state_of_the_script_is_removed_when_the_shell_has_read_it() {
    for (name, image) in
        [("shell-state-busybox", "busybox:1.35"), ("shell-state-bash", "debian:bookworm-slim")]
    {
        let yaml = format!("{name}: {{image: '{image}', script: ['false']}}");
        let (_folder, mut run) = start(&yaml, &["exec", name, "-i"]);
        run.expect("# ");
        run.send("ls -a \"$CI_PROJECT_DIR.tmp\"; echo ENV=$ENV; echo lis''ted\r");
        run.expect("listed\r\n");
        run.send("exit\r");
        let shown = end(run, name, 1);
        assert!(shown.contains("ENV=\r\n") && !shown.contains("runner-lite.st"), "{shown}");
    }
}

#[test]
fn a_container_that_is_killed_ends_its_shell() {
    let name = "shell-killed";
    let (_folder, mut run) =
        start(&format!("{name}: {{image: 'busybox:1.35', script: ['false']}}"), &["exec", name, "-i"]);
    run.expect("# ");
    let container = engine::running_container_of(name).unwrap();
    engine::request("POST", &format!("/v1.41/containers/{container}/kill"));
    run.expect("Job failed: exit code 137");
    end(run, name, 1);
}

#[test]
fn a_signal_restores_the_terminal_and_ends_the_job() {
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        let name = format!("shell-signal-{}", signal.to_lowercase());
        let yaml = format!(
            "{name}: {{image: 'busybox:1.35', script: ['false'], after_script: [echo after $CI_JOB_STATUS]}}"
        );
        let (_folder, mut run) = start(&yaml, &["exec", &name, "-i"]);
        run.expect("# ");
        assert!(!run.is_in_normal_mode());
        kill(&run, signal);
        let began = std::time::Instant::now();
        run.expect("after canceled");
        // An interactive shell ignores SIGTERM, which would take 6 s.
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
        end(run, &name, code);
    }
}

#[test]
fn a_terminal_that_is_closed_ends_the_shell_and_the_job() {
    let name = "shell-closed";
    let yaml = format!("{name}: {{image: 'busybox:1.35', script: [x]}}");
    let (_folder, mut run) = start(&yaml, &["shell", name]);
    run.expect("# ");
    run.send("while sleep 0.2; do echo tick; done\r");
    run.expect("\ntick");
    assert_eq!(run.hang_up(), 129);
    engine::assert_nothing_left_of(name);
}

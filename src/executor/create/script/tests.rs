use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::engine::stream::stdcopy::{Channel, OutputChunk};
use crate::executor::create::reports::running_report;
use crate::executor::run::script_receipt::ScriptReceipt;
use crate::executor::shell_message::shell_message;
use crate::executor::testing;

fn plan(project_dir: &Path, script: &[&str]) -> JobPlan {
    let strings = |items: &[&str]| items.iter().map(|&item| ScriptItem::of_runner(item)).collect();
    let variable =
        |key: &str, value: &str| EnvironmentVariable { key: key.to_owned(), value: value.to_owned() };
    JobPlan {
        variables: vec![variable("ODD", "it's \"x\" $(id) \\n é\n"), variable("no-name", "1")],
        script: strings(script),
        after_script: strings(&["echo $CI_JOB_STATUS"]),
        project_dir: project_dir.display().to_string(),
        ..testing::plan()
    }
}

/// Runs a script in each shell of this machine, as a container would, and checks its output and exit code.
fn check(script: &[&str], output: &str, exit_code: i32) {
    let dir = tempfile::tempdir().unwrap();
    let text = step_script(&plan(dir.path(), script), Echo::Silent);
    for shell in ["/bin/sh", "/bin/bash"] {
        let (had, _, code) = run_in(shell, text.as_bytes());
        assert_eq!(String::from_utf8_lossy(&had), output, "{shell} {script:?}");
        assert_eq!(code, Some(exit_code), "{shell} {script:?}");
    }
}

#[test]
fn the_script_text() {
    let mut plan = plan(Path::new("/builds/g/p"), &["make", "", "a\nb"]);
    plan.variables.truncate(1);
    insta::assert_snapshot!(step_script(&plan, Echo::Plain), @r#"
    {
    echo 'runner-lite: the script has been received' >&2
    [ /proc/$$/fd/1 -ef /proc/$$/fd/2 ]
    if [ $? = 1 ]; then exec 9>&2; else exec 9>/dev/null; fi
    exec 2>&1
    trap 'exit 1' TERM
    if (set -o pipefail) 2>/dev/null; then set -o pipefail; fi
    set -o errexit
    set +o noclobber
    set -- 'export ODD='\''it'\''\'\'''\''s "x" $(id) \n é
    '\''
    export GITLAB_ENV='\''/builds/g/p.tmp/gitlab_runner_env'\''
    if [ -r "$GITLAB_ENV" ]; then while IFS= read -r line || [ -n "$line" ]; do case "$line" in [A-Za-z_]*=*) export "$line";; esac; done <"$GITLAB_ENV"; fi
    cd '\''/builds/g/p'\''
    printf '\''%s\n'\'' '\''$ make'\''; { command echo "runner-lite: command 1 ${LINENO-}" >>/proc/$$/fd/9 || :; : '\''$ make'\''; } 2>/dev/null
    make
    printf '\''%s\n'\'' '\'''\''; { command echo "runner-lite: command 2 ${LINENO-}" >>/proc/$$/fd/9 || :; : '\'''\''; } 2>/dev/null

    printf '\''%s\n'\'' '\''$ a # collapsed multi-line command'\''; { command echo "runner-lite: command 3 ${LINENO-}" >>/proc/$$/fd/9 || :; : '\''$ a # collapsed multi-line command'\''; } 2>/dev/null
    a
    b
    '
    (trap 'exit 1' TERM; { if [ -n "${BASH_VERSION-}" ]; then trap '{ case "$-:${BASH_SOURCE-}" in *e*:) command echo "runner-lite: failed in line $LINENO" >>/proc/$$/fd/9;; esac; } 2>/dev/null || :' ERR; fi; } 2>/dev/null; eval "shift; $1") </dev/null 9>&-
    exit 0
    }
    "#);
}

/// What a shell makes of `text` on its standard input: its output, what it reports, and its exit code.
fn run_in(shell: &str, text: &[u8]) -> (Vec<u8>, Vec<u8>, Option<i32>) {
    let mut command = Command::new(shell);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A shell that has met a syntax error reads no further.
    let _ = child.stdin.take().unwrap().write_all(text);
    let ended = child.wait_with_output().unwrap();
    (ended.stdout, ended.stderr, ended.status.code())
}

#[test]
fn a_script_that_is_cut_anywhere_runs_nothing_and_is_not_reported_as_received() {
    let dir = tempfile::tempdir().unwrap();
    let text = step_script(&plan(dir.path(), &["echo ran", "exit 42"]), Echo::Silent);
    let complete = text.rfind('}').unwrap() + 1;
    for shell in ["/bin/sh", "/bin/bash"] {
        for cut in 0..=text.len() {
            let (output, reports, exit_code) = run_in(shell, &text.as_bytes()[..cut]);
            let is_reported = reports.starts_with(format!("{SCRIPT_RECEIVED}\n").as_bytes());
            assert_eq!(is_reported, cut >= complete, "{shell} at byte {cut} of {}", text.len());
            let (ran, code) = if is_reported { (&b"ran\n"[..], Some(42)) } else { (&b""[..], exit_code) };
            assert_eq!((&*output, exit_code), (ran, code), "{shell} at byte {cut} of {}", text.len());
        }
    }
}

#[test]
fn both_outputs_are_one_stream_in_the_order_of_writing() {
    let script = ["echo a; echo b >&2; echo c", "sh -c 'echo d >&2; echo e'", "nonesuch || true", "echo f"];
    for (debug_trace, lines) in [(false, "a\nb\nc\nd\ne\n"), (true, "+ echo a\na\n")] {
        let dir = tempfile::tempdir().unwrap();
        let plan = JobPlan { debug_trace, ..plan(dir.path(), &script) };
        let text = step_script(&plan, Echo::Silent);
        for shell in ["/bin/sh", "/bin/bash"] {
            let (output, reports, exit_code) = run_in(shell, text.as_bytes());
            let output = String::from_utf8(output).unwrap().replace("\n++ ", "\n+ ");
            assert!(output.contains(lines) && output.ends_with("f\n") != debug_trace, "{shell}: {output}");
            assert!(output.contains("nonesuch"), "{shell}: {output}");
            let reports = String::from_utf8(reports).unwrap();
            let running = reports.strip_prefix(&format!("{SCRIPT_RECEIVED}\n")).unwrap();
            assert!(running.lines().all(|line| running_report(line).is_some()), "{shell}: {running}");
            assert_eq!((running.lines().count(), exit_code), (4, Some(0)), "{shell}");
            let (_, of_commands) = output.split_once(lines).unwrap();
            assert!(!of_commands.contains("runner-lite: "), "{shell}: {output}");
        }
    }
}

/// The position that a script reports until its end.
fn position(shell: &str, echo: Echo, script: &[&str]) -> Option<(usize, Option<usize>)> {
    let dir = tempfile::tempdir().unwrap();
    let text = step_script(&plan(dir.path(), script), echo);
    let (_, reports, _) = run_in(shell, text.as_bytes());
    let mut receipt = ScriptReceipt::default();
    receipt.output(OutputChunk { channel: Channel::Stderr, bytes: reports.into(), begins_frame: true });
    receipt.position().map(|position| (position.command, position.line))
}

#[test]
fn the_command_that_fails_is_reported_by_every_shell() {
    for echo in [Echo::Coloured, Echo::Plain, Echo::Silent] {
        for shell in ["/bin/sh", "/bin/bash"] {
            let command = |script: &[&str]| position(shell, echo, script).map(|(command, _)| command);
            assert_eq!(command(&["true", "", "false", "true"]), Some(2), "{shell}");
            assert_eq!(command(&["true", "exit 3", "true"]), Some(1), "{shell}");
            assert_eq!(command(&["trap 'echo mine' EXIT", "nonesuch", "true"]), Some(1), "{shell}");
            assert_eq!(command(&["exec >/dev/null 2>&1", "exec 9>/dev/null", "false"]), Some(2), "{shell}");
            assert_eq!(command(&["set -u", "true", "echo $NONESUCH"]), Some(2), "{shell}");
            assert_eq!(command(&["cd /", "f() { false; }", "f"]), Some(2), "{shell}");
        }
    }
}

#[test]
fn bash_reports_the_line_that_failed() {
    for echo in [Echo::Coloured, Echo::Silent] {
        let line = |script: &[&str]| position("/bin/bash", echo, script).and_then(|(_, line)| line);
        assert_eq!(line(&["true", "echo a\n\ncat /no/such/file\necho b"]), Some(2));
        assert_eq!(line(&["if true; then\n  true\n  x=$(false)\nfi"]), Some(2));
        assert_eq!(line(&["cat <<END\na\nEND\ntrue | false"]), Some(3));
        assert_eq!(line(&["for i in 1 2; do\n  test $i = 1\ndone"]), Some(1));
        // Neither is the end of a script by a failing command.
        assert_eq!(line(&["true\nexit 3"]), None);
        assert_eq!(line(&["set +e\nfalse\ntrue\nexit 3"]), None);
        // A function does not inherit the trap, and a user's trap replaces it.
        assert_eq!(line(&["f() {\n  false\n}\nf"]), None);
        assert_eq!(line(&["trap 'echo mine' ERR", "true\nfalse"]), None);
    }
}

#[test]
fn the_lines_of_commands_are_those_that_shells_count() {
    let dir = tempfile::tempdir().unwrap();
    let place = |lines: &[usize]| {
        Some(crate::plan::job_plan::ItemPlace { file: "ci.yml".to_owned(), lines: lines.to_vec() })
    };
    let item = |text: &str, lines: &[usize]| ScriptItem { text: text.to_owned(), place: place(lines) };
    for echo in [Echo::Plain, Echo::Silent] {
        let mut plan = plan(dir.path(), &[]);
        plan.script = vec![
            item("true\ntrue", &[1, 2]),
            item("true\n\nnonesuch_a || true", &[4, 5, 6]),
            item("nonesuch_b", &[9]),
        ];
        plan.after_script = vec![item("nonesuch_c", &[12])];
        let after = JobStatus::Failed;
        let both = [
            (
                step_script(&plan, echo),
                step_lines(&plan, echo),
                vec![("nonesuch_a", "ci.yml:6"), ("nonesuch_b", "ci.yml:9")],
            ),
            (
                after_script(&plan, after, echo),
                after_lines(&plan, after, echo),
                vec![("nonesuch_c", "ci.yml:12")],
            ),
        ];
        for (text, lines, expect) in both {
            for shell in ["/bin/bash", "/bin/sh"] {
                let output = String::from_utf8(run_in(shell, text.as_bytes()).0).unwrap();
                for (command, place) in &expect {
                    let message =
                        output.lines().find(|line| line.ends_with("not found") && line.contains(command));
                    let line = shell_message(message.unwrap(), &lines).unwrap().line;
                    assert_eq!(line.place, *place, "{message:?}");
                    assert!(line.text.contains(command), "{line:?}");
                }
            }
        }
    }
}

#[test]
fn reports_change_nothing_that_a_script_sees() {
    check(&["trap 'echo \"ended $?\"' EXIT", "exit 7"], "ended 7\n", 7);
    check(&["exec 9>&1", "echo mine >&9"], "mine\n", 0);
    check(&["( : >&9 ) 2>/dev/null || echo closed"], "closed\n", 0);
    check(&["set +e", "false\necho $?", "true"], "1\n", 0);
    check(&["set -f -u -C", "echo $-| tr -cd fuC | wc -c"], "3\n", 0);
    // What stands between two items belongs to the first if that ends in such a character, as in GitLab.
    let dir = tempfile::tempdir().unwrap();
    let text = step_script(&plan(dir.path(), &["false |", "cat"]), Echo::Silent);
    assert_eq!(run_in("/bin/bash", text.as_bytes()).2, Some(1), "`pipefail` counts");
    check(&["echo a \\", "echo b"], "a :\nb\n", 0);
    check(&["echo() { printf '[%s]' \"$*\"; }", "echo a", "echo b"], "[a][b]", 0);
    let text = step_script(&plan(dir.path(), &["true a b", "echo \"$_\""]), Echo::Plain);
    for shell in ["/bin/sh", "/bin/bash"] {
        let (output, _, _) = run_in(shell, text.as_bytes());
        let output = String::from_utf8(output).unwrap();
        let expect = if shell == "/bin/bash" { "$ echo \"$_\"\n$ echo \"$_\"\n" } else { "$ echo \"$_\"\n" };
        assert!(output.contains(expect), "{shell}: {output}");
    }
    let traced = step_script(&plan(dir.path(), &["set -x", "echo a", "false"]), Echo::Plain);
    let (output, _, exit_code) = run_in("/bin/bash", traced.as_bytes());
    let expect = "$ set -x\n+ printf '%s\\n' '$ echo a'\n$ echo a\n+ echo a\na\n\
                  + printf '%s\\n' '$ false'\n$ false\n+ false\n";
    let output = String::from_utf8(output).unwrap().replace("\n++ ", "\n+ ");
    assert_eq!((&*output, exit_code), (expect, Some(1)));
}

#[test]
fn without_a_standard_error_of_its_own_a_script_reports_no_command() {
    let dir = tempfile::tempdir().unwrap();
    let text = step_script(&plan(dir.path(), &["echo a", "false"]), Echo::Silent);
    for shell in ["/bin/sh", "/bin/bash"] {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("exec {shell} 2>&1")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(output, format!("{SCRIPT_RECEIVED}\na\n"), "{shell}");
    }
}

#[test]
fn commands_share_one_shell_whose_input_is_empty() {
    check(&["cat", "X=1; cd /", "echo $X; pwd"], "1\n/\n", 0);
    check(&["read x || echo empty"], "empty\n", 0);
}

#[test]
fn a_failing_command_ends_the_script_with_its_exit_code() {
    check(&["echo a", "false", "echo b"], "a\n", 1);
    check(&["exit 42", "echo no"], "", 42);
    check(&["(exit 7)", "echo no"], "", 7);
    check(&["x=$(false)", "echo no"], "", 1);
    let dir = tempfile::tempdir().unwrap();
    let killed = step_script(&plan(dir.path(), &["sh -c 'kill -9 $$'", "echo no"]), Echo::Silent);
    for shell in ["/bin/sh", "/bin/bash"] {
        let (output, _, exit_code) = run_in(shell, killed.as_bytes());
        let output = String::from_utf8(output).unwrap();
        assert!(output.contains("Killed") && exit_code == Some(137), "{shell}: {output} {exit_code:?}");
    }
    check(&["exit 0", "echo no"], "", 0);
    check(&["false || true", "echo $?"], "0\n", 0);
}

#[test]
fn a_subshell_that_a_signal_ends_does_not_print_the_script() {
    let dir = tempfile::tempdir().unwrap();
    let script = ["echo '# a comment of the script'", "sh -c 'kill -9 $PPID'"];
    let text = step_script(&plan(dir.path(), &script), Echo::Silent);
    for shell in ["/bin/sh", "/bin/bash"] {
        let (output, _, exit_code) = run_in(shell, text.as_bytes());
        let output = String::from_utf8(output).unwrap();
        assert_eq!(exit_code, Some(137), "{shell}: {output}");
        assert_eq!(output.matches("comment").count(), 1, "{shell}: {output}");
    }
}

#[test]
fn a_script_has_no_positional_parameters() {
    check(&["echo \"$# [$*]\""], "0 []\n", 0);
}

#[test]
fn values_arrive_byte_for_byte() {
    check(&["printf '%s' \"$ODD\""], "it's \"x\" $(id) \\n é\n", 0);
}

#[test]
fn variables_in_gitlab_env_reach_after_script() {
    let dir = tempfile::tempdir().unwrap();
    let project = dir.path().join("p");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::create_dir_all(dir.path().join("p.tmp")).unwrap();
    let mut plan = plan(&project, &["echo GREETING=hello there >$GITLAB_ENV"]);
    plan.after_script = vec![ScriptItem::of_runner("echo $GREETING $CI_JOB_STATUS")];
    let run = |text: String| {
        let mut child = Command::new("/bin/sh").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    assert_eq!(run(step_script(&plan, Echo::Silent)), "");
    assert_eq!(
        run(after_script(&plan, JobStatus::Failed, Echo::Plain)),
        "Running after script...\n$ echo $GREETING $CI_JOB_STATUS\nhello there failed\n"
    );
}

#[test]
fn a_hook_has_the_variables_and_does_not_enter_the_project_directory() {
    let mut plan = plan(Path::new("/nowhere/g/p"), &[]);
    plan.pre_get_sources = vec![ScriptItem::of_runner("echo $ODD")];
    let text = pre_get_sources(&plan, Echo::Plain);
    assert!(text.contains("export ODD=") && text.contains("$ echo $ODD"), "{text}");
    assert!(!text.contains("\ncd "), "{text}");
}

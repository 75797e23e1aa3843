//! `runner-lite completion` in the shells themselves, at a terminal.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::sandbox::{PROGRAM, Sandbox};
use super::skip::skip;

/// The time that a shell may take to write the expected text.
const WAIT_MAX: Duration = Duration::from_secs(20);

const FILE: &str = r#"
alpha: {script: x, parallel: {matrix: [{L: [ruby, go], V: ['2.7']}]}}
beta: {script: x, parallel: 2}
'gamma "it''s" $HOME \n & <b> (c); *?': {script: x}
delta:colon: {script: x}
invalid: {image: x}
"#;

/// The name of a job with all characters that shells treat specially.
const GAMMA: &str = r#"gamma "it's" $HOME \n & <b> (c); *?"#;

fn sandbox() -> Sandbox {
    Sandbox::new(&[(".gitlab-ci.yml", FILE), ("other.yml", "epsilon: {script: x}\n")])
}

/// A shell at a terminal.
struct Terminal {
    child: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    /// Output that no call has waited for yet.
    seen: String,
}

impl Terminal {
    fn open(sandbox: &Sandbox, shell: &str) -> Self {
        let mut script = sandbox.command("script");
        script
            .args(["-qec", shell, "/dev/null"])
            .env("PATH", path())
            .env("TERM", "dumb")
            .env("ZDOTDIR", "zdot");
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = stdout.read(&mut piece) {
                let _ = sender.send(piece[..length].to_vec());
            }
        });
        Self { child, input, output, seen: String::new() }
    }

    fn type_in(&mut self, text: &str) -> &mut Self {
        self.input.write_all(text.as_bytes()).unwrap();
        self
    }

    /// Waits for `text`, and returns the output before it.
    #[track_caller]
    fn wait_for(&mut self, text: &str) -> String {
        let end = Instant::now() + WAIT_MAX;
        loop {
            if let Some((before, after)) = self.seen.split_once(text) {
                let (before, after) = (before.to_owned(), after.to_owned());
                self.seen = after;
                return before;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(piece) => self.seen.push_str(&String::from_utf8_lossy(&piece)),
                Err(_) => panic!("{text:?} does not come: {:?}", self.seen),
            }
        }
    }

    /// Types a line with a Tab, and checks the completed line and the output of the command.
    #[track_caller]
    fn check(&mut self, line: &str, completed: &str, shown: &str) {
        self.type_in(line);
        self.wait_for(completed);
        self.type_in("\r");
        let said = self.wait_for(shown);
        assert!(!said.contains("error") && !said.contains("warning"), "{line:?}: {said}");
        self.wait_for("> ");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A `PATH` on which shells find the program.
fn path() -> String {
    let folder = Path::new(PROGRAM).parent().unwrap().display().to_string();
    format!("{folder}:{}", std::env::var("PATH").unwrap())
}

fn is_installed(shell: &str) -> bool {
    Command::new(shell).arg("--version").stdout(Stdio::null()).status().is_ok()
}

#[test]
fn bash_completes_names_of_jobs_in_every_kind_of_quotes() {
    let sandbox = sandbox();
    sandbox.write("rc", "PS1='> '\nbind 'set bell-style none'\nsource <(runner-lite completion bash)\n");
    let mut bash = Terminal::open(&sandbox, "bash --noprofile --rcfile rc -i");
    bash.wait_for("> ");
    bash.type_in("runner-lite show al\t").wait_for(r"pha:\ \[");
    bash.type_in("\t\t").wait_for("alpha: [go, 2.7]    alpha: [ruby, 2.7]");
    bash.check("r\t", r"ruby,\ 2.7\] ", "'alpha: [ruby, 2.7]':");
    bash.check("runner-lite show ga\t", r#"gamma\ \"it\'s\"\ \$HOME\ \\n\ \&\ \<b\>\ \(c\)\;\ \*\? "#, GAMMA);
    bash.check("runner-lite show 'alpha: [g\t", "'alpha: [go, 2.7]' ", "'alpha: [go, 2.7]':");
    bash.check("runner-lite show 'ga\t", r#"'gamma "it'\''s" $HOME \n & <b> (c); *?' "#, GAMMA);
    bash.check("runner-lite show \"ga\t", r#""gamma \"it's\" \$HOME \\n & <b> (c); *?" "#, GAMMA);
    bash.check("A=b runner-lite show delta:\t", "delta:colon ", "delta:colon:");
    bash.check("runner-lite sho\t--ori\tbeta\\ 1\t", r"--origins beta\ 1/2 ", "beta 1/2:");
    bash.check("runner-lite show -f oth\tep\t", "-f other.yml epsilon ", "epsilon:");
}

#[test]
fn zsh_completes_names_of_jobs_in_every_kind_of_quotes() {
    if !is_installed("zsh") {
        return skip("zsh is not installed");
    }
    let sandbox = sandbox();
    let rc = "PS1='> '\nunset zle_bracketed_paste\nunsetopt beep prompt_sp\nautoload -Uz compinit; compinit -D -u\n\
              source <(runner-lite completion zsh)\n";
    sandbox.write("zdot/.zshrc", rc);
    let mut zsh = Terminal::open(&sandbox, "zsh -i");
    zsh.wait_for("> ");
    zsh.type_in("runner-lite show al\t").wait_for(r"pha:\ \[");
    zsh.type_in("\t").wait_for("alpha: [ruby, 2.7]  alpha: [go, 2.7]  -- stage test");
    zsh.check("r\t", r"ruby,\ 2.7\] ", "'alpha: [ruby, 2.7]':");
    zsh.check("runner-lite show ga\t", r#"gamma\ \"it\'s\"\ \$HOME\ \\n\ \&\ \<b\>\ \(c\)\;\ \*\? "#, GAMMA);
    zsh.check("runner-lite show 'alpha: [g\t", "'alpha: [go, 2.7]' ", "'alpha: [go, 2.7]':");
    zsh.check("runner-lite show \"ga\t", r#""gamma \"it's\" \$HOME \\n & <b> (c); *?" "#, GAMMA);
    zsh.check("runner-lite show delta:\t", "delta:colon ", "delta:colon:");
    zsh.check("runner-lite show -f oth\tep\t", "epsilon ", "epsilon:");
}

#[test]
fn fish_completes_names_of_jobs() {
    if !is_installed("fish") {
        return skip("fish is not installed");
    }
    let sandbox = sandbox();
    let check = |line: &str, expect: &[&str]| {
        let mut command = sandbox.command("fish");
        command.env("PATH", path());
        let source = "runner-lite completion fish | source; complete -C $argv[1]";
        let output = command.args(["--no-config", "-c", source, line]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let words: Vec<&str> = said.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(words, expect, "{line}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{line}");
    };
    check("runner-lite show al", &["alpha: [ruby, 2.7]", "alpha: [go, 2.7]"]);
    check("runner-lite show 'alpha: [g", &["alpha: [go, 2.7]"]);
    check("runner-lite pull 'alpha: [go, 2.7]' ga", &[GAMMA]);
    check("runner-lite show delta:", &["delta:colon"]);
    check("runner-lite auth ruby --job=be", &["--job=beta 1/2", "--job=beta 2/2"]);
    check("runner-lite exec -f oth", &["other.yml"]);
    check("runner-lite exec -f other.yml ", &["epsilon"]);
    check("runner-lite sh", &["shell", "show"]);
}

#[test]
fn completion_without_candidates_reports_no_error() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "a: [\n"), (".runner-lite.env", "x\n")]);
    for words in [&["exec", ""][..], &["exec", "--no-such", ""], &["exec", "-f", "gone.yml", ""], &[]] {
        let said = sandbox.run(&[&["complete", "zsh", "--"], words].concat());
        assert_eq!((said.answer(), said.stderr.as_str()), (said.answer(), ""), "{words:?}");
        assert!(said.stdout.starts_with("words\n") && !said.stdout.contains("error:"), "{said:?}");
    }
    let scripts: Vec<String> =
        ["bash", "zsh", "fish"].map(|shell| sandbox.run(&["completion", shell]).answer().to_owned()).to_vec();
    assert!(scripts.iter().all(|script| script.contains("runner-lite completion")));
}

#[test]
fn completion_does_not_report_that_git_cannot_compare() {
    let include =
        "include: [{local: a.yml, rules: [{changes: {paths: [x], compare_to: refs/heads/gone}}]}]\n";
    let sandbox = Sandbox::repository(&[(".gitlab-ci.yml", include), ("a.yml", "alpha: {script: x}\n")]);
    let list = sandbox.run(&["list"]);
    assert!(list.stderr.contains("warning: all files count as changed: "), "{list:?}");
    let completion = sandbox.run(&["complete", "zsh", "--", "exec", ""]);
    assert_eq!((completion.stderr.as_str(), completion.stdout.as_str()), ("", "words\nalpha\tstage test\n"));
}

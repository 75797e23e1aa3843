//! `runner-lite completion`, in the shells themselves, at a terminal.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::sandbox::{PROGRAM, Sandbox};
use super::skip::skip;

/// How long a shell may take to write what is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

const FILE: &str = r#"
alpha: {script: x, parallel: {matrix: [{L: [ruby, go], V: ['2.7']}]}}
beta: {script: x, parallel: 2}
'gamma "it''s" $HOME \n & <b> (c); *?': {script: x}
delta:colon: {script: x}
invalid: {image: x}
"#;

/// A job whose name has everything in it that shells take for something else.
const GAMMA: &str = r#"gamma "it's" $HOME \n & <b> (c); *?"#;

fn sandbox() -> Sandbox {
    Sandbox::new(&[(".gitlab-ci.yml", FILE), ("other.yml", "epsilon: {script: x}\n")])
}

/// A shell at a terminal of its own.
struct Terminal {
    child: Child,
    input: ChildStdin,
    output: Receiver<Vec<u8>>,
    /// What was written and not yet waited for.
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

    /// Waits until `text` is there, and gives what came before it.
    #[track_caller]
    fn wait_for(&mut self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
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

    /// What comes of a line with a completion in it.
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

/// Where shells find the program.
fn path() -> String {
    let folder = Path::new(PROGRAM).parent().unwrap().display().to_string();
    format!("{folder}:{}", std::env::var("PATH").unwrap())
}

fn is_there(shell: &str) -> bool {
    Command::new(shell).arg("--version").stdout(Stdio::null()).status().is_ok()
}

#[test]
fn bash_completes_names_of_jobs_however_they_have_to_be_quoted() {
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
    bash.check("runner-lite sh\t--ori\tbeta\\ 1\t", r"--origins beta\ 1/2 ", "beta 1/2:");
    bash.check("runner-lite show -f oth\tep\t", "-f other.yml epsilon ", "epsilon:");
}

#[test]
fn zsh_completes_names_of_jobs_however_they_have_to_be_quoted() {
    if !is_there("zsh") {
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
    if !is_there("fish") {
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
    check("runner-lite sh", &["show"]);
}

#[test]
fn nothing_is_said_where_nothing_can_be_completed() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "a: [\n"), (".runner-lite.env", "x\n")]);
    for words in [&["exec", ""][..], &["exec", "--no-such", ""], &["exec", "-f", "gone.yml", ""], &[]] {
        let said = sandbox.run(&[&["complete", "zsh", "--"], words].concat());
        assert_eq!((said.answer(), said.stderr.as_str()), (said.answer(), ""), "{words:?}");
        assert!(said.stdout.starts_with("words\n") && !said.stdout.contains("error"), "{said:?}");
    }
    let scripts: Vec<String> =
        ["bash", "zsh", "fish"].map(|shell| sandbox.run(&["completion", shell]).answer().to_owned()).to_vec();
    assert!(scripts.iter().all(|script| script.contains("runner-lite completion")));
}

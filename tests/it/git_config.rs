//! No key of the repository's git configuration runs a program.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use super::sandbox::Sandbox;

/// Every key of `git help --config` whose value names a program, and what else it needs to be used. `RUN` is a program.
const KEYS: &[(&str, &str)] = &[
    ("alias.diff-index", "!RUN"),
    ("alias.ls-files", "!RUN"),
    ("alias.status", "!RUN"),
    ("browser.x.cmd", "RUN"),
    ("browser.x.path", "RUN"),
    ("core.alternateRefsCommand", "RUN"),
    ("core.askPass", "RUN"),
    ("core.editor", "RUN"),
    ("core.fsmonitor", "RUN"),
    ("core.gitProxy", "RUN"),
    ("core.pager", "RUN"),
    ("core.sshCommand", "RUN"),
    ("credential.helper", "!RUN"),
    ("credential.https://host.helper", "!RUN"),
    ("diff.external", "RUN"),
    ("diff.x.command", "RUN"),
    ("diff.x.textconv", "RUN"),
    ("difftool.x.cmd", "RUN"),
    ("difftool.x.path", "RUN"),
    ("filter.x.clean", "RUN"),
    ("filter.x.process", "RUN"),
    ("filter.x.smudge", "RUN"),
    ("gpg.program", "RUN"),
    ("gpg.ssh.defaultKeyCommand", "RUN"),
    ("gpg.ssh.program", "RUN"),
    ("gpg.x.program", "RUN"),
    ("gpg.x509.program", "RUN"),
    ("guitool.x.cmd", "RUN"),
    ("help.browser", "RUN"),
    ("hook.x.command", "RUN"),
    ("imap.tunnel", "RUN"),
    ("instaweb.browser", "RUN"),
    ("instaweb.httpd", "RUN"),
    ("interactive.diffFilter", "RUN"),
    ("man.x.cmd", "RUN"),
    ("man.x.path", "RUN"),
    ("merge.x.driver", "RUN"),
    ("mergetool.x.cmd", "RUN"),
    ("mergetool.x.path", "RUN"),
    ("pager.config", "RUN"),
    ("pager.for-each-ref", "RUN"),
    ("pager.log", "RUN"),
    ("pager.status", "RUN"),
    ("receive.procReceiveRefs", "RUN"),
    ("remote.origin.receivepack", "RUN"),
    ("remote.origin.uploadpack", "RUN"),
    ("sendemail.ccCmd", "RUN"),
    ("sendemail.toCmd", "RUN"),
    ("sequence.editor", "RUN"),
    ("submodule.x.update", "!RUN"),
    ("tar.x.command", "RUN"),
    ("trailer.x.cmd", "RUN"),
    ("trailer.x.command", "RUN"),
    ("uploadpack.packObjectsHook", "RUN"),
    ("web.browser", "RUN"),
];

/// The last words of keys that name a program.
const WORDS: &[&str] = &[
    "askpass",
    "browser",
    "clean",
    "cmd",
    "command",
    "driver",
    "editor",
    "external",
    "filter",
    "fsmonitor",
    "helper",
    "hook",
    "httpd",
    "pager",
    "process",
    "program",
    "proxy",
    "receivepack",
    "smudge",
    "textconv",
    "tunnel",
    "uploadpack",
    "vcs",
];

/// Keys that end so and name no program. `remote.x.vcs` names a part of git itself, which needs a protocol.
const NO_PROGRAM: &[&str] = &[
    "advice.ignoredhook",
    "advice.waitingforeditor",
    "color.pager",
    "column.clean",
    "diff.x.cachetextconv",
    "gitcvs.dbdriver",
    "http.proxy",
    "remote.x.partialclonefilter",
    "remote.x.proxy",
    "remote.x.vcs",
    "uploadpack.allowfilter",
];

/// Settings that make git use as many of these programs as it can.
const ASKING: &[(&str, &str)] = &[
    ("core.fsmonitorHookVersion", "1"),
    ("diff.tool", "x"),
    ("filter.x.required", "true"),
    ("format.pretty", "%G?"),
    ("hook.x.event", "post-index-change"),
    ("log.showSignature", "true"),
    ("merge.tool", "x"),
    ("protocol.allow", "always"),
    ("protocol.file.allow", "always"),
    ("protocol.ext.allow", "always"),
    ("protocol.git.allow", "always"),
    ("protocol.ssh.allow", "always"),
    ("status.submoduleSummary", "true"),
];

/// Rules that ask git everything.
const FILE: &str = "job:\n  script: x\n  image: a\n  rules:\n    - {changes: [never], when: manual}\n\
                    \x20   - {changes: {paths: [never], compare_to: HEAD~1}, when: manual}\n\
                    \x20   - {exists: ['none*'], when: manual}\n    - {when: on_success}\n";

/// Commands of this program that run git without an engine.
const COMMANDS: &[&[&str]] =
    &[&["list", "--all"], &["lint"], &["show", "job"], &["exec", "job", "--host", "unix:///nowhere"]];

/// A repository whose tracked files differ from the index in their times, beside a folder of programs.
struct Hostile {
    project: Sandbox,
    /// How often its file was touched.
    touched: Cell<u64>,
}

impl Hostile {
    fn new() -> Self {
        let files =
            [(".gitlab-ci.yml", FILE), ("file", "1"), (".gitattributes", "file filter=x diff=x merge=x\n")];
        let sandbox = Sandbox::repository(&files);
        sandbox.git(&["commit", "-q", "--allow-empty", "-m", "two"]);
        sandbox.write(".runner-lite.env", "# masked\nTOKEN=0123456789\n");
        fs::create_dir(sandbox.path("../programs")).unwrap();
        Self { project: sandbox, touched: Cell::new(0) }
    }

    /// A clone of the repository without trees, which it would fetch from `url`.
    fn clone_without_trees(&self, url: &str) -> Self {
        self.project.git(&["config", "uploadpack.allowFilter", "true"]);
        let clone = Self::new();
        let from = format!("file://{}", self.project.path("").display());
        fs::remove_dir_all(clone.project.path(".git")).unwrap();
        clone.project.git(&["clone", "-q", "--bare", "--filter=tree:0", &from, ".git"]);
        for (key, value) in [("core.bare", "false"), ("remote.origin.url", url)] {
            clone.project.git(&["config", key, value]);
        }
        clone
    }

    /// A program that leaves a mark with this name.
    fn program(&self, name: &str) -> String {
        let path = self.project.path("../programs").canonicalize().unwrap().join(name.replace('/', "_"));
        fs::write(&path, "#!/bin/sh\n: > \"$0.ran\"\nexit 1\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.display().to_string()
    }

    fn set(&self, key: &str, value: &str) {
        let value = value.replace("RUN", &self.program(key));
        self.project.git(&["config", key, &value]);
    }

    /// The programs that have run since the last call.
    fn marks(&self) -> Vec<String> {
        let programs =
            fs::read_dir(self.project.path("../programs")).unwrap().map(|entry| entry.unwrap().path());
        let marks: Vec<PathBuf> =
            programs.filter(|path| path.extension().is_some_and(|e| e == "ran")).collect();
        marks.iter().for_each(|mark| fs::remove_file(mark).unwrap());
        marks.iter().map(|mark| mark.file_stem().unwrap().to_string_lossy().into_owned()).collect()
    }

    /// Gives the tracked file a time that it has never had, so that git has to compare its contents.
    fn touch(&self) {
        let file = fs::File::options().write(true).open(self.project.path("file")).unwrap();
        self.touched.set(self.touched.get() + 1);
        file.set_modified(UNIX_EPOCH + Duration::from_secs(self.touched.get())).unwrap();
    }

    /// What git itself runs for this command.
    fn marks_of_git(&self, arguments: &[&str]) -> Vec<String> {
        self.touch();
        let mut command = self.project.command("git");
        command.args(arguments).stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0").output().unwrap();
        self.marks()
    }

    /// Runs all commands of this program, none of which runs anything.
    #[track_caller]
    fn assert_harmless(&self, what: &str) {
        for command in COMMANDS {
            self.touch();
            let said = self.project.run(command);
            assert_eq!(self.marks(), [""; 0], "{what}: {command:?}: {said:?}");
            let expect = if command.contains(&"exec") { 125 } else { 0 };
            assert_eq!(said.code, expect, "{what}: {command:?}: {said:?}");
        }
    }
}

#[test]
fn no_key_that_names_a_program_is_obeyed() {
    let hostile = Hostile::new();
    for (key, value) in [KEYS, ASKING].concat() {
        hostile.set(key, value);
    }
    for hook in
        ["post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman", "pre-auto-gc"]
    {
        fs::copy(hostile.program(hook), hostile.project.path(".git/hooks").join(hook)).unwrap();
    }
    hostile.assert_harmless("all keys");
    assert!(hostile.marks_of_git(&["status"]).contains(&"core.fsmonitor".to_owned()), "git would run it");
}

#[test]
fn filters_hooks_and_monitors_that_git_runs_are_not_run_here() {
    for key in ["filter.x.clean", "filter.x.process", "core.fsmonitor"] {
        let hostile = Hostile::new();
        hostile.set(key, "RUN");
        assert_eq!(hostile.marks_of_git(&["status"]), [key]);
        hostile.assert_harmless(key);
    }
    let hostile = Hostile::new();
    let hooks = hostile.project.path("../hooks");
    fs::create_dir(&hooks).unwrap();
    fs::write(hooks.join("post-index-change"), format!("#!/bin/sh\n{}\n", hostile.program("hook"))).unwrap();
    fs::set_permissions(hooks.join("post-index-change"), fs::Permissions::from_mode(0o755)).unwrap();
    hostile.project.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    assert_eq!(hostile.marks_of_git(&["diff"]), ["hook"]);
    hostile.assert_harmless("core.hooksPath");
}

#[test]
fn a_missing_object_is_not_fetched_by_any_protocol() {
    let hostile = Hostile::new();
    let local = format!("file://{}", hostile.project.path("").display());
    for (key, value, url) in [
        ("remote.origin.uploadpack", "RUN", &*local),
        ("core.sshCommand", "RUN", "ssh://host/path"),
        ("core.gitProxy", "RUN", "git://host/path"),
        ("remote.origin.url", "ext::RUN", ""),
    ] {
        let clone = hostile.clone_without_trees(url);
        for (key, value) in ASKING {
            clone.set(key, value);
        }
        clone.set(key, value);
        assert_eq!(clone.marks_of_git(&["diff-index", "--cached", "HEAD~1"]), [key]);
        clone.assert_harmless(key);
    }
}

#[test]
fn a_file_with_a_filter_counts_as_changed_only_if_git_has_to_compare_it() {
    let hostile = Hostile::new();
    hostile.project.git(&["config", "filter.x.clean", "cat"]);
    hostile
        .project
        .write(".gitlab-ci.yml", "job: {script: x, rules: [{changes: {paths: [file], compare_to: HEAD}}]}\n");
    let rule = || hostile.project.run(&["list", "--all"]).answer().contains("no rule");
    hostile.touch();
    hostile.project.git(&["add", "file"]);
    assert!(rule(), "its times and size are those of the index");
    hostile.project.write("file", "2");
    assert!(!rule());
}

#[test]
fn a_file_that_only_configures_git_is_shown_nowhere() {
    let hostile = Hostile::new();
    hostile.project.write("../outside", "[url]\n\tx = gho_abcdef\n");
    for key in ["include.path", "core.excludesFile", "core.attributesFile", "mailmap.file"] {
        let outside = hostile.project.path("../outside").canonicalize().unwrap();
        hostile.project.git(&["config", key, outside.to_str().unwrap()]);
    }
    for command in [COMMANDS, &[&["show", "job", "--container"]]].concat() {
        let said = hostile.project.run(command);
        assert!(!format!("{said:?}").contains("gho_"), "{command:?}: {said:?}");
        assert!(!said.stderr.contains("cannot read git information"), "{command:?}: {said:?}");
    }
}

#[test]
fn the_keys_are_those_of_gits_documentation() {
    let hostile = Hostile::new();
    let listed = hostile.project.command("git").args(["help", "--config"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap().to_ascii_lowercase();
    let known: Vec<String> =
        KEYS.iter().map(|(key, _)| key.to_ascii_lowercase().replace(".origin.", ".x.")).collect();
    let names_program =
        |key: &&str| WORDS.iter().any(|word| key.ends_with(word)) && !NO_PROGRAM.contains(key);
    let documented: Vec<String> = listed.lines().map(without_placeholders).collect();
    let found: Vec<&str> = documented.iter().map(String::as_str).filter(names_program).collect();
    assert!(found.len() > 25, "git lists few keys: the test has lost them: {listed}");
    let missing: Vec<&&str> = found.iter().filter(|key| !known.iter().any(|known| known == *key)).collect();
    assert_eq!(missing, [&""; 0]);
}

/// `diff.x.command` for `diff.<driver>.command`.
fn without_placeholders(key: &str) -> String {
    let parts = key.split('.').map(|part| if part.starts_with('<') { "x" } else { part });
    parts.collect::<Vec<_>>().join(".")
}

#[test]
fn configuration_of_submodules_and_of_included_files_is_not_obeyed_either() {
    let hostile = Hostile::new();
    let key = "filter.x.clean";
    hostile.project.git(&["config", "-f", ".git/more", key, &hostile.program(key)]);
    hostile.project.git(&["config", "include.path", "more"]);
    assert_eq!(hostile.marks_of_git(&["status"]), [key]);
    hostile.assert_harmless("an included file");

    let hostile = Hostile::new();
    for arguments in [
        &["init", "-q", "inner"][..],
        &["-C", "inner", "commit", "-q", "--allow-empty", "-m", "one"],
        &["-C", "inner", "config", "core.fsmonitor", &hostile.program("inner")],
        &["-c", "advice.addEmbeddedRepo=false", "add", "inner"],
        &["commit", "-qm", "three"],
    ] {
        hostile.project.git(arguments);
    }
    hostile.marks();
    assert_eq!(hostile.marks_of_git(&["status"]), ["inner"]);
    hostile.assert_harmless("a submodule");
}

//! `--committed`: the files of the commit in place of the working tree.

use super::sandbox::{PROGRAM, ProgramOutput, Sandbox};

/// Runs the program in a folder of the project, with a folder of its own for temporary files, which must be empty then.
fn committed(sandbox: &Sandbox, folder: &str, arguments: &[&str]) -> ProgramOutput {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = sandbox.command(PROGRAM);
    command.args(arguments).arg("--committed").current_dir(sandbox.path(folder));
    let output = command.env("TMPDIR", temporary.path()).output().unwrap();
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "something stays behind");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    ProgramOutput {
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        code: output.status.code().unwrap(),
    }
}

#[test]
fn the_pipeline_is_that_of_the_commit() {
    let sandbox = Sandbox::repository(&[
        (".gitlab-ci.yml", "include: ci/*.yml\none: {script: a, rules: [{exists: [new]}, {if: $X}]}\n"),
        ("ci/two.yml", "two: {script: b, cache: {key: {files: [lock]}, paths: [x]}}\n"),
        ("sub/file", ""),
        ("lock", "1"),
    ]);
    let key = |shown: &str| shown.lines().find(|line| line.contains("key:")).map(str::to_owned);
    let of_commit = key(sandbox.run(&["show", "two"]).answer());
    sandbox.write("ci/two.yml", "changed: {script: b}\n");
    sandbox.write("ci/three.yml", "three: {script: b}\n");
    for file in ["new", "lock"] {
        sandbox.write(file, "2");
    }
    sandbox.write("other.yml", "four: {script: a}\n");
    for folder in ["", "sub"] {
        let output = committed(&sandbox, folder, &["list", "--json"]);
        let jobs: serde_json::Value = serde_json::from_str(output.answer()).unwrap();
        let jobs = jobs.as_array().unwrap();
        let name = |job: &serde_json::Value| format!("{} {}", job["name"], job["when"]).replace('"', "");
        assert_eq!(jobs.iter().map(name).collect::<Vec<_>>(), ["two on_success"]);
    }
    let missing = committed(&sandbox, "", &["list", "--file", "other.yml"]);
    assert_eq!(missing.code, 3, "{missing:?}");
    assert!(missing.stderr.contains("there is no `other.yml` in the commit; commit it"), "{missing:?}");
    let shown = committed(&sandbox, "", &["show", "two"]);
    assert!(of_commit.is_some() && key(shown.answer()) == of_commit, "{shown:?}");
    let note = "note: --committed leaves out uncommitted changes: `ci/two.yml`, `lock`, `ci/three.yml`, `new`, \
                `other.yml`\n";
    assert!(shown.stderr.contains(note), "{shown:?}");
}

#[test]
fn a_commit_is_needed() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "one: {script: a}\n")]);
    for _ in ["no repository", "no commit"] {
        let output = committed(&sandbox, "", &["list"]);
        let needs = "--committed needs a git repository with a commit";
        assert!(output.code == 3 && output.stderr.contains(needs), "{output:?}");
        sandbox.git(&["init", "-q"]);
    }
}

#[test]
fn no_program_of_the_repository_runs() {
    let sandbox = Sandbox::repository(&[
        (".gitlab-ci.yml", "one: {script: a}\n"),
        (".gitattributes", "* filter=x\n"),
        ("dir/file", "text\n"),
    ]);
    let mark = sandbox.path("ran").display().to_string();
    for key in ["filter.x.smudge", "filter.x.clean", "filter.x.process", "core.fsmonitor"] {
        sandbox.git(&["config", key, &format!("touch {mark}")]);
    }
    sandbox.git(&["config", "filter.x.required", "true"]);
    let hook = sandbox.path(".git/hooks/post-checkout");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\ntouch {mark}\n")).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, executable).unwrap();
    committed(&sandbox, "", &["list"]).answer();
    assert!(!sandbox.path("ran").exists());
}

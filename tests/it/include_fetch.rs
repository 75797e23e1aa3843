//! `include fetch` with repositories that a git daemon serves on loopback.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};

use super::json_answers::valid_answer;
use super::sandbox::{ProgramOutput, Sandbox};

/// The folder of copies in a project.
const COPIES: &str = "copies";

/// Repositories, each served as `git://127.0.0.1:PORT/group/name.git`.
struct GitHost {
    folder: tempfile::TempDir,
    address: SocketAddr,
}

impl GitHost {
    /// Serves each connection with a process of `git daemon --inetd`, so that the port is known before.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let base = format!("--base-path={}", folder.path().display());
        let home = folder.path().to_owned();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let socket = OwnedFd::from(stream.unwrap());
                let mut daemon = Command::new("git");
                daemon.args(["daemon", "--inetd", "--export-all", &base]).env("HOME", &home);
                let stdin = Stdio::from(socket.try_clone().unwrap());
                daemon.stdin(stdin).stdout(Stdio::from(socket)).stderr(Stdio::null());
                let mut daemon = daemon.spawn().unwrap();
                thread::spawn(move || daemon.wait());
            }
        });
        Self { folder, address }
    }

    fn url(&self) -> String {
        format!("git://{}", self.address)
    }

    fn path(&self, project: &str) -> PathBuf {
        self.folder.path().join(format!("{project}.git"))
    }

    fn git(&self, project: &str, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
        let mut command = Command::new("git");
        command
            .current_dir(self.path(project))
            .args(identity)
            .args(arguments)
            .env("HOME", self.folder.path());
        let ran = command.output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {ran:?}");
        String::from_utf8(ran.stdout).unwrap().trim_end().to_owned()
    }

    /// Commits these files to the present branch of a project, which is `main` at first, and returns the commit.
    fn commit(&self, project: &str, files: &[(&str, &str)]) -> String {
        let root = self.path(project);
        if !root.exists() {
            fs::create_dir_all(&root).unwrap();
            self.git(project, &["init", "-q", "-b", "main"]);
        }
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        self.git(project, &["add", "-A"]);
        self.git(project, &["commit", "-qm", "x", "--allow-empty"]);
        self.git(project, &["rev-parse", "HEAD"])
    }

    /// A project `me/shop` of this host with this pipeline file.
    fn project(&self, file: &str) -> Sandbox {
        let project = Sandbox::repository(&[(".gitlab-ci.yml", file)]);
        project.git(&["remote", "add", "origin", &format!("{}/me/shop.git", self.url())]);
        project
    }
}

fn fetch(project: &Sandbox, more: &[&str]) -> ProgramOutput {
    project.run(&[&["include", "fetch", "--include-dir", COPIES], more].concat())
}

/// The answer in JSON of a run with this exit code.
#[track_caller]
fn fetch_json(project: &Sandbox, more: &[&str], code: i32) -> Value {
    let said = fetch(project, &[more, &["--json"]].concat());
    assert_eq!(said.code, code, "{said:?}");
    valid_answer("include-fetch", &said.stdout)
}

fn copy(project: &Sandbox, path: &str) -> Option<String> {
    fs::read_to_string(project.path(COPIES).join(path)).ok()
}

/// The names of the jobs that are read with the copies.
fn jobs(project: &Sandbox) -> Vec<String> {
    let listed = project.run(&["list", "--all", "--json", "--include-dir", COPIES]);
    let listed: Value = serde_json::from_str(listed.answer()).unwrap();
    listed.as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect()
}

const JOB: &str = "job: {script: x}\n";

#[test]
fn everything_that_the_pipeline_includes_is_fetched_also_what_those_files_include() {
    let host = GitHost::new();
    let lib = host.commit(
        "tools/ci",
        &[
            ("a.yml", "include: [{local: /sub/b.yml}, {local: sub/b.yml}]\na: {script: x}\n"),
            ("sub/b.yml", "include: {project: tools/more, file: [c.yml], ref: $REF}\nb: {script: x}\n"),
            ("unused.yml", "unused: {script: x}\n"),
        ],
    );
    host.commit("tools/more", &[("c.yml", "wrong: {script: x}\n")]);
    host.git("tools/more", &["checkout", "-qb", "feature/x"]);
    let component =
        format!("include: {{component: '{}/parts/lint/check@1', inputs: {{name: d}}}}\n", host.address);
    host.commit("tools/more", &[("c.yml", &format!("{component}c: {{script: x}}\n"))]);
    let part = "spec: {inputs: {name: {}}}\n---\n$[[ inputs.name ]]: {script: x}\n";
    host.commit("parts/lint", &[("templates/check/template.yml", part)]);
    host.git("parts/lint", &["tag", "-am", "x", "1.0.3"]);

    let project = host
        .project("include: {project: tools/ci, file: /a.yml}\nvariables: {REF: nowhere}\njob: {script: x}\n");
    project.write(".runner-lite.env", "REF=feature/x\n");
    let answer = fetch_json(&project, &[], 0);
    let states: Vec<(&str, &str)> = answer["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|copied| (copied["folder"].as_str().unwrap(), copied["status"].as_str().unwrap()))
        .collect();
    let component_folder = format!("{}/parts/lint@1", host.address);
    let expect =
        [("tools/ci", "fetched"), ("tools/more@feature/x", "fetched"), (&*component_folder, "fetched")];
    assert_eq!(states, expect);
    assert_eq!(answer["projects"][0]["commit"], lib);
    assert_eq!(answer["projects"][2]["resolved"], "refs/tags/1.0.3");
    assert_eq!(copy(&project, "tools/ci/unused.yml"), None);
    let mut names = jobs(&project);
    names.sort();
    assert_eq!(names, ["a", "b", "c", "d", "job"]);
    let lock: Value = serde_json::from_str(&copy(&project, "include-lock.json").unwrap()).unwrap();
    assert_eq!(lock["projects"][0]["files"], json!(["a.yml", "sub/b.yml"]));

    // Without a server: what the lock file knows needs no network.
    let again = fetch_json(&project, &["--server", "git://127.0.0.1:1"], 0);
    assert_eq!(again["projects"][0]["status"], "unchanged");
}

#[test]
fn the_lock_file_keeps_a_commit_until_an_update() {
    let host = GitHost::new();
    let first = host.commit("g/p", &[("a.yml", "one: {script: x}\n"), ("b.yml", "two: {script: x}\n")]);
    let project = host.project(&format!("include: {{project: g/p, ref: main, file: a.yml}}\n{JOB}"));
    assert_eq!(fetch(&project, &["--check"]).code, 1, "a file is missing");
    assert!(!project.path(COPIES).exists(), "--check creates nothing");
    assert_eq!(fetch(&project, &[]).code, 0);
    assert_eq!(fetch(&project, &["--check"]).code, 0);

    host.git("g/p", &["rm", "-q", "b.yml"]);
    let second =
        host.commit("g/p", &[("a.yml", "include: c.yml\nnew: {script: x}\n"), ("c.yml", "c: {script: x}\n")]);
    let checked = fetch_json(&project, &["--check"], 1);
    let expect = json!({"folder": "g/p@main", "status": "newer", "resolved": "refs/heads/main", "commit": first,
        "newest": second, "files": []});
    assert_eq!(checked["projects"][0], expect);
    assert_eq!(
        copy(&project, "g/p@main/a.yml").as_deref(),
        Some("one: {script: x}\n"),
        "--check writes nothing"
    );

    // Another file of the same project is from the locked commit, too.
    project.write(
        ".gitlab-ci.yml",
        &format!("include: {{project: g/p, ref: main, file: [a.yml, b.yml]}}\n{JOB}"),
    );
    let fetched = fetch_json(&project, &[], 0);
    assert_eq!(
        (&fetched["projects"][0]["commit"], &fetched["projects"][0]["files"]),
        (&json!(first), &json!(["b.yml"]))
    );

    project.write(".gitlab-ci.yml", &format!("include: {{project: g/p, ref: main, file: a.yml}}\n{JOB}"));
    let updated = fetch_json(&project, &["--update"], 0);
    assert_eq!(updated["projects"][0]["status"], "updated");
    assert_eq!(updated["projects"][0]["commit"], second);
    assert_eq!(copy(&project, "g/p@main/b.yml"), None, "the file is gone at that commit");
    let mut names = jobs(&project);
    names.sort();
    assert_eq!(names, ["c", "job", "new"]);
    assert_eq!(fetch_json(&project, &["--update"], 0)["projects"][0]["status"], "unchanged");
}

#[test]
fn a_version_is_a_branch_a_tag_or_a_commit_also_an_old_or_abbreviated_one() {
    let host = GitHost::new();
    let old = host.commit("g/p", &[("a.yml", "old: {script: x}\n")]);
    host.git("g/p", &["tag", "-am", "x", "v1"]);
    let middle = host.commit("g/p", &[("a.yml", "middle: {script: x}\n")]);
    let newest = host.commit("g/p", &[("a.yml", "newest: {script: x}\n")]);
    for (reference, commit) in [
        ("v1", &old),
        ("main", &newest),
        ("HEAD", &newest),
        (&*middle, &middle),
        (&middle[..8], &middle),
        ("refs/heads/main", &newest),
    ] {
        let file = format!("include: {{project: g/p, ref: '{reference}', file: a.yml}}\n{JOB}");
        let project = host.project(&file);
        let answer = fetch_json(&project, &[], 0);
        assert_eq!(answer["projects"][0]["commit"], **commit, "{reference}");
        assert_eq!(jobs(&project).len(), 2);
    }
    // A server of the old protocol gives commits of its refs only.
    let project = host.project(&format!("include: {{project: g/p, ref: {middle}, file: a.yml}}\n{JOB}"));
    project.write("../.gitconfig", "[protocol]\nversion = 0\n");
    assert_eq!(fetch_json(&project, &[], 0)["projects"][0]["commit"], middle);
    // With a server that knows filters, a file is fetched when it is read.
    host.git("g/p", &["config", "uploadpack.allowFilter", "true"]);
    let project = host.project(&format!("include: {{project: g/p, ref: {middle}, file: a.yml}}\n{JOB}"));
    assert_eq!(fetch_json(&project, &[], 0)["projects"][0]["commit"], middle);
}

#[test]
fn a_component_has_the_version_that_gitlab_would_take() {
    let host = GitHost::new();
    for version in ["1.0.0", "1.2.0", "1.2.10", "2.0.0", "3.0.0-rc1"] {
        host.commit("g/p", &[("templates/c.yml", &format!("# {version}\nc: {{script: x}}\n"))]);
        host.git("g/p", &["tag", version]);
    }
    for (version, expect) in
        [("1", "1.2.10"), ("1.0", "1.0.0"), ("~latest", "2.0.0"), ("2.0.0", "2.0.0"), ("main", "3.0.0-rc1")]
    {
        let file = format!("include: {{component: $CI_SERVER_FQDN/g/p/c@{version}}}\n{JOB}");
        let project = host.project(&file);
        assert_eq!(fetch(&project, &["--server", &host.url()]).code, 0);
        let text = copy(&project, &format!("127.0.0.1/g/p@{version}/templates/c.yml")).unwrap();
        assert_eq!(text.lines().next(), Some(&*format!("# {expect}")), "{version}");
        assert_eq!(jobs(&project).len(), 2);
    }
}

#[test]
fn what_cannot_be_fetched_is_named_with_its_ref_and_gits_words() {
    let host = GitHost::new();
    host.commit("g/p", &[("a.yml", JOB)]);
    for (include, code, expect) in [
        (
            "{project: g/p, ref: nowhere, file: a.yml}",
            3,
            "`g/p@nowhere`: the repository `HOST/g/p.git` has no branch, tag or commit `nowhere`",
        ),
        ("{project: g/p, file: b.yml}", 3, "`g/p` has no file `b.yml` at the commit "),
        (
            "{project: g/none, file: a.yml}",
            125,
            "`g/none` cannot be fetched from `HOST/g/none.git`: git says: ",
        ),
        ("{component: $CI_SERVER_FQDN/g/p/c@1.2}", 3, "has no tag `1.2.N` for the version `1.2`"),
        (
            "{component: $CI_SERVER_FQDN/g/p/c@main}",
            3,
            "has no file `templates/c.yml` or `templates/c/template.yml` at",
        ),
    ] {
        let project = host.project(&format!("include: {include}\n{JOB}"));
        let said = fetch(&project, &["--server", &host.url()]);
        let expect = expect.replace("HOST", &host.url());
        assert!(said.code == code && said.stderr.contains(&expect), "{include}: {said:?}");
        assert!(!project.path(COPIES).join("include-lock.json").exists(), "{include}");
    }
    let project = host.project(JOB);
    let said = fetch(&project, &[]);
    assert!(
        said.code == 0 && said.stderr.contains("the pipeline includes no file of another project"),
        "{said:?}"
    );
    assert_eq!(project.run(&["include", "fetch"]).code, 2);
    assert_eq!(fetch(&project, &["--server", "ext::sh -c x"]).code, 2);
}

#[test]
fn a_file_that_is_too_large_is_not_written() {
    let host = GitHost::new();
    let large = format!("job: {{script: x}}\n#{}", "x".repeat(2 << 20));
    host.commit("g/p", &[("a.yml", &large), ("b.yml", JOB)]);
    let project = host.project(&format!("include: {{project: g/p, file: [b.yml, a.yml]}}\n{JOB}"));
    let said = fetch(&project, &[]);
    assert!(said.code == 3 && said.stderr.contains("`a.yml` is larger than 2097152 bytes"), "{said:?}");
    assert_eq!(copy(&project, "g/p/b.yml"), None);
}

#[test]
fn no_name_in_a_pipeline_file_commands_git_or_leaves_the_folder() {
    let host = GitHost::new();
    host.commit("g/p", &[("a.yml", JOB)]);
    for include in [
        "{project: ../../g/p, file: a.yml}",
        "{project: '-c/p', file: a.yml}",
        "{project: 'ext::sh -c touch% ../mark/p', file: a.yml}",
        "{project: g/p, ref: '--upload-pack=touch ../mark', file: a.yml}",
        "{project: g/p, ref: '../../../x', file: a.yml}",
        "{project: g/p, file: ../../../a.yml}",
        "{project: g/p, file: .git/hooks/x.yml}",
        "{component: '-oProxyCommand=touch ../mark/g/p/c@main'}",
        "{component: '$CI_SERVER_FQDN/../p/c@main'}",
    ] {
        let project = host.project(&format!("include: {include}\n{JOB}"));
        let said = fetch(&project, &["--server", &host.url()]);
        assert!(said.code == 3 && said.stderr.contains(" is not fetched: `"), "{include}: {said:?}");
        assert!(fs::read_dir(project.path(COPIES)).unwrap().next().is_none(), "{include}");
        assert!(!project.path("mark").exists() && !project.path("../mark").exists());
    }
}

#[test]
fn a_link_in_the_folder_of_copies_leads_nowhere() {
    let host = GitHost::new();
    host.commit("g/p", &[("a.yml", JOB)]);
    let project = host.project(&format!("include: {{project: g/p, file: a.yml}}\n{JOB}"));
    fs::create_dir_all(project.path("outside")).unwrap();
    fs::create_dir_all(project.path(COPIES)).unwrap();
    std::os::unix::fs::symlink("../outside", project.path("copies/g")).unwrap();
    let said = fetch(&project, &[]);
    assert!(said.code == 125 && said.stderr.contains("cannot write `copies/g/p/a.yml`"), "{said:?}");
    assert!(fs::read_dir(project.path("outside")).unwrap().next().is_none());
}

#[test]
fn the_projects_own_git_configuration_does_not_apply_and_the_users_does() {
    let host = GitHost::new();
    host.commit("g/p", &[("a.yml", "theirs: {script: x}\n")]);
    let project = host.project(&format!("include: {{project: g/p, file: a.yml}}\n{JOB}"));
    let mark = project.path("mark").display().to_string();
    for (key, value) in [
        ("url.git://127.0.0.1:1/.insteadOf".to_owned(), host.url()),
        ("core.fsmonitor".to_owned(), format!("touch {mark}")),
        ("core.sshCommand".to_owned(), format!("touch {mark}")),
        ("core.gitProxy".to_owned(), format!("touch {mark}")),
        ("credential.helper".to_owned(), format!("!touch {mark}")),
        ("protocol.allow".to_owned(), "never".to_owned()),
    ] {
        project.git(&["config", &key, &value]);
    }
    // The folder of copies is inside of the repository.
    assert_eq!(fetch(&project, &[]).code, 0);
    assert!(!project.path("mark").exists());
    assert_eq!(jobs(&project).len(), 2);

    let project = host.project(&format!("include: {{project: g/p, file: a.yml}}\n{JOB}"));
    project.git(&["remote", "set-url", "origin", "https://elsewhere.invalid/me/shop.git"]);
    assert_eq!(fetch(&project, &[]).code, 125);
    let global = format!("[url \"{}/\"]\ninsteadOf = https://elsewhere.invalid/\n", host.url());
    project.write("../.gitconfig", &global);
    assert_eq!(fetch(&project, &[]).code, 0);
}

#[test]
fn a_server_over_ssh_is_reached_with_the_users_ssh() {
    let host = GitHost::new();
    host.commit("g/p", &[("a.yml", JOB)]);
    let project = host.project(&format!("include: {{project: g/p, file: a.yml}}\n{JOB}"));
    project.git(&["remote", "set-url", "origin", "git@gitlab.example:me/shop.git"]);
    let log = project.path("../ssh.log").display().to_string();
    let ssh =
        format!("#!/bin/sh\necho \"$@\" >> '{log}'\necho 'Permission denied (publickey).' >&2\nexit 255\n");
    project.write("../ssh", &ssh);
    let path = project.path("../ssh").canonicalize().unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    project
        .write("../.gitconfig", &format!("[core]\nsshCommand = {}\n[ssh]\nvariant = ssh\n", path.display()));
    let said = fetch(&project, &[]);
    let expect = "`g/p` cannot be fetched from `ssh://git@gitlab.example/g/p.git`: git says: Permission denied (publickey).; \
                  Could not read from remote repository.";
    assert!(said.code == 125 && said.stderr.contains(expect), "{said:?}");
    let called = fs::read_to_string(log).unwrap();
    assert!(called.contains("git@gitlab.example git-upload-pack '/g/p.git'"), "{called}");
}

#[test]
fn files_that_the_user_has_placed_stay_and_those_without_a_repository_are_explained() {
    let host = GitHost::new();
    host.commit("g/p", &[("a.yml", "theirs: {script: x}\n")]);
    let file =
        "include: [{project: g/p, file: a.yml}, {remote: 'https://h/x.yml'}, {template: T.gitlab-ci.yml}]\n";
    let project = host.project(&format!("{file}{JOB}"));
    project.write("copies/g/p/a.yml", "mine: {script: x}\n");
    let said = fetch(&project, &["--update"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(copy(&project, "g/p/a.yml").as_deref(), Some("mine: {script: x}\n"));
    let answer = fetch_json(&project, &[], 0);
    let expect = json!({"include": "remote: https://h/x.yml", "url": "https://h/x.yml", "copy": "h/x.yml"});
    assert_eq!(answer["unfetched"][0], expect);
    insta::assert_snapshot!(said.stdout, @r"
    PROJECT  STATE          COMMIT  NEWEST  REF  FILES
    g/p      placed by you
    ");
    insta::assert_snapshot!(said.stderr, @r"
    note: `remote: https://h/x.yml` is not fetched; download `https://h/x.yml` to `copies/h/x.yml`
    note: `template: T.gitlab-ci.yml` is not fetched; download `https://gitlab.com/gitlab-org/gitlab/-/raw/master/lib/gitlab/ci/templates/T.gitlab-ci.yml` to `copies/templates/T.gitlab-ci.yml`
    ");
}

#[test]
fn an_update_includes_what_is_locked_and_not_included_this_time() {
    let host = GitHost::new();
    host.commit("g/p", &[("a.yml", "a: {script: x}\n")]);
    host.commit("g/q", &[("b.yml", "b: {script: x}\n")]);
    let file = "include: [{project: g/p, file: a.yml}, {project: g/q, file: b.yml, rules: [{if: $MORE}]}]\n";
    let project = host.project(&format!("{file}{JOB}"));
    assert_eq!(fetch(&project, &["--variable", "MORE=1"]).code, 0);
    let newer = host.commit("g/q", &[("b.yml", "c: {script: x}\n")]);
    assert_eq!(fetch(&project, &["--check"]).code, 1);
    let updated = fetch_json(&project, &["--update"], 0);
    assert_eq!(
        (&updated["projects"][1]["status"], &updated["projects"][1]["commit"]),
        (&json!("updated"), &json!(newer))
    );
    assert_eq!(copy(&project, "g/q/b.yml").as_deref(), Some("c: {script: x}\n"));
    assert_eq!(fetch(&project, &["--check"]).code, 0);
}

#[test]
fn another_version_of_the_project_itself_is_fetched_and_its_present_one_is_read() {
    let host = GitHost::new();
    host.commit("me/shop", &[("ci/a.yml", "old: {script: x}\n")]);
    host.git("me/shop", &["tag", "v1"]);
    let file = "include: [{project: me/shop, ref: v1, file: ci/a.yml}, {project: me/shop, file: b.yml}]\n";
    let project = host.project(&format!("{file}{JOB}"));
    project.write("ci/a.yml", "new: {script: x}\n");
    project.write("b.yml", "b: {script: x}\n");
    let answer = fetch_json(&project, &[], 0);
    assert_eq!(answer["projects"].as_array().unwrap().len(), 1);
    let mut names = jobs(&project);
    names.sort();
    assert_eq!(names, ["b", "job", "old"]);
}

#[test]
fn hashes_of_another_kind_in_the_users_configuration_do_not_matter() {
    let host = GitHost::new();
    host.commit("g/p", &[("a.yml", JOB)]);
    let project = host.project(&format!("include: {{project: g/p, file: a.yml}}\n{JOB}"));
    let mut command = project.command(super::sandbox::PROGRAM);
    command.args(["include", "fetch", "--include-dir", COPIES]).env("GIT_DEFAULT_HASH", "sha256");
    let said = command.output().unwrap();
    assert!(said.status.success(), "{said:?}");
}

#[test]
fn a_signal_ends_git_and_leaves_no_temporary_folder() {
    // Nobody answers at this address: the connection is accepted, and then nothing comes.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("git://{}", silent.local_addr().unwrap());
    let project = Sandbox::repository(&[(
        ".gitlab-ci.yml",
        "include: {project: g/p, file: a.yml}\njob: {script: x}\n",
    )]);
    fs::create_dir(project.path("../temporary")).unwrap();
    let mut command = project.command(super::sandbox::PROGRAM);
    command.args(["include", "fetch", "--include-dir", COPIES, "--server", &server]);
    let child = command.env("TMPDIR", project.path("../temporary")).stderr(Stdio::piped()).spawn().unwrap();
    let (mut connection, _) = silent.accept().unwrap();
    // The line about slow work comes after a second.
    thread::sleep(std::time::Duration::from_millis(1_200));
    // SIGINT may be ignored where the tests run in the background.
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(143));
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(told, format!("Asking for the refs of g/p from {server}/g/p.git …\n"));
    // git has ended as well: its connection is closed.
    std::io::Read::read_to_end(&mut connection, &mut Vec::new()).unwrap();
    assert_eq!(fs::read_dir(project.path("../temporary")).unwrap().count(), 0);
}

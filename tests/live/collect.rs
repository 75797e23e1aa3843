//! How the files of a job are selected: by the static program in a container, by the engine if few are named, or in this
//! process where the program cannot run in a container. All of them store the same.

use std::fs;
use std::path::{Path, PathBuf};

use super::engine;
use super::run::{Outcome, spawn, start_job, wait_with_output, with_default_signals};

/// The program that was built with the tests, which needs the C library of this machine.
fn not_static() -> PathBuf {
    env!("CARGO_BIN_EXE_runner-lite").into()
}

fn is_static(program: &Path) -> bool {
    use runner_lite::linux::elf::{ElfHead, HEAD_BYTES_MAX};
    ElfHead::parse(&fs::read(program).unwrap()[..HEAD_BYTES_MAX]).unwrap().is_static
}

/// A project with a store of its own.
struct Project(tempfile::TempDir);

impl Project {
    fn new(yaml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("shop")).unwrap();
        fs::write(folder.path().join("shop/.gitlab-ci.yml"), yaml).unwrap();
        Self(folder)
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("shop")
    }

    fn run(&self, program: &Path, job: &str) -> Outcome {
        let mut command = with_default_signals();
        command.arg(program).env("RUNNER_LITE_STATE_DIR", self.0.path().join("state"));
        command.env("RUNNER_LITE_CACHE_DIR", self.0.path().join("cache"));
        let outcome = wait_with_output(spawn(command, &self.folder(), &["exec", job, "-v"]), |_| {});
        engine::assert_nothing_left_of(job);
        outcome
    }

    /// Mode, owner, size and name of each entry of the archive of the only run, and removes that run.
    fn take_entries(&self) -> Vec<String> {
        let state = self.0.path().join("state");
        let only = |folder: PathBuf| fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        let runs = only(state.join("projects")).join("runs");
        let run = fs::read_dir(runs).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir());
        let archive = only(run.unwrap().join("jobs")).join("artifacts.tar");
        let mut archive = tar::Archive::new(fs::File::open(archive).unwrap());
        let entry = |entry: std::io::Result<tar::Entry<'_, fs::File>>| {
            let entry = entry.unwrap();
            let (header, path) = (entry.header(), entry.path().unwrap().display().to_string());
            let (mode, user) = (header.mode().unwrap(), header.uid().unwrap());
            format!("{mode:o} {user} {} {:?} {path}", header.size().unwrap(), header.entry_type())
        };
        let entries = archive.entries().unwrap().map(entry).collect();
        fs::remove_dir_all(state).unwrap();
        entries
    }
}

/// The lines from the heading of a section to the result of the job, without the warning that copying is slow.
fn lines_from(outcome: &Outcome, heading: &str) -> String {
    let log = outcome.log();
    let lines = log.lines().skip_while(|line| *line != heading);
    let lines =
        lines.take_while(|line| !line.starts_with("Job succeeded") && !line.starts_with("ERROR: Job"));
    // Whether a section takes a second depends on the machine.
    let is_compared =
        |line: &&str| !line.is_empty() && !line.contains(" took ") && !line.contains("which is slow");
    lines.filter(is_compared).map(|line| format!("{line}\n")).collect()
}

const PATTERNS: &str = r#"
collect-patterns:
  image: busybox:1.35
  variables: {GIT_STRATEGY: none}
  script:
    - mkdir -p out/deep vendor; echo 12345 >out/a.bin; echo b >out/deep/b.txt; ln out/a.bin out/hard
    - ln -s a.bin out/link; mkfifo out/pipe; echo v >vendor/x; echo DIR=out >>$GITLAB_ENV; chmod 4750 out/a.bin
    - chown 1000 out/hard; touch -d '2020-01-01 00:00:00' vendor/x vendor
  cache: {key: k, paths: [vendor/]}
  artifacts: {paths: ["$DIR/**/*"], exclude: ["**/*.txt"], untracked: true}
"#;

#[test]
fn a_run_says_once_that_selecting_files_is_slow() {
    let pattern = "{image: 'busybox:1.35', script: [echo 1 >a.bin], artifacts: {paths: ['*.bin']}}";
    let project = Project::new(&format!("slow-one: {pattern}\nslow-two: {pattern}\n"));
    let mut command = with_default_signals();
    command.arg(not_static()).env("RUNNER_LITE_STATE_DIR", project.0.path().join("state"));
    let outcome = wait_with_output(spawn(command, &project.folder(), &["pipeline"]), |_| {});
    outcome.assert(0, &["Stored artifacts of slow-one", "Stored artifacts of slow-two"]);
    assert_eq!(outcome.log().matches("which is slow").count(), 1, "{}", outcome.log());
}

#[test]
fn a_program_that_is_not_static_selects_the_same_files_and_says_that_it_is_slow() {
    let project = Project::new(PATTERNS);
    let outcome = project.run(&not_static(), "collect-patterns");
    outcome.assert(0, &["the running program is not static, so the whole project directory is copied"]);
    let lines = lines_from(&outcome, "Saving cache for successful job");
    insta::assert_snapshot!(lines, @r#"
    Saving cache for successful job
    Creating cache k...
    vendor/: found 2 matching artifact files and directories
    Created cache
    Uploading artifacts for successful job
    Uploading artifacts...
    out/**/*: found 5 matching artifact files and directories
    untracked: found 4 files
    **/*.txt: excluded 3 files
    Stored artifacts of collect-patterns: 4 files, 14 B
    "#);
    let entries = project.take_entries();
    // Podman gives every file that it copies out of a container to root.
    let owner = engine::by_engine("1000", "0");
    let expected = [
        &*format!("750 {owner} 6 Regular out/a.bin"),
        "755 0 0 Directory out/deep",
        &*format!("750 {owner} 6 Regular out/hard"),
        "777 0 0 Symlink out/link",
        "644 0 2 Regular vendor/x",
    ];
    assert_eq!(entries, expected);
    let program = super::run::binary();
    if !is_static(&program) {
        return super::skip::skip("only the static binary runs in every container");
    }
    let outcome = project.run(&program, "collect-patterns");
    outcome.assert(0, &["Archive is up to date!"]);
    let lines = lines.replace("Created cache", "Archive is up to date!\nCreated cache");
    assert_eq!(lines_from(&outcome, "Saving cache for successful job"), lines);
    assert!(!outcome.log().contains("which is slow"), "{}", outcome.log());
    let entries = entries.iter().map(|entry| entry.replace(&format!("750 {owner} "), "750 1000 "));
    assert_eq!(project.take_entries(), entries.collect::<Vec<_>>());
}

const NAMED: &str = r#"
collect-named:
  image: busybox:1.35
  variables: {GIT_STRATEGY: none}
  script: ['mkdir -p out/deep', 'echo 12345 >out/a.bin', 'ln out/a.bin out/deep/hard', 'mkfifo out/pipe', 'touch r.json']
  artifacts: {paths: [./out/, none], reports: {sast: r.json}}
collect-link:
  image: busybox:1.35
  variables: {GIT_STRATEGY: none}
  script: ['ln -s nowhere gone', 'touch f', 'ln -s f link']
  artifacts: {paths: [gone, link]}
collect-below-file:
  image: busybox:1.35
  variables: {GIT_STRATEGY: none}
  script: ['touch out', 'ln -s circle circle']
  artifacts: {paths: [circle, out/r.xml, out]}
"#;

#[test]
fn few_named_files_are_stored_without_a_container_for_it() {
    let project = Project::new(NAMED);
    let outcome = project.run(&super::run::binary(), "collect-named");
    outcome.assert(0, &[]);
    insta::assert_snapshot!(lines_from(&outcome, "Uploading artifacts for successful job"), @r#"
    Uploading artifacts for successful job
    Uploading artifacts...
    ./out/: found 5 matching artifact files and directories
    WARNING: none: no matching files. Ensure that the artifact path is relative to the working directory (/builds/local/shop)
    Stored artifacts of collect-named: 2 files, 12 B
    Uploading artifacts...
    r.json: found 1 matching artifact files and directories
    Stored artifacts of collect-named as "sast": 1 file, 0 B
    "#);
    // Podman follows a link that is named, so that the program selects the files there.
    let has_collector = engine::by_engine("no", "yes") == "yes";
    assert!(has_collector || !outcome.stderr.contains("-collect"), "{}", outcome.stderr);
    let entries = project.take_entries();
    assert_eq!(entries.len(), 4, "{entries:?}");
    assert!(entries[3].ends_with(" 6 Regular out/deep/hard"), "{entries:?}");
    let outcome = project.run(&super::run::binary(), "collect-link");
    outcome.assert(
        0,
        &["WARNING: gone: no matching files.", "link: found 1 matching artifact files and directories"],
    );
    assert!(project.take_entries()[0].ends_with(" Symlink link"));
    project.run(&super::run::binary(), "collect-below-file").assert(
        0,
        &[
            "WARNING: circle: no matching files.",
            "WARNING: out/r.xml: no matching files.",
            "out: found 1 matching artifact files and directories",
        ],
    );
}

const ENDINGS: &str = r"
.job: {image: 'busybox:1.35', variables: {GIT_STRATEGY: none}, artifacts: {paths: [f], when: always}}
collect-script-timeout: {extends: .job, variables: {RUNNER_SCRIPT_TIMEOUT: 2s}, script: [touch f, sleep 60]}
collect-job-timeout: {extends: .job, timeout: 3 seconds, script: [touch f, sleep 60]}
collect-after-script:
  extends: .job
  variables: {AFTER_SCRIPT_IGNORE_ERRORS: 'false'}
  script: ['true']
  after_script: [touch f, exit 3]
collect-stopped: {extends: .job, script: [touch f, echo begun, sleep 60]}
";

#[test]
fn the_end_of_a_job_decides_whether_its_files_are_kept() {
    let program = super::run::binary();
    let stored = "Stored artifacts of";
    let project = Project::new(ENDINGS);
    project
        .run(&program, "collect-script-timeout")
        .assert(1, &["Uploading artifacts for failed job", stored]);
    project
        .run(&program, "collect-after-script")
        .assert(1, &["Uploading artifacts for failed job", stored, "exit code 3"]);
    let outcome = project.run(&program, "collect-job-timeout");
    assert!(!outcome.log().contains("Uploading artifacts"), "{}", outcome.log());
    let stopped = start_job(&project.folder(), "collect-stopped", &[]);
    let process = stopped.id().to_string();
    let mut is_stopped = false;
    let outcome = wait_with_output(stopped, |output| {
        if !is_stopped && String::from_utf8_lossy(output).contains("\nbegun\n") {
            is_stopped = true;
            let kill = std::process::Command::new("kill").args(["-INT", &process]).status();
            assert!(kill.unwrap().success());
        }
    });
    engine::assert_nothing_left_of("collect-stopped");
    assert_eq!(
        (outcome.code, outcome.log().contains("Uploading artifacts")),
        (130, false),
        "{}",
        outcome.log()
    );
}

//! What of the working tree reaches the job.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use super::run::{job, job_in};

const YAML: &str = "
sources:
  image: busybox:1.35
  script: [find . -path ./.git -prune -o -type f -print | sort, ls -l run.sh link, 'test -d .git && echo repository']
";

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@b"];
    let status = Command::new("git").args(identity).args(arguments).current_dir(folder).status();
    assert!(status.unwrap().success());
}

fn tree(folder: &Path) {
    std::fs::write(folder.join(".gitlab-ci.yml"), YAML).unwrap();
    std::fs::write(folder.join(".gitignore"), "ignored\n").unwrap();
    std::fs::write(folder.join("ignored"), "").unwrap();
    std::fs::write(folder.join("run.sh"), "").unwrap();
    std::fs::set_permissions(folder.join("run.sh"), std::fs::Permissions::from_mode(0o700)).unwrap();
    symlink("run.sh", folder.join("link")).unwrap();
}

#[test]
fn git_decides_what_goes_along_and_uncommitted_files_do() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "one"]);
    std::fs::write(folder.path().join("new"), "").unwrap();
    let outcome = job_in(folder.path(), "sources", &[]);
    outcome.assert(
        0,
        &[
            "./.gitignore\n./.gitlab-ci.yml\n./new\n./run.sh\n",
            "\nrepository\n",
            "link -> run.sh",
            "-rwxrwxrwx",
        ],
    );
}

#[test]
fn without_git_everything_goes_along() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    std::fs::write(
        folder.path().join(".gitlab-ci.yml"),
        "sources-all:\n  image: busybox:1.35\n  script: [ls, 'touch made-in-the-container']\n",
    )
    .unwrap();
    job_in(folder.path(), "sources-all", &[]).assert(0, &["\nignored\n", "\nrun.sh\n"]);
    assert!(!folder.path().join("made-in-the-container").exists());
}

#[test]
fn strategy_none_leaves_an_empty_directory() {
    let yaml = "
sources-none:
  image: busybox:1.35
  variables: {GIT_STRATEGY: none}
  script: ['ls -A | wc -l', touch writable]
";
    job("sources-none", yaml).assert(0, &["Skipping Git repository setup", "\n0\n"]);
}

#[test]
fn an_entrypoint_of_the_sources_is_there_when_the_container_starts() {
    let yaml = "
sources-entrypoint:
  image: {name: 'busybox:1.35', entrypoint: [/builds/local/own/entrypoint]}
  script: [echo \"$FROM_ENTRYPOINT\"]
";
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("own");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.join("entrypoint"), "#!/bin/sh\nexport FROM_ENTRYPOINT=ran\nexec \"$@\"\n")
        .unwrap();
    std::fs::set_permissions(folder.join("entrypoint"), std::fs::Permissions::from_mode(0o755)).unwrap();
    job_in(&folder, "sources-entrypoint", &[]).assert(0, &["\nran\n"]);
}

#[test]
fn a_file_that_bash_reads_at_its_start_is_there_when_it_starts() {
    let yaml = "
sources-bash-env:
  image: ruby:2.6
  variables: {BASH_ENV: $CI_PROJECT_DIR/environment}
  script: [echo \"$FROM_FILE\"]
";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.path().join("environment"), "FROM_FILE=read\n").unwrap();
    job_in(folder.path(), "sources-bash-env", &[]).assert(0, &["\nread\n"]);
}

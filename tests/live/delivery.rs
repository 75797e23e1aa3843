//! The two ways in which files get into a job leave the same files.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::engine;
use super::run::{Outcome, run_job_in};

/// The last path component that a file system allows.
const NAME_BYTES: usize = 255;

const REFUSED: &str = "`tar` in the container cannot unpack the project's files; they are uploaded instead";

/// A project with names, modes, times and links that an archive may lose.
fn project(folder: &Path) {
    for name in [&b"new\nline"[..], b"not \xff utf8", b"-dash", b" blank ", b"\xc3\xa9", &[b'n'; NAME_BYTES]]
    {
        std::fs::write(folder.join(OsStr::from_bytes(name)), name).unwrap();
    }
    let deep = folder.join("d".repeat(NAME_BYTES)).join("e".repeat(NAME_BYTES));
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("empty"), "").unwrap();
    symlink("t".repeat(300), deep.join("long-link")).unwrap();
    std::fs::write(folder.join("run"), "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(folder.join("run"), std::fs::Permissions::from_mode(0o500)).unwrap();
    for (name, target) in [("absolute", "/etc/passwd"), ("up", "../../../etc"), ("dangling", "none")] {
        symlink(target, folder.join(name)).unwrap();
    }
    std::fs::create_dir(folder.join("folder")).unwrap();
    symlink("folder", folder.join("to-folder")).unwrap();
    let file = std::fs::File::open(folder.join("run")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000)).unwrap();
}

/// Runs a job in a container with that user that lists the files. Everything belongs to root, and only root and 1000 are
/// compared.
fn listing(folder: &Path, job: &str, image: &str, format: &str) -> String {
    let yaml = format!(
        "{job}:\n  image: {image}\n  script:\n    - find /builds -print0 | sort -z | xargs -0 stat -c '=%a %u:%g %s {format}%N' | \
         sed s/{job}/JOB/g\n"
    );
    std::fs::write(folder.join(".gitlab-ci.yml"), yaml).unwrap();
    let outcome = run_job_in(folder, job, &[]);
    outcome.assert(0, &[]);
    assert!(!outcome.stderr.contains(REFUSED), "{}", outcome.stderr);
    let log = outcome.log();
    let listed: Vec<&str> = log.lines().filter(|line| !line.starts_with("$ ")).collect();
    let first = listed.iter().position(|line| line.starts_with('=')).unwrap();
    let end = listed.iter().position(|line| *line == "Job succeeded").unwrap();
    listed[first..end].join("\n")
}

#[test]
fn files_in_the_input_of_the_container_and_uploaded_files_are_the_same() {
    // BusyBox sets no times of folders and links; sizes of folders depend on the file system.
    for (image, format) in [("debian:bookworm-slim", "%Y "), ("busybox:1.35", "")] {
        let folder = tempfile::tempdir().unwrap();
        project(folder.path());
        let short = &image[..4];
        let streamed = listing(folder.path(), &format!("delivery-{short}"), &format!("'{image}'"), format);
        let with_user = format!("{{name: '{image}', docker: {{user: '1000'}}}}");
        let uploaded = listing(folder.path(), &format!("delivery-{short}"), &with_user, format);
        let ignored = |text: &str| -> Vec<String> {
            // The pipeline file differs in its size and time, and the folder of the script in its time.
            let differs = |line: &&str| !line.contains(".gitlab-ci.yml") && !line.contains(".tmp'");
            text.lines().filter(differs).map(str::to_owned).collect()
        };
        assert_eq!(ignored(&streamed), ignored(&uploaded), "{image}");
        assert!(streamed.contains("=777 0:0 ") && streamed.contains("=666 0:0 "), "{streamed}");
    }
}

/// Runs a job in a container with something else at the path of `tar`.
fn run_with_tar(job: &str, tar: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let script = "[cat data, ls -A ../*.tmp]\n  after_script: [echo the end]";
    let yaml = format!("{job}:\n  image: 'debian:bookworm-slim'\n  script: {script}\n");
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.path().join("data"), "of the project\n").unwrap();
    let outcome = run_job_in(folder.path(), job, &["--docker-volumes", &format!("{tar}:/bin/tar:ro")]);
    engine::assert_nothing_left_of(job);
    outcome.assert(0, &["\nof the project\n", "\nthe end\n"]);
    outcome
}

#[test]
fn without_tar_in_the_image_files_are_uploaded() {
    let outcome = run_with_tar("delivery-no-tar", "/dev/null");
    assert!(!outcome.stderr.contains(REFUSED), "{}", outcome.stderr);
}

#[test]
fn files_that_tar_does_not_unpack_are_uploaded() {
    let outcome = run_with_tar("delivery-bad-tar", "/bin/false");
    assert!(outcome.log().contains(REFUSED) || outcome.stderr.contains(REFUSED), "{}", outcome.log());
}

#[test]
fn the_project_of_a_job_that_is_alone_needs_no_volume() {
    let folder = tempfile::tempdir().unwrap();
    let script = "image: 'busybox:1.35', script: ['touch made', 'stat -c %a /builds .']";
    let yaml = format!(
        "delivery-alone: {{{script}}}\n\
         delivery-kept: {{{script}, artifacts: {{paths: [made]}}}}\n"
    );
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    for (job, has_volume) in [("delivery-alone", false), ("delivery-kept", true)] {
        let outcome = run_job_in(folder.path(), job, &["-vv"]);
        outcome.assert(0, &["\n777\n777\n"]);
        let calls: Vec<&str> = outcome.stderr.lines().filter(|line| line.contains("/volumes/")).collect();
        assert_eq!(!calls.is_empty(), has_volume, "{calls:?}");
    }
}

//! Options about a job's artifacts and caches, and a store whose archive was changed.

use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::pipeline::Pipeline;

#[test]
fn no_cache_neither_restores_nor_saves_and_one_key_can_be_cleared() {
    let pipeline = Pipeline::new(
        r#"
kept-cache:
  image: busybox:1.35
  script: ['cat one two || true', 'echo $STEP | tee one >two']
  cache: [{key: first, paths: [one]}, {key: second, paths: [two]}]
"#,
    );
    let exec = |step: &str, more: &[&str]| {
        let step = format!("STEP={step}-step");
        let outcome = pipeline.exec("kept-cache", &[&["--variable", &step], more].concat());
        outcome.assert(0, &[]);
        outcome.log()
    };
    exec("first", &[]);
    let without = exec("second", &["--no-cache"]);
    assert!(!without.contains("Checking cache") && !without.contains("Creating cache"), "{without}");
    assert!(!without.contains("\nfirst-step\n"), "{without}");
    let third = exec("third", &[]);
    assert!(third.contains("\nfirst-step\nfirst-step\n"), "{third}");

    pipeline.run(&["cache", "clear", "first"]).assert(0, &["Removed 1 cache ("]);
    let keys = pipeline.answer(&["cache", "list"]);
    assert!(!keys.contains("first") && keys.contains("second"), "{keys}");
    let cleared = exec("fourth", &[]);
    assert!(
        cleared.contains("\nthird-step\n") && !cleared.contains("\nthird-step\nthird-step\n"),
        "{cleared}"
    );
    let again = pipeline.run(&["cache", "clear", "fist"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert!(again.stderr.contains("no cache with the key `fist`; did you mean `first`?"), "{}", again.stderr);
}

#[test]
fn artifacts_beyond_artifact_max_fail_the_job_and_name_the_largest_folder() {
    let pipeline = Pipeline::new(
        r"
kept-large:
  image: busybox:1.35
  script: [mkdir -p out/big, head -c 3000 /dev/zero >out/big/a, echo small >out/b]
  artifacts: {paths: [out]}
",
    );
    let large = pipeline.exec("kept-large", &["--artifact-max", "2K"]);
    let line = "the files have 3.0 kB, and an archive may have 2.0 kB; the largest folders: out/big 3.0 kB, out 6 B. \
                `--artifact-max` raises the limit";
    large.assert(1, &[line, "Job failed: exit code 1"]);
    let none = pipeline.run(&["artifacts", "get", "kept-large"]);
    assert_eq!(none.code, 2, "{}", none.stderr);
    pipeline
        .exec("kept-large", &["--artifact-max", "3006"])
        .assert(0, &["Stored artifacts of kept-large: 2 files, 3.0 kB"]);
    assert_eq!(pipeline.stored_files("kept-large"), ["out/b", "out/big/a"]);
}

#[test]
fn artifacts_to_a_dot_replaces_files_of_the_working_tree() {
    let pipeline = Pipeline::new(
        r"
kept-tree:
  image: busybox:1.35
  script: [mkdir out, echo new >out/a, echo new >tracked]
  artifacts: {paths: [out, tracked]}
",
    );
    pipeline.write("tracked", "old\n");
    pipeline.write("other", "old\n");
    pipeline.exec("kept-tree", &["--artifacts-to", "."]).assert(0, &["Job succeeded"]);
    let read = |path: &str| std::fs::read_to_string(pipeline.folder().join(path)).unwrap();
    assert_eq!(["out/a", "tracked", "other"].map(read), ["new\n", "new\n", "old\n"]);
    assert!(!pipeline.folder().join("kept-tree").exists());
}

#[test]
fn artifacts_that_were_changed_to_leave_the_project_are_neither_delivered_nor_extracted() {
    let pipeline = Pipeline::new(
        r"
stages: [build, test]
default: {image: 'busybox:1.35'}
kept-make: {stage: build, script: [mkdir aa, echo x >aa/x], artifacts: {paths: [aa/x]}}
kept-take: {stage: test, script: ['echo the script runs']}
",
    );
    let state = tempfile::tempdir().unwrap();
    let place = ["--state-dir", state.path().to_str().unwrap()];
    pipeline.exec("kept-make", &place).assert(0, &[]);
    lead_out(&archive_below(state.path()).unwrap());

    let refused = "the path `../x` leads out of the folder";
    let taken = pipeline.exec("kept-take", &place);
    assert!(taken.code != 0 && !taken.log().contains("\nthe script runs"), "{}", taken.log());
    assert!(
        taken.log().contains(refused) || taken.stderr.contains(refused),
        "{}{}",
        taken.log(),
        taken.stderr
    );
    let got = pipeline.run(&[&["artifacts", "get", "kept-make", "-o", "taken"], &place[..]].concat());
    assert!(got.code != 0 && got.stderr.contains(refused), "{}", got.stderr);
    assert!(!pipeline.folder().join("x").exists() && !pipeline.folder().join("taken/x").exists());
}

/// The archive of artifacts in a store.
fn archive_below(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path());
    let mut entries = entries.filter(|path| !path.is_symlink());
    entries.find_map(|path| match path.is_dir() {
        true => archive_below(&path),
        false => path.ends_with("artifacts.tar").then_some(path),
    })
}

/// Renames the entry `aa/x` of an archive to `../x`. Its length stays.
fn lead_out(archive: &Path) {
    let mut file = std::fs::File::options().read(true).write(true).open(archive).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    let mut changed = 0;
    for block in bytes.chunks_exact_mut(512).filter(|block| block.starts_with(b"aa/x\0")) {
        let mut header = tar::Header::new_old();
        header.as_mut_bytes().copy_from_slice(block);
        header.as_mut_bytes()[..2].copy_from_slice(b"..");
        header.set_cksum();
        block.copy_from_slice(header.as_bytes());
        changed += 1;
    }
    assert_eq!(changed, 1);
    file.rewind().unwrap();
    file.write_all(&bytes).unwrap();
}

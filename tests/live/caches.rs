//! Caches: keys, policies, lookups, and what is saved after which result.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::engine;
use super::pipeline::{Pipeline, at_once};
use super::run::{start_job, wait_with_output};

/// The keys of the stored caches and the number of files in each, in the order of the keys.
fn stored(pipeline: &Pipeline) -> Vec<(String, u64)> {
    let caches: Value = serde_json::from_str(&pipeline.answer(&["cache", "list", "--json"])).unwrap();
    let cache = |cache: &Value| (cache["key"].as_str().unwrap().to_owned(), cache["files"].as_u64().unwrap());
    let mut caches: Vec<_> = caches.as_array().unwrap().iter().map(cache).collect();
    caches.sort();
    caches
}

/// Asserts that the lines follow one another in the log.
fn assert_lines(log: &str, lines: &[&str]) {
    let lines = format!("\n{}\n", lines.join("\n"));
    assert!(log.contains(&lines), "{log}\nshould have{lines}");
}

#[test]
fn a_cache_that_has_lost_a_file_is_saved_again_and_an_unchanged_one_is_not() {
    let pipeline = Pipeline::new(
        r#"
cache-change:
  image: busybox:1.35
  script: ['case $STEP in 1) mkdir vendor; touch vendor/a vendor/b;; 3) rm vendor/b;; esac; ls vendor']
  cache: {key: k, paths: ['vendor/*']}
"#,
    );
    let exec = |step: &str| pipeline.exec("cache-change", &["--variable", &format!("STEP={step}")]);
    let created = ["Creating cache k...", "vendor/*: found 2 matching artifact files and directories"];
    let first = exec("1").log();
    assert_lines(
        &first,
        &["Checking cache for k...", "WARNING: Cache file does not exist", "Failed to extract cache"],
    );
    assert_lines(&first, &[created[0], created[1], "Created cache"]);
    let second = exec("2").log();
    assert_lines(&second, &["Checking cache for k...", "Successfully extracted cache"]);
    assert_lines(&second, &[created[0], created[1], "Archive is up to date!", "Created cache"]);
    let third = exec("3").log();
    let found = "vendor/*: found 1 matching artifact files and directories";
    assert_lines(&third, &[created[0], found, "Created cache"]);
    assert_eq!(stored(&pipeline), [("k".to_owned(), 1)]);
}

#[test]
fn the_policy_of_a_cache_may_come_from_a_rule_and_an_unknown_one_fails_the_job() {
    let pipeline = Pipeline::new(
        r"
cache-policy:
  image: busybox:1.35
  rules: [{if: $CI, variables: {POLICY: pull}}]
  variables: {GIT_STRATEGY: none}
  script: [touch f /seen/$POLICY, ls -x /seen]
  cache: [{key: a, policy: push, paths: [f]}, {key: b, policy: $POLICY, paths: [f]}]
",
    );
    // Its volume shows what a script has done whose output nobody reads.
    let exec = |more: &[&str]| {
        let volume = ["--docker-volumes", "runner-lite-live-policy:/seen"];
        pipeline.exec("cache-policy", &[&volume, more].concat())
    };
    let unknown = exec(&["--variable", "POLICY=nonsense"]);
    let passed = exec(&[]);
    engine::request("DELETE", "/v1.41/volumes/runner-lite-live-policy");
    passed.assert(0, &["\npull\n"]);
    let log = passed.log();
    assert_lines(&log, &["Not downloading cache a due to policy", "Checking cache for b..."]);
    assert_lines(&log, &["Created cache", "Not uploading cache b due to policy"]);
    assert_eq!(stored(&pipeline), [("a".to_owned(), 1)]);
    assert_ne!(unknown.code, 0, "{}", unknown.log());
    let text = format!("{}{}", unknown.log(), unknown.stderr);
    assert!(text.contains("unknown cache policy nonsense for b"), "{text}");
}

#[test]
fn a_key_of_files_follows_the_working_tree() {
    let pipeline = Pipeline::new(
        r"
cache-files:
  image: busybox:1.35
  script: [touch f]
  cache:
    - {key: {files: [lock]}, paths: [f]}
    - {key: {files: [absent]}, paths: [f]}
    - {key: {files: [lock], prefix: $CI_JOB_NAME}, paths: [f]}
",
    );
    // As GitLab does: the SHA-1 of the ids that git has for the files, here of a single one.
    let hash = || {
        let id = pipeline.git(&["hash-object", "lock"]);
        let sha1 = format!("printf %s {} | sha1sum", id.trim());
        let shell = std::process::Command::new("sh").args(["-c", &sha1]).output().unwrap();
        String::from_utf8(shell.stdout).unwrap()[..40].to_owned()
    };
    pipeline.write("lock", "1\n");
    pipeline.commit();
    let first = hash();
    pipeline.pass("cache-files");
    // Uncommitted.
    pipeline.write("lock", "2\n");
    let second = hash();
    pipeline.pass("cache-files");
    let keys: Vec<_> = stored(&pipeline).into_iter().map(|(key, _)| key).collect();
    let mut expected = vec!["1_absent-default".to_owned()];
    expected.extend(
        [&first, &second].iter().flat_map(|hash| [format!("0_lock-{hash}"), format!("cache-files-{hash}")]),
    );
    expected.sort();
    assert_eq!(keys, expected);
}

#[test]
fn fallback_keys_are_looked_up_in_order_until_one_is_found() {
    let pipeline = Pipeline::new(
        r"
cache-fallback:
  image: busybox:1.35
  script: [touch f]
  cache: {key: $KEY, fallback_keys: [none, old], paths: [f]}
",
    );
    let exec = |key: &str, fallback: &str| {
        let (key, fallback) = (format!("KEY={key}"), format!("CACHE_FALLBACK_KEY={fallback}"));
        let outcome = pipeline.exec("cache-fallback", &["--variable", &key, "--variable", &fallback]);
        outcome.assert(0, &[]);
        outcome.log()
    };
    let missing = ["WARNING: Cache file does not exist", "Failed to extract cache"];
    let log = exec("last", "more");
    let lookup = |key: &str| format!("Checking cache for {key}...\n{}", missing.join("\n"));
    let lookups = ["last", "none", "old", "more"].map(lookup);
    assert_lines(&log, &lookups.each_ref().map(String::as_str));
    exec("old", "more");
    let log = exec("new", "last-protected");
    let found = "Checking cache for old...\nSuccessfully extracted cache".to_owned();
    let lookups = [lookup("new"), lookup("none"), found];
    assert_lines(&log, &lookups.each_ref().map(String::as_str));
    assert!(
        log.contains("CACHE_FALLBACK_KEY \"last-protected\" not allowed to end in \"-protected\"\n"),
        "{log}"
    );
    let keys: Vec<_> = stored(&pipeline).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["last", "new", "old"]);
}

#[test]
fn keys_of_variables_are_sanitized_or_skip_the_cache() {
    let pipeline = Pipeline::new(
        r"
cache-keys:
  image: busybox:1.35
  variables: {ONE: a//b, TWO: .., THREE: ../x, FOUR: feature/y}
  script: [touch f]
  cache:
    - {key: $ONE, paths: [f]}
    - {key: $TWO, paths: [f]}
    - {key: $THREE, paths: [f]}
    - {key: $FOUR, paths: [f]}
",
    );
    let log = pipeline.pass("cache-keys").log();
    for warning in [
        "cache key \"a//b\" sanitized to \"a/b\"\n",
        "cache key \"..\" could not be sanitized\n",
        "Skipping cache extraction due to empty cache key\n",
        "Skipping cache archiving due to empty cache key\n",
        "cache key \"../x\" sanitized to \"x\"\n",
    ] {
        assert!(log.contains(warning), "{warning:?} is not in\n{log}");
    }
    let keys: Vec<_> = stored(&pipeline).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["a/b", "feature/y", "x"]);
}

#[test]
fn the_result_of_the_job_decides_which_caches_are_saved_and_paths_outside_save_nothing() {
    let pipeline = Pipeline::new(
        r"
.job:
  image: busybox:1.35
  cache:
    - {key: $CI_JOB_NAME-success, paths: [f]}
    - {key: $CI_JOB_NAME-failure, paths: [f], when: on_failure}
    - {key: $CI_JOB_NAME-always, paths: [f], when: always}
    - {key: $CI_JOB_NAME-outside, paths: [/root/.m2], when: always}
cache-passes: {extends: .job, script: [touch f /root/.m2]}
cache-fails: {extends: .job, script: [touch f, 'false']}
",
    );
    at_once(vec![("cache-passes", 0), ("cache-fails", 1)], |(job, code)| {
        let outcome = pipeline.exec(job, &[]);
        outcome.assert(code, &[]);
        let outside = format!("Creating cache {job}-outside...");
        let warning = "WARNING: processPath: artifact path is not a subpath of project directory: /root/.m2";
        assert_lines(&outcome.log(), &[&outside, warning, "WARNING: No files to cache.", "Created cache"]);
    });
    let keys: Vec<_> = stored(&pipeline).into_iter().map(|(key, _)| key).collect();
    assert_eq!(
        keys,
        ["cache-fails-always", "cache-fails-failure", "cache-passes-always", "cache-passes-success"]
    );
}

#[test]
fn two_jobs_that_save_one_key_at_the_same_time_leave_the_cache_of_one() {
    let pipeline = Pipeline::new(
        r"
.job: {image: 'busybox:1.35', cache: {key: k, paths: [one, two]}}
cache-one: {extends: .job, script: [mkdir one, 'for i in $(seq 50); do touch one/$i; done']}
cache-two: {extends: .job, script: [mkdir two, 'for i in $(seq 60); do touch two/$i; done']}
",
    );
    at_once(vec!["cache-one", "cache-two"], |job| drop(pipeline.pass(job)));
    let caches = stored(&pipeline);
    assert!([50, 60].map(|files| vec![("k".to_owned(), files)]).contains(&caches), "{caches:?}");
}

/// How long a cache of 300 MB may take until its first bytes are in the store.
const SAVING_WITHIN: Duration = Duration::from_secs(60);

#[test]
fn a_run_that_is_killed_while_it_saves_a_cache_leaves_the_old_one() {
    let pipeline = Pipeline::new(
        r"
cache-killed:
  image: busybox:1.35
  variables: {GIT_STRATEGY: none}
  script: ['if [ -n $SIZE ]; then dd if=/dev/zero of=f bs=1M count=$SIZE; fi']
  cache: {key: k, paths: [f]}
",
    );
    let caches = tempfile::tempdir().unwrap();
    let folder = caches.path().display().to_string();
    let arguments =
        |size| ["--cache-dir".to_owned(), folder.clone(), "--variable".to_owned(), format!("SIZE={size}")];
    let list = || pipeline.answer(&["cache", "list", "--json", "--cache-dir", &folder]);
    let exec = |size| pipeline.exec("cache-killed", &arguments(size).each_ref().map(String::as_str));
    exec(1).assert(0, &["\nCreated cache\n"]);
    let before = files_below(caches.path());
    let mut killed =
        start_job(pipeline.folder(), "cache-killed", &arguments(300).each_ref().map(String::as_str));
    let began = Instant::now();
    // The archive that is being written is the only new file of that size.
    while !files_below(caches.path())
        .iter()
        .any(|(name, size)| *size > 4 << 20 && !before.iter().any(|(old, _)| old == name))
    {
        assert!(began.elapsed() < SAVING_WITHIN, "the cache is not saved: {:?}", files_below(caches.path()));
        std::thread::sleep(Duration::from_millis(2));
    }
    killed.kill().unwrap();
    wait_with_output(killed, |_| {});
    let archives = |files: Vec<(std::path::PathBuf, u64)>| -> Vec<std::path::PathBuf> {
        let is_archive = |size| size > 1 << 19;
        files.into_iter().filter(|(_, size)| is_archive(*size)).map(|(name, _)| name).collect()
    };
    assert_eq!(archives(files_below(caches.path())).len(), 2, "the killed process has left its file");
    pipeline.run(&["clean", "--force", "--cache-dir", &folder]).assert(0, &[]);
    assert_eq!(archives(files_below(caches.path())), archives(before), "that file is gone");
    engine::wait_until_nothing_left_of("cache-killed");
    assert!(list().contains("\"bytes\": 1048576"), "{}", list());
    exec(1).assert(0, &["\nSuccessfully extracted cache\n"]);
}

#[test]
fn a_cache_that_cannot_be_extracted_does_not_fail_the_job_and_artifacts_do() {
    let pipeline = Pipeline::new(
        r"
stages: [a, b]
default: {image: 'busybox:1.35'}
cache-broken: {stage: a, script: [touch a, 'test -d out || touch out z'], cache: {key: k, paths: [a, out, z]}}
cache-broken-make: {stage: a, script: [touch out], artifacts: {paths: [out]}}
cache-broken-take: {stage: b, script: ['true']}
",
    );
    let caches = tempfile::tempdir().unwrap();
    let folder = caches.path().display().to_string();
    let exec = || pipeline.exec("cache-broken", &["--cache-dir", &folder]);
    at_once(vec!["cache-broken", "cache-broken-make"], |job| {
        pipeline.exec(job, &["--cache-dir", &folder]).assert(0, &[]);
    });
    pipeline.write("out/x", "");
    let outcome = exec();
    outcome.assert(0, &[]);
    let conflict = "`out` is a file where `/builds/local/shop/out` is a directory";
    let warning = format!("WARNING: Cannot extract the rest of the cache: {conflict}");
    assert_lines(&outcome.log(), &["Checking cache for k...", &warning, "Failed to extract cache"]);

    // The length is right, and what is in it is not.
    let is_archive =
        |(path, _): &(PathBuf, u64)| path.extension().is_some_and(|extension| extension == "tar");
    let (archive, length) = files_below(caches.path()).into_iter().find(is_archive).unwrap();
    std::fs::write(&archive, vec![7; usize::try_from(length).unwrap()]).unwrap();
    let outcome = exec();
    outcome.assert(0, &["\nFailed to extract cache\n", "\nCreated cache\n"]);

    let outcome = pipeline.exec("cache-broken-take", &[]);
    assert_ne!(outcome.code, 0, "{}", outcome.log());
    let text = format!("{}{}", outcome.log(), outcome.stderr);
    let expected = format!("cannot deliver the artifacts of job `cache-broken-make`: {conflict}");
    assert!(text.contains(&expected) && !text.contains(".tar"), "{text}");
}

/// The files below a folder with their sizes, in the order of their names.
fn files_below(folder: &std::path::Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => files.extend(files_below(&entry.path())),
            Ok(metadata) => files.push((entry.path(), metadata.len())),
            Err(_) => {}
        }
    }
    files.sort();
    files
}

#[test]
fn a_job_with_an_empty_directory_has_the_caches_of_its_project() {
    let cache = "image: busybox:1.35\n  cache: {key: k, paths: [vendor/]}\n";
    let pipeline = Pipeline::new(&format!(
        "cache-put:\n  {cache}  script: [mkdir vendor, echo kept >vendor/a]\n\
         cache-empty:\n  {cache}  variables: {{GIT_STRATEGY: empty}}\n  script: [pwd, cat vendor/a]\n"
    ));
    pipeline.pass("cache-put");
    assert_lines(
        &pipeline.pass("cache-empty").log(),
        &["/builds/local/shop-empty", "$ cat vendor/a", "kept"],
    );
}

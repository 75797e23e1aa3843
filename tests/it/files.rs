//! `runner-lite show --files`: what a job receives, stores and caches.

use serde_json::{Value, json};

use super::sandbox::Sandbox;

/// The files of a job.
fn files(sandbox: &Sandbox, job: &str, more: &[&str]) -> Value {
    let said = sandbox.run(&[&["show", job, "--files"], more].concat());
    assert_eq!(said.code, 0, "{}", said.stderr);
    serde_json::from_str(said.answer()).unwrap()
}

/// The keys of a job's caches.
fn keys(sandbox: &Sandbox, job: &str, more: &[&str]) -> Vec<Value> {
    let files = files(sandbox, job, more);
    files["caches"].as_array().unwrap().iter().map(|cache| cache["key"].clone()).collect()
}

/// What `git hash-object` says about a file, or about a text.
fn git_id(sandbox: &Sandbox, path: &str) -> String {
    let output = sandbox.command("git").args(["hash-object", path]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The SHA-1 of a text, as coreutils compute it.
fn sha1(sandbox: &Sandbox, text: &str) -> String {
    sandbox.write("text-to-hash", text);
    let output = sandbox.command("sha1sum").arg("text-to-hash").output().unwrap();
    std::fs::remove_file(sandbox.path("text-to-hash")).unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

const CACHED: &str = "
default: {image: alpine}
one: {script: a, cache: {key: {files: [lock]}, paths: [x]}}
two: {script: a, cache: {key: {files: [sub/*.lock, lock], prefix: $CI_JOB_NAME}, paths: [x]}}
none: {script: a, cache: [{paths: [x]}, {key: {files: [absent.lock]}, untracked: true}, {key: unused}]}
commits: {script: a, cache: {key: {files_commits: [lock], prefix: p}, paths: [x]}}
";

#[test]
fn a_key_of_files_ends_in_the_hash_of_their_ids_and_changes_with_an_uncommitted_edit() {
    let sandbox = Sandbox::repository(&[
        (".gitlab-ci.yml", CACHED),
        ("lock", "1\n"),
        ("sub/a.lock", "2\n"),
        ("sub/b.lock", "2\n"),
    ]);
    let one = format!("0_lock-{}", sha1(&sandbox, &git_id(&sandbox, "lock")));
    assert_eq!(keys(&sandbox, "one", &[]), [json!(one)]);
    let mut ids = [git_id(&sandbox, "lock"), git_id(&sandbox, "sub/a.lock")];
    ids.sort();
    let two = format!("two-{}", sha1(&sandbox, &ids.join("-")));
    assert_eq!(keys(&sandbox, "two", &[]), [json!(two)], "two files with one content have one id");
    assert_eq!(keys(&sandbox, "none", &[]), [json!("default"), json!("1_absent-default")]);

    sandbox.write("lock", "edited\n");
    let edited = format!("0_lock-{}", sha1(&sandbox, &git_id(&sandbox, "lock")));
    assert_ne!(one, edited);
    assert_eq!(keys(&sandbox, "one", &[]), [json!(edited)]);
}

#[test]
fn a_key_of_commits_is_the_last_one_of_the_file_and_an_uncommitted_change() {
    let sandbox = Sandbox::repository(&[(".gitlab-ci.yml", CACHED), ("lock", "1\n"), ("other", "1\n")]);
    let key = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort();
        json!(format!("p-{}", sha1(&sandbox, &ids.join("-"))))
    };
    let output = sandbox.command("git").args(["rev-parse", "HEAD"]).output().unwrap();
    let commit = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    sandbox.write("other", "2\n");
    sandbox.git(&["commit", "-qam", "two"]);
    assert_eq!(keys(&sandbox, "commits", &[]), [key(std::slice::from_ref(&commit))]);
    sandbox.write("lock", "edited\n");
    assert_eq!(keys(&sandbox, "commits", &[]), [key(&[commit, git_id(&sandbox, "lock")])]);
}

#[test]
fn the_files_of_a_job_are_shown_with_its_producers() {
    let file = "
default: {image: alpine, cache: {key: $CI_COMMIT_REF_SLUG, paths: [vendor/], policy: $POLICY}}
build: {stage: build, script: a, artifacts: {paths: [bin/], when: always}}
env: {stage: build, script: a, artifacts: {reports: {dotenv: d.env}}}
test:
  script: a
  variables: {POLICY: pull, CACHE_FALLBACK_KEY: main-non_protected}
  artifacts:
    name: $CI_JOB_NAME
    paths: [out-$ARCH]
    exclude: ['**/*.o']
    expire_in: 1 week
    reports: {junit: [r.xml], coverage_report: {coverage_format: cobertura, path: c.xml}}
";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file)]);
    let expect = json!({
        "version": 1,
        "name": "test",
        "receives": [
            {"job": "build", "archive": "always", "dotenv": false},
            {"job": "env", "archive": null, "dotenv": true},
        ],
        "archive": {
            "name": "$CI_JOB_NAME",
            "paths": ["out-$ARCH"],
            "exclude": ["**/*.o"],
            "untracked": false,
            "when": "on_success",
        },
        "reports": [
            {"type": "junit", "format": "gzip", "stored_as": "junit.xml.gz", "paths": ["r.xml"]},
            {"type": "cobertura", "format": "gzip", "stored_as": "cobertura-coverage.xml.gz", "paths": ["c.xml"]},
        ],
        "expire_in": 604_800,
        "caches": [{
            "key": "topic",
            "fallback_keys": ["main"],
            "warnings": [],
            "paths": ["vendor/"],
            "untracked": false,
            "policy": "pull",
            "when": "on_success",
        }],
    });
    assert_eq!(files(&sandbox, "test", &["--variable", "CI_COMMIT_REF_SLUG=topic"]), expect);
    let turned =
        files(&sandbox, "test", &["--variable", "CI_COMMIT_REF_SLUG=a//b", "--variable", "POLICY=x"]);
    let cache = &turned["caches"][0];
    assert_eq!((&cache["key"], &cache["policy"]), (&json!("a/b"), &Value::Null));
    assert_eq!(cache["warnings"], json!(["cache key \"a//b\" sanitized to \"a/b\""]));
}

#[test]
fn no_key_and_no_path_shows_a_masked_value() {
    let file = "t: {image: a, script: a, cache: {key: k-$SECRET, paths: [$SECRET]}, artifacts: {name: $SECRET, paths: [x]}}";
    let env = "# masked\nSECRET=hunter22-hunter22\n";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file), (".runner-lite.env", env)]);
    let said = sandbox.run(&["show", "t", "--files"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.answer().contains("k-[MASKED]") && !said.answer().contains("hunter22"), "{}", said.answer());
}

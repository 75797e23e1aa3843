//! How `cache` is decoded, and what GitLab says about mistakes.

use super::*;
use crate::pipeline::include::testing::{TestProject, messages};
use crate::source::diagnostic::Severity;

/// The caches of a job with these keywords beside the file's other text, or all errors.
fn decoded(other: &str, keywords: &str) -> Result<Vec<Cache>, String> {
    let (pipeline, found, map) =
        TestProject::default().load(&format!("{other}\nt: {{script: a, {keywords}}}"));
    let pipeline = pipeline.unwrap_or_else(|| panic!("{:?}", messages(&found, &map)));
    match pipeline.broken.get("t") {
        Some(found) => {
            let errors = found.iter().filter(|found| found.severity == Severity::Error);
            Err(errors.map(|found| found.message.clone()).collect::<Vec<_>>().join("\n"))
        }
        None => Ok(pipeline.jobs["t"].caches.clone()),
    }
}

#[track_caller]
fn check_error(cache: &str, expect: &str) {
    assert_eq!(decoded("", &format!("cache: {cache}")).unwrap_err(), expect, "{cache}");
}

fn keys(caches: &[Cache]) -> Vec<KeySource> {
    caches.iter().map(|cache| cache.key.clone()).collect()
}

#[test]
fn the_keywords_of_a_cache_are_decoded() {
    let text = "cache: {key: $K, fallback_keys: [a, b], paths: [p, [q]], untracked: true, policy: $P, \
                when: always, unprotect: true}";
    let caches = decoded("", text).unwrap();
    let [cache] = &caches[..] else { panic!("{caches:?}") };
    assert_eq!(cache.key, KeySource::Text("$K".to_owned()));
    assert_eq!(
        (&cache.fallback_keys[..], &cache.paths[..]),
        (&["a".into(), "b".into()][..], &["p".into(), "q".into()][..])
    );
    assert_eq!((cache.untracked, &*cache.policy, cache.when), (true, "$P", SavedWhen::Always));
}

#[test]
fn a_job_has_one_cache_or_several() {
    let caches = decoded("", "cache: [{paths: [a]}, {key: b, untracked: true}, {key: c}]").unwrap();
    let texts = ["default", "b", "c"].map(|key| KeySource::Text(key.to_owned()));
    assert_eq!(keys(&caches), texts);
    assert_eq!(caches.iter().map(Cache::has_files).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn a_key_may_be_made_of_files() {
    let files = |keyword: &str| keys(&decoded("", &format!("cache: {{key: {{{keyword}}}}}")).unwrap());
    let source = |hashed, prefix: Option<&str>| KeySource::Files {
        files: vec!["go.sum".to_owned()],
        hashed,
        prefix: prefix.map(str::to_owned),
    };
    assert_eq!(files("files: [/go.sum]"), [source(HashedIds::Blobs, None)]);
    assert_eq!(files("files: [go.sum], prefix: $P"), [source(HashedIds::Blobs, Some("$P"))]);
    assert_eq!(files("files_commits: [go.sum]"), [source(HashedIds::Commits, None)]);
}

#[test]
fn a_job_may_turn_the_default_cache_off() {
    let default = "cache: {paths: [a]}";
    assert_eq!(decoded(default, "image: i").unwrap().len(), 1);
    assert_eq!(decoded(default, "cache: []").unwrap(), []);
    assert!(!decoded(default, "cache: {}").unwrap().iter().any(Cache::has_files));
    assert_eq!(decoded(default, "inherit: {default: [image]}").unwrap(), []);
    assert_eq!(decoded(default, "cache: ").unwrap().len(), 1, "null is as if absent");
}

#[test]
fn extends_merges_one_cache_and_replaces_a_list() {
    let template = ".t: {cache: {key: k, paths: [a]}}";
    let caches = decoded(template, "extends: .t, cache: {policy: pull}").unwrap();
    assert_eq!((caches.len(), &*caches[0].policy, &caches[0].paths[..]), (1, "pull", &["a".to_owned()][..]));
    let list = ".t: {cache: [{paths: [a]}, {paths: [b]}]}";
    assert_eq!(decoded(list, "extends: .t, cache: [{paths: [c]}]").unwrap().len(), 1);
}

#[test]
fn mistakes_have_gitlabs_messages() {
    check_error(
        "{fallback_keys: [a, b, c, d, e, f]}",
        "jobs:t:cache fallback keys has to many entries (maximum 5)",
    );
    for key in ["a/b", "a%2Fb", "'%2f'"] {
        check_error(&format!("{{key: {key}}}"), "jobs:t:cache:key config cannot contain the \"/\" character");
    }
    for key in ["'.'", "..", "'%2E'"] {
        check_error(&format!("{{key: {key}}}"), "jobs:t:cache:key config cannot be \".\" or \"..\"");
    }
    check_error(
        "{key: {files: [a], prefix: a/b}}",
        "jobs:t:cache:key:prefix config cannot contain the \"/\" character",
    );
    let one = "jobs:t:cache:key config must use exactly one of these keys: files, files_commits";
    check_error("{key: {prefix: a}}", one);
    check_error("{key: {files: [a], files_commits: [b]}}", one);
    check_error("{key: {files: []}}", "jobs:t:cache:key:files config requires at least 1 item");
    check_error(
        "{key: {files: [a, b, c]}}",
        "jobs:t:cache:key:files config has too many items (maximum is 2)",
    );
}

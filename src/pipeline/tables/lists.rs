//! Lists in lists, which `!reference` and anchors make: where GitLab flattens them.

use super::{errors, job, load_pipeline};
use crate::source::diagnostic::Diagnostics;

/// Eleven lists in each other around `inner`, one more than a script may have.
fn deep(inner: &str) -> String {
    format!("{}{inner}{}", "[".repeat(11), "]".repeat(11))
}

#[test]
fn services_are_flattened_at_any_depth() {
    let file = format!(
        ".a: {{services: [redis, {{name: 'postgres:16', alias: db}}]}}\n.b: {{services: [!reference [.a, services], mysql]}}\n\
         t: {{script: x, services: [!reference [.b, services], {}]}}",
        deep("memcached")
    );
    let job = job(&file).unwrap();
    let names: Vec<_> = job.services.iter().map(|service| &*service.image.name.value).collect();
    assert_eq!(names, ["redis", "postgres:16", "mysql", "memcached"]);
    assert_eq!(job.services[1].alias.as_ref().map(|alias| &*alias.value), Some("db"));
}

#[test]
fn caches_are_flattened_at_any_depth() {
    let file = format!(
        ".a: {{cache: [{{key: a, paths: [a]}}, {{key: b, paths: [b]}}]}}\n\
         t: {{script: x, cache: [!reference [.a, cache], {}]}}",
        deep("{key: c, paths: [c]}")
    );
    let paths: Vec<_> = job(&file).unwrap().caches.iter().flat_map(|cache| cache.paths.clone()).collect();
    assert_eq!(paths, ["a", "b", "c"]);
}

#[test]
fn a_mistake_in_a_nested_list_is_still_one() {
    for (claim, keywords, expect) in [
        ("a service", "services: [[a, [1]]]", "jobs:t:services:service config should be a hash or a string"),
        ("a cache", "cache: [[{nonsense: 1}]]", "jobs:t:cache config contains unknown keys: nonsense"),
        ("text for a cache", "cache: [[a]]", "jobs:t:cache config should be a hash or an array of hashes"),
        ("a need", "needs: [[{nonsense: 1}]]", "jobs:t:needs:need config contains unknown keys: nonsense"),
    ] {
        let found = job(&format!("t: {{script: x, {keywords}}}")).unwrap_err();
        assert!(found.iter().any(|found| found == expect), "{claim}: {found:?}");
    }
}

#[test]
fn gitlab_counts_the_caches_of_the_outer_list() {
    let caches = "{paths: [a]}, {paths: [b]}, {paths: [c]}, {paths: [d]}, {paths: [e]}";
    assert_eq!(job(&format!("t: {{script: x, cache: [[{caches}]]}}")).unwrap().caches.len(), 5);
    let found = job(&format!("t: {{script: x, cache: [{caches}]}}")).unwrap_err();
    assert_eq!(found, ["jobs:t:caches config no more than 4 caches can be created"]);
}

#[test]
fn needs_are_flattened_at_any_depth() {
    let file = format!("a: {{script: x, stage: build}}\nt: {{script: x, needs: {}}}", deep("a"));
    let needs = job(&file).unwrap().needs.unwrap();
    assert_eq!(needs.iter().map(|need| &*need.job).collect::<Vec<_>>(), ["a"]);
}

/// The warnings about the job `t`.
fn warnings(file: &str) -> Vec<String> {
    let pipeline = load_pipeline(file).unwrap();
    assert_eq!(pipeline.broken.values().flat_map(errors).collect::<Vec<_>>(), [""; 0], "{file}");
    let told = |found: &Diagnostics| found.iter().map(|found| found.message.clone()).collect();
    told(&pipeline.jobs["t"].warnings)
}

#[test]
fn one_level_is_flattened_where_gitlab_wants_texts_and_a_warning_says_so() {
    for (keywords, place) in [
        ("artifacts: {paths: [[a, b], c]}", "jobs:t:artifacts paths"),
        ("artifacts: {paths: [a], exclude: [[b]]}", "jobs:t:artifacts exclude"),
        ("cache: {paths: [[a, b], c]}", "jobs:t:cache:paths config"),
        ("dependencies: [[a]]", "jobs:t dependencies"),
        ("rules: [{changes: [[a, b], c]}]", "jobs:t:rules:rule:changes config"),
        ("rules: [{exists: [[a, b], c]}]", "jobs:t:rules:rule:exists config"),
    ] {
        let found = warnings(&format!("a: {{script: x, stage: build}}\nt: {{script: x, {keywords}}}"));
        assert_eq!(
            found,
            [format!("{place} should be an array of strings, without lists in it")],
            "{keywords}"
        );
    }
    let tags = warnings("t: {script: x, tags: [[a, b], c]}");
    assert!(
        tags.contains(&"jobs:t:tags config should be an array of strings, without lists in it".to_owned()),
        "{tags:?}"
    );
    assert_eq!(
        job("t: {script: x, artifacts: {paths: [[a, b], c]}}").unwrap().artifacts.paths,
        ["a", "b", "c"]
    );
}

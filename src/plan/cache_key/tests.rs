//! GitLab Runner's rules for keys, with its own examples.

use super::*;

fn resolver<'a>(variables: &'a Lookup<'a>, hashes: &'a KeyHashes) -> KeyResolver<'a> {
    KeyResolver { variables, hashes, job: "build", git_ref: "main", keeps_keys: false }
}

/// The key of this text.
fn resolve(text: &str) -> ResolvedKey {
    let (variables, hashes) = (Lookup::new([("K", text)].into_iter()), KeyHashes::default());
    resolver(&variables, &hashes).key(0, &KeySource::Text("$K".to_owned())).unwrap()
}

#[test]
fn keys_are_sanitized_as_by_gitlab_runner() {
    for (written, expect) in [
        ("feature/x", "feature/x"),
        ("a%2fb", "a/b"),
        ("a%2Fb", "a/b"),
        ("a\\b", "a/b"),
        ("a//b", "a/b"),
        ("a ", "a"),
        ("a/", "a"),
        ("a/ ", "a"),
        ("a/. ", "a/."),
        ("a/../b", "b"),
        ("../x", "x"),
        ("/x", "x"),
        ("%2E%2E/x", "x"),
        (" a", " a"),
        ("%252f", "%252f"),
    ] {
        let resolved = resolve(written);
        assert_eq!(resolved.key.as_deref(), Some(expect), "{written:?}");
        let warning = resolved.warning.map(|warning| warning.to_string());
        let changed = format!("cache key {written:?} sanitized to {expect:?}");
        assert_eq!(warning, (written != expect).then_some(changed), "{written:?}");
    }
}

#[test]
fn a_key_of_which_nothing_is_left_skips_the_cache() {
    for written in [".", "..", "../../", " / ", "/"] {
        let resolved = resolve(written);
        assert_eq!(resolved.key, None, "{written:?}");
        let warning = resolved.warning.map(|warning| warning.to_string());
        assert_eq!(warning, Some(format!("cache key {written:?} could not be sanitized")));
    }
    assert_eq!(resolve(""), ResolvedKey { key: None, warning: None }, "a variable without a value");
}

#[test]
fn an_empty_key_in_the_file_stands_for_job_and_branch() {
    let (variables, hashes) = (Lookup::new(std::iter::empty()), KeyHashes::default());
    let resolved = resolver(&variables, &hashes).key(0, &KeySource::Text(String::new())).unwrap();
    assert_eq!(resolved.key.as_deref(), Some("build/main"));
}

#[test]
fn hashed_keys_stay_as_they_are() {
    let (variables, hashes) = (Lookup::new(std::iter::empty()), KeyHashes::default());
    let resolver = KeyResolver { keeps_keys: true, ..resolver(&variables, &hashes) };
    let resolved = resolver.key(0, &KeySource::Text("a//b ".to_owned())).unwrap();
    assert_eq!(resolved, ResolvedKey { key: Some("a//b ".to_owned()), warning: None });
}

fn of_files(index: usize, files: &[&str], hashed: HashedIds, prefix: Option<&str>) -> String {
    let variables = Lookup::new([("CI_JOB_NAME", "build")].into_iter());
    let hashes = KeyHashes::default();
    let files = files.iter().map(|file| (*file).to_owned()).collect();
    let source = KeySource::Files { files, hashed, prefix: prefix.map(str::to_owned) };
    resolver(&variables, &hashes).key(index, &source).unwrap().key.unwrap()
}

#[test]
fn a_key_of_absent_files_ends_in_default_after_its_prefix() {
    let blobs = HashedIds::Blobs;
    assert_eq!(of_files(0, &["package-lock.json"], blobs, None), "0_package-lock-default");
    let files = ["composer.lock", "ops/scripts/package-lock.json"];
    assert_eq!(of_files(1, &files, blobs, None), "1_composer_ops/scripts/package-lock-default");
    assert_eq!(of_files(0, &[".tool-versions"], blobs, None), "0_-default");
    assert_eq!(of_files(2, &files, HashedIds::Commits, None), "2-default");
    assert_eq!(of_files(0, &["a"], blobs, Some("$CI_JOB_NAME")), "build-default");
    assert_eq!(of_files(0, &["a"], blobs, Some("")), "default");
}

/// The fallback keys, and the warnings about them.
fn fallbacks(written: &[&str], variable: &str) -> Vec<String> {
    let variables = [("CACHE_FALLBACK_KEY", variable), ("A", "$B"), ("B", "b"), ("NOTHING", "")];
    let (variables, hashes) = (Lookup::new(variables.into_iter()), KeyHashes::default());
    let written: Vec<String> = written.iter().map(|key| (*key).to_owned()).collect();
    let resolved = resolver(&variables, &hashes).fallback_keys(&written).unwrap();
    let shown = |resolved: ResolvedKey| {
        let warning = resolved.warning.map(|warning| warning.to_string());
        warning.into_iter().chain(resolved.key).collect::<Vec<_>>().join(" | ")
    };
    resolved.into_iter().map(shown).collect()
}

#[test]
fn fallback_keys_are_looked_up_before_the_one_of_the_variable() {
    assert_eq!(fallbacks(&["x", "$A", "$NOTHING"], "y"), ["x", "b", "y"]);
    assert_eq!(fallbacks(&["x-protected"], ""), ["x-protected"]);
    assert_eq!(fallbacks(&["a//b"], ""), ["cache key \"a//b\" sanitized to \"a/b\" | a/b"]);
}

#[test]
fn the_fallback_variable_does_not_reach_caches_of_protected_branches() {
    for key in ["main-protected", "main-protected. ."] {
        let shown = fallbacks(&[], key);
        let expect = format!("CACHE_FALLBACK_KEY {:?} not allowed to end in \"-protected\"", key.trim_end());
        assert_eq!(shown, [expect], "{key:?}");
    }
}

#[test]
fn the_fallback_variable_may_be_written_for_gitlabs_keys() {
    assert_eq!(fallbacks(&[], "main-non_protected"), ["main"]);
    assert_eq!(fallbacks(&[], "main-3-non_protected"), ["main"]);
    assert_eq!(fallbacks(&[], "3-non_protected"), ["3"]);
    assert_eq!(fallbacks(&[], "-non_protected"), ["-non_protected"]);
    assert_eq!(fallbacks(&["main-non_protected"], ""), ["main-non_protected"]);
}

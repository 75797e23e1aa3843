//! The plans of a job's caches.

use super::*;
use crate::pipeline::cache::KeySource;
use crate::plan::testing::{Case, cache};

#[test]
fn a_policy_says_in_which_directions_a_cache_moves() {
    let moves = [CachePolicy::PullPush, CachePolicy::Pull, CachePolicy::Push]
        .map(|policy| (policy.restores(), policy.saves()));
    assert_eq!(moves, [(true, true), (true, false), (false, true)]);
}

#[test]
fn the_policy_may_come_from_a_variable() {
    let mut case = Case::new().variables(&[("P", "pull"), ("BAD", "both"), ("EMPTY", "")]);
    let with = |policy: &str| cache("k", policy);
    case.job.caches = vec![with("$P"), with("push"), with("$EMPTY"), with("$BAD")];
    let policies: Vec<_> = case.planned().caches.into_iter().map(|cache| cache.policy).collect();
    let unknown = UnknownCachePolicy("both".to_owned());
    assert_eq!(unknown.to_string(), "unknown cache policy both");
    let expect = [Ok(CachePolicy::Pull), Ok(CachePolicy::Push), Ok(CachePolicy::PullPush), Err(unknown)];
    assert_eq!(policies, expect);
}

#[test]
fn a_key_uses_the_variables_of_the_job_and_its_place_among_all_caches() {
    let mut case = Case::new().variables(&[("A", "1"), ("B", "${A}2")]);
    let nothing = Cache { paths: Vec::new(), ..cache("x", "") };
    let files = KeySource::Files {
        files: vec!["go.sum".to_owned()],
        hashed: crate::pipeline::cache::HashedIds::Blobs,
        prefix: None,
    };
    let untracked = Cache { key: files, untracked: true, paths: Vec::new(), ..cache("", "") };
    case.job.caches = vec![nothing, cache("$CI_JOB_NAME-$B", ""), untracked];
    let keys: Vec<_> = case.planned().caches.into_iter().map(|cache| cache.key.key).collect();
    assert_eq!(keys, [Some("test-12".to_owned()), Some("2_go-default".to_owned())]);
}

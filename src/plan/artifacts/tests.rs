//! The plans of a job's artifacts.

use super::*;
use crate::plan::testing::Case;

fn planned(artifacts: Artifacts) -> ArtifactsPlan {
    let mut case = Case::new().variables(&[("A", "x/y"), ("EMPTY", "")]);
    case.job.artifacts = artifacts;
    case.planned().artifacts
}

#[test]
fn only_paths_and_untracked_make_an_archive() {
    let nothing = Artifacts {
        when: SavedWhen::Always,
        name: Some("x".to_owned()),
        expire_in: Some(ExpireIn::Never),
        ..Artifacts::default()
    };
    assert_eq!(planned(nothing.clone()).archive, None);
    let untracked = planned(Artifacts { untracked: true, ..nothing }).archive.unwrap();
    assert_eq!((untracked.untracked, untracked.when, &*untracked.name), (true, SavedWhen::Always, "x"));
}

#[test]
fn paths_stay_as_written_for_the_variables_of_the_job_itself() {
    let paths = vec!["out-$ARCH".to_owned()];
    let archive = planned(Artifacts { paths: paths.clone(), ..Artifacts::default() }).archive.unwrap();
    assert_eq!(archive.paths, paths);
}

#[test]
fn the_name_of_an_archive_is_the_last_component_of_the_expanded_name() {
    let name = |written: Option<&str>| {
        let (untracked, name) = (true, written.map(str::to_owned));
        planned(Artifacts { untracked, name, ..Artifacts::default() }).archive.unwrap().name
    };
    assert_eq!(name(None), "artifacts");
    assert_eq!(name(Some("a/$CI_JOB_NAME")), "a/$CI_JOB_NAME");
    for (expanded, last) in [("x", "x"), ("x/y", "y"), ("a/b/", "b"), ("..a", "..a")] {
        assert_eq!(archive_name(expanded), last);
    }
    for empty in ["", ".", "..", "/", "a/.."] {
        assert_eq!(archive_name(empty), "default", "{empty:?}");
    }
}

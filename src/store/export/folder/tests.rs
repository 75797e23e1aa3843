use std::path::Path;

use super::*;
use crate::store::archive::ArchiveLimits;
use crate::store::testing::{TestStore, file, link, start};

#[test]
fn nothing_is_extracted_whose_name_makes_git_run_programs() {
    let test = TestStore::new();
    let run = test.store.begin_run(start(5)).unwrap();
    let mut archive = run.begin_job("build", 1).unwrap().archive(ArchiveLimits::new(1000)).unwrap();
    for path in [".git/hooks/post-checkout", "a/.GIT/config", "b/.git", "c/.gitignore", "d.git/x"] {
        archive.entry(&file(path, 1), &b"x"[..]).unwrap();
    }
    archive.entry(&link("e/.git", "../c"), io::empty()).unwrap();
    let archive = archive.finish().unwrap();

    let target = test.path().join("target");
    let extracted = ExtractFolder::open(&target).unwrap().extract(&archive, |_| true).unwrap();
    assert_eq!(extracted, Extracted { files: 2, bytes: 2, of_git: 4 });
    let exists = |path: &str| target.join(Path::new(path)).symlink_metadata().is_ok();
    assert!(exists("c/.gitignore") && exists("d.git/x"));
    assert!([".git", "a/.GIT", "b/.git", "e/.git"].iter().all(|path| !exists(path)));
}

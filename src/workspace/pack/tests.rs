use super::*;
use crate::secret::Secret;
use std::fs;
use std::os::unix::fs::symlink;

async fn entries(sources: Sources, files: &[VariableFile]) -> (Vec<String>, Summary) {
    let volumes = ["/v/w".to_owned()];
    let project_dir = "/builds/group/project";
    let contents = Contents {
        base: "/",
        volumes: &volumes,
        project_dir,
        files,
        sources: &sources,
        archives: &[],
        names: NameHashes::Unneeded,
        last: None,
    };
    let (mut found, summary) = packed(contents).await;
    // The roots of volumes come first, without the directories above them, which are the image's.
    assert_eq!(found.remove(0), "v/w 777 0");
    (found, summary)
}

/// Path, mode, size and link of every entry.
async fn packed(contents: Contents<'_>) -> (Vec<String>, Summary) {
    let Packing { mut pieces, task, .. } = pack(contents);
    let mut archive = Vec::new();
    while let Some(piece) = pieces.recv().await {
        archive.extend(piece.unwrap());
    }
    let mut tar = tar::Archive::new(&archive[..]);
    let found = tar.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let link = entry.link_name().unwrap().map(|link| format!(" -> {}", link.display()));
        let (header, path) = (entry.header(), entry.path().unwrap());
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        let (mode, size) = (header.mode().unwrap(), entry.size());
        format!("{} {mode:o} {size}{}", path.display(), link.unwrap_or_default())
    });
    (found.collect(), task.await.unwrap().unwrap())
}

#[tokio::test]
async fn an_archive_for_a_volume_has_paths_from_its_root() {
    let (project_dir, sources) = ("/builds/group/project", &Sources::None);
    let (found, _) = packed(Contents {
        base: "/builds",
        volumes: &[],
        project_dir,
        files: &[],
        sources,
        archives: &[],
        names: NameHashes::Unneeded,
        last: None,
    })
    .await;
    assert_eq!(found, ["./ 777 0", "group 777 0", "group/project.tmp 777 0", "group/project 777 0"]);
}

#[tokio::test]
async fn without_sources_the_projects_directories_are_made() {
    let (found, summary) = entries(Sources::None, &[]).await;
    assert_eq!(
        found,
        [
            "builds 777 0",
            "builds/group 777 0",
            "builds/group/project.tmp 777 0",
            "builds/group/project 777 0"
        ]
    );
    assert_eq!((summary.files, summary.method), (0, None));
}

#[tokio::test]
async fn variables_of_type_file_lie_beside_the_project() {
    let file = VariableFile { key: "KEY".to_owned(), content: Secret::new("12345") };
    let (found, summary) = entries(Sources::None, &[file]).await;
    assert_eq!(found[2..4], ["builds/group/project.tmp 777 0", "builds/group/project.tmp/KEY 666 5"]);
    assert_eq!((summary.files, summary.bytes), (0, 0));
}

#[tokio::test]
async fn files_get_the_runners_owner_and_modes_and_links_stay_links() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_owned();
    fs::create_dir_all(root.join("a/empty")).unwrap();
    fs::write(root.join("a/run.sh"), "x").unwrap();
    fs::set_permissions(root.join("a/run.sh"), fs::Permissions::from_mode(0o700)).unwrap();
    let long = "l".repeat(150);
    fs::write(root.join(&long), "yy").unwrap();
    symlink("nowhere", root.join("z")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("s")).unwrap();

    let (found, summary) = entries(Sources::WorkingTree { root }, &[]).await;
    let project = "builds/group/project";
    assert_eq!(
        found[4..],
        [
            format!("{project}/a 777 0"),
            format!("{project}/a/empty 777 0"),
            format!("{project}/a/run.sh 777 1"),
            format!("{project}/{long} 666 2"),
            format!("{project}/z 777 0 -> nowhere"),
        ]
    );
    assert_eq!((summary.files, summary.bytes), (3, 3));
    assert_eq!(summary.skipped, [SkippedPath { path: PathBuf::from("s"), reason: SkipReason::Special }]);
}

#[tokio::test]
async fn what_cannot_be_read_breaks_the_archive_off_and_is_named() {
    let sources = &Sources::WorkingTree { root: PathBuf::from("/proc/self/fdinfo/none") };
    let contents = Contents {
        base: "/",
        volumes: &[],
        project_dir: "/builds/g/p",
        files: &[],
        sources,
        archives: &[],
        names: NameHashes::Unneeded,
        last: None,
    };
    let Packing { mut pieces, task, .. } = pack(contents);
    let mut last = None;
    while let Some(piece) = pieces.recv().await {
        last = Some(piece.is_err());
    }
    let error = task.await.unwrap().unwrap_err().to_string();
    assert_eq!((last, &*error), (Some(true), "cannot read `/proc/self/fdinfo/none`"));
}

/// Runs git in `folder`.
fn git(folder: &Path, arguments: &[&str]) {
    let ran = std::process::Command::new("git").current_dir(folder).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{arguments:?}: {ran:?}");
}

#[tokio::test]
async fn a_tracked_directory_that_has_become_a_link_is_packed_as_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let (root, outside) = (dir.path().join("project"), dir.path().join("outside"));
    for folder in [&root.join("a/b"), &outside.join("b")] {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("file"), "x").unwrap();
    }
    git(&root, &["init", "-q"]);
    git(&root, &["add", "."]);
    fs::remove_dir_all(root.join("a")).unwrap();
    symlink(&outside, root.join("a")).unwrap();
    let (found, summary) = entries(Sources::WorkingTree { root: root.clone() }, &[]).await;
    let sources: Vec<&String> = found.iter().filter(|entry| entry.contains("project/a")).collect();
    assert_eq!(sources, [&format!("builds/group/project/a 777 0 -> {}", outside.display())], "{found:?}");
    assert!(summary.skipped.is_empty());

    fs::remove_dir_all(root.join(".git")).unwrap();
    let (found, _) = entries(Sources::WorkingTree { root }, &[]).await;
    assert_eq!(found[4..], [format!("builds/group/project/a 777 0 -> {}", outside.display())]);
}

#[tokio::test]
async fn the_repository_in_a_linked_directory_is_not_packed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("project");
    fs::create_dir(&root).unwrap();
    git(&root, &["init", "-q"]);
    fs::rename(root.join(".git"), dir.path().join("git")).unwrap();
    for make in [
        |root: &Path| symlink("../git", root.join(".git")).unwrap(),
        |root: &Path| fs::write(root.join(".git"), "gitdir: ../git\n").unwrap(),
    ] {
        let _ = fs::remove_file(root.join(".git"));
        make(&root);
        fs::write(root.join("file"), "x").unwrap();
        let (found, _) = entries(Sources::WorkingTree { root: root.clone() }, &[]).await;
        assert!(found.contains(&"builds/group/project/file 666 1".to_owned()), "{found:?}");
        assert!(!found.iter().any(|entry| entry.contains("HEAD")), "{found:?}");
    }
}

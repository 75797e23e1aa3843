use super::*;
use crate::collect::request::delivered_hash;
use crate::plan::job_plan::Checkout;
use crate::secret::Secret;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

async fn entries(sources: Sources, files: &[VariableFile]) -> (Vec<String>, Summary) {
    let volumes = ["/v/w".to_owned()];
    let project_dir = "/builds/group/project";
    let contents = Contents {
        base: "/",
        volumes: &volumes,
        project_dir,
        files,
        reader: FileReader::Unknown,
        sources: &sources,
        snapshot: None,
        archives: &[],
        names: NameHashes::Unneeded,
        last: None,
    };
    let (mut found, summary) = packed(contents).await;
    // The roots of volumes come first, without the directories above them, which are the image's.
    assert_eq!(found.remove(0), "v/w 777 0");
    (found, summary)
}

/// All pieces of an archive.
async fn received(mut pieces: mpsc::Receiver<io::Result<Bytes>>) -> Vec<u8> {
    let mut archive = Vec::new();
    while let Some(piece) = pieces.recv().await {
        archive.extend(piece.unwrap());
    }
    archive
}

/// Path, mode, size, link and owner of every entry; root is not named.
async fn packed(contents: Contents<'_>) -> (Vec<String>, Summary) {
    let Packing { pieces, work: PackingWork { task, .. } } = pack(contents);
    let archive = received(pieces).await;
    let mut tar = tar::Archive::new(&archive[..]);
    let found = tar.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        let link = entry.link_name().unwrap().map(|link| format!(" -> {}", link.display()));
        let (header, path) = (entry.header(), entry.path().unwrap());
        let owner = match (header.uid().unwrap(), header.gid().unwrap()) {
            (0, 0) => String::new(),
            (user, group) => format!(" of {user}:{group}"),
        };
        let (mode, size) = (header.mode().unwrap(), entry.size());
        format!("{} {mode:o} {size}{}{owner}", path.display(), link.unwrap_or_default())
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
        reader: FileReader::Unknown,
        sources,
        snapshot: None,
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
async fn only_the_jobs_user_reads_a_variable_of_type_file_if_its_number_is_known() {
    let files = [VariableFile { key: "KEY".to_owned(), content: Secret::new("12345") }];
    for (user, expect) in [(0, "KEY 600 5"), (1000, "KEY 600 5 of 1000:0")] {
        let (found, _) = packed(Contents {
            base: "/builds",
            volumes: &[],
            project_dir: "/builds/p",
            files: &files,
            reader: FileReader::User(user),
            sources: &Sources::None,
            snapshot: None,
            archives: &[],
            names: NameHashes::Unneeded,
            last: None,
        })
        .await;
        assert_eq!(found[2], format!("p.tmp/{expect}"));
    }
}

#[tokio::test]
async fn folders_have_their_times() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().to_owned();
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::write(root.join("a/b/file"), "x").unwrap();
    let set = |path: &str, seconds| {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::open(root.join(path)).unwrap().set_modified(time).unwrap();
    };
    for (path, seconds) in [("a/b", 2_000), ("a", 1_000), (".", 3_000)] {
        set(path, seconds);
    }
    let sources = Sources::WorkingTree { root: root.clone(), checkout: Checkout::default() };
    let Packing { pieces, .. } = pack(Contents {
        base: "/",
        volumes: &[],
        project_dir: "/builds/p",
        files: &[],
        reader: FileReader::Unknown,
        sources: &sources,
        snapshot: None,
        archives: &[],
        names: NameHashes::Unneeded,
        last: None,
    });
    let archive = received(pieces).await;
    let mut tar = tar::Archive::new(&archive[..]);
    let times = tar.entries().unwrap().map(|entry| {
        let entry = entry.unwrap();
        (entry.path().unwrap().display().to_string(), entry.header().mtime().unwrap())
    });
    let times: std::collections::HashMap<_, _> = times.collect();
    let of = ["builds", "builds/p.tmp", "builds/p", "builds/p/a", "builds/p/a/b"].map(|path| times[path]);
    assert_eq!(of, [3_000, 3_000, 3_000, 1_000, 2_000]);
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

    let (found, summary) = entries(Sources::WorkingTree { root, checkout: Checkout::default() }, &[]).await;
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
    let sources = &Sources::WorkingTree {
        root: PathBuf::from("/proc/self/fdinfo/none"),
        checkout: Checkout::default(),
    };
    let contents = Contents {
        base: "/",
        volumes: &[],
        project_dir: "/builds/g/p",
        files: &[],
        reader: FileReader::Unknown,
        sources,
        snapshot: None,
        archives: &[],
        names: NameHashes::Unneeded,
        last: None,
    };
    let Packing { mut pieces, work: PackingWork { task, .. } } = pack(contents);
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
    let (found, summary) =
        entries(Sources::WorkingTree { root: root.clone(), checkout: Checkout::default() }, &[]).await;
    let sources: Vec<&String> = found.iter().filter(|entry| entry.contains("project/a")).collect();
    assert_eq!(sources, [&format!("builds/group/project/a 777 0 -> {}", outside.display())], "{found:?}");
    assert!(summary.skipped.is_empty());

    fs::remove_dir_all(root.join(".git")).unwrap();
    let (found, _) = entries(Sources::WorkingTree { root, checkout: Checkout::default() }, &[]).await;
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
        let (found, _) =
            entries(Sources::WorkingTree { root: root.clone(), checkout: Checkout::default() }, &[]).await;
        assert!(found.contains(&"builds/group/project/file 666 1".to_owned()), "{found:?}");
        assert!(!found.iter().any(|entry| entry.contains("HEAD")), "{found:?}");
    }
}

#[tokio::test]
async fn the_hooks_of_the_repository_are_not_packed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("project");
    fs::create_dir(&root).unwrap();
    git(&root, &["init", "-q"]);
    fs::create_dir_all(root.join(".git/hooks")).unwrap();
    fs::write(root.join(".git/hooks/pre-commit"), "x").unwrap();
    let (found, _) =
        entries(Sources::WorkingTree { root: root.clone(), checkout: Checkout::default() }, &[]).await;
    assert!(found.iter().any(|entry| entry.contains("/.git/HEAD ")), "{found:?}");
    assert!(!found.iter().any(|entry| entry.contains("/.git/hooks")), "{found:?}");
}

/// An archive of the store with these entries: folders end with a slash, links contain ` -> `, files have their path as
/// content.
fn archive(folder: &Path, entries: &[(&str, u32)], origin: ArchiveOrigin) -> GivenArchive {
    use crate::store::{
        ArchiveEntry, ArchiveEntryKind, ArchiveLimits, FileTime, ProjectStore, RunStart, SourcesRecord,
        StorePlaces,
    };
    let places = StorePlaces { state: folder.join("state"), cache: folder.join("cache") };
    let store = ProjectStore::open(&places, folder, "identity").unwrap();
    let (sources, started) = (SourcesRecord::default(), jiff::Timestamp::UNIX_EPOCH);
    let run = store.begin_run(RunStart { pipeline_id: 1, iid: 1, sources, started, resumed: None }).unwrap();
    let limits = ArchiveLimits { bytes_max: 1000, keep_free: 0, name_bytes_max: 1 << 20 };
    let mut archive = run.begin_job("a", 1).unwrap().archive(limits).unwrap();
    for (name, mode) in entries {
        let (path, kind) = match name.split_once(" -> ") {
            Some((path, target)) => (path, ArchiveEntryKind::Link { target: target.into() }),
            None if name.ends_with('/') => (name.trim_end_matches('/'), ArchiveEntryKind::Folder),
            None => (*name, ArchiveEntryKind::File { size: name.len() as u64 }),
        };
        let modified = FileTime { seconds: 5, nanoseconds: 0 };
        let entry = ArchiveEntry { path: path.into(), kind, mode: *mode, uid: 7, gid: 8, modified };
        archive.entry(&entry, name.as_bytes()).unwrap();
    }
    GivenArchive { archive: archive.finish().unwrap(), origin }
}

#[tokio::test]
async fn entries_of_archives_follow_the_sources_with_their_own_modes() {
    let folder = tempfile::tempdir().unwrap();
    let archives = [
        archive(
            &folder.path().join("1"),
            &[("a/", 0o750), ("a/b/c", 0o600), ("l -> a", 0o777)],
            ArchiveOrigin::Cache,
        ),
        archive(&folder.path().join("2"), &[("a/b/c", 0o644), ("a/d", 0o640)], ArchiveOrigin::Cache),
    ];
    let (project_dir, sources) = ("/builds/g/p", &Sources::None);
    let names = NameHashes::Unneeded;
    let contents = Contents {
        base: "/builds",
        volumes: &[],
        project_dir,
        files: &[],
        reader: FileReader::Unknown,
        sources,
        snapshot: None,
        archives: &archives,
        names,
        last: None,
    };
    let (found, _) = packed(contents).await;
    let expect = [
        "g/p/a 750 0 of 7:8",
        "g/p/a/b 777 0",
        "g/p/a/b/c 600 5 of 7:8",
        "g/p/l 777 0 -> a of 7:8",
        "g/p/a/b/c 644 5 of 7:8",
        "g/p/a/d 640 3 of 7:8",
    ];
    assert_eq!(found[4..], expect);
}

#[tokio::test]
async fn a_file_of_an_archive_does_not_replace_a_folder_which_ends_a_cache_and_fails_for_artifacts() {
    let folder = tempfile::tempdir().unwrap();
    let given = |origin| {
        [
            archive(&folder.path().join("1"), &[("b/c", 0o600)], ArchiveOrigin::Cache),
            archive(&folder.path().join("2"), &[("a", 0o600), ("b", 0o600), ("d", 0o600)], origin),
            archive(&folder.path().join("3"), &[("e", 0o600)], ArchiveOrigin::Cache),
        ]
    };
    let contents = Contents {
        base: "/builds",
        volumes: &[],
        project_dir: "/builds/g/p",
        files: &[],
        reader: FileReader::Unknown,
        sources: &Sources::None,
        snapshot: None,
        archives: &given(ArchiveOrigin::Cache),
        names: NameHashes::Unneeded,
        last: None,
    };
    let reason = "`b` is a file where `/builds/g/p/b` is a directory";
    let (found, summary) = packed(contents).await;
    assert_eq!(
        found[4..],
        ["g/p/b 777 0", "g/p/b/c", "g/p/a", "g/p/e"].map(|path| match path.len() {
            ..=5 => format!("{path} 600 1 of 7:8"),
            7 => format!("{path} 600 3 of 7:8"),
            _ => path.to_owned(),
        })
    );
    assert_eq!(summary.broken_caches, [BrokenCache { index: 1, error: reason.to_owned() }]);

    let archives = &given(ArchiveOrigin::Job("make".to_owned()));
    let Packing { mut pieces, work: PackingWork { task, .. } } = pack(Contents { archives, ..contents });
    while pieces.recv().await.is_some() {}
    let error = crate::error_chain::chain(&task.await.unwrap().unwrap_err());
    assert_eq!(error, format!("cannot deliver the artifacts of job `make`: {reason}"));
}

#[tokio::test]
async fn names_of_sources_are_hashed_if_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    std::fs::write(folder.path().join("d/f"), "").unwrap();
    let (project_dir, names) = ("/builds/g/p", NameHashes::Needed);
    let sources = &Sources::WorkingTree { root: folder.path().to_owned(), checkout: Checkout::default() };
    let contents = Contents {
        base: "/",
        volumes: &[],
        project_dir,
        files: &[],
        reader: FileReader::Unknown,
        sources,
        snapshot: None,
        archives: &[],
        names,
        last: None,
    };
    assert_eq!(packed(contents).await.1.name_hashes, Some(vec![delivered_hash(b"d/f")]));
}

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::walk::select_within;
use super::*;
use crate::collect::answer::Finding;
use crate::collect::entry_budget::EntryLimits;
use crate::collect::environment::PathVariables;
use crate::collect::folder_tree::FolderTree;
use crate::collect::request::{ArchiveRequest, CollectRequest, delivered_hash};
use crate::collect::tar_tree::tests::{PROJECT, tree as tar_tree};
use crate::collect::tree::{NodeKind, Tree, TreeNode};

/// The tree of pipeline.md: files, an empty folder, links, a pipe, and a `.git`.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for path in ["bin/sub/deep", "empty", ".git"] {
        fs::create_dir_all(root.join(path)).unwrap();
    }
    for path in ["bin/.hid", "bin/a.o", "bin/b.txt", "bin/sub/c.o", "bin/sub/deep/d.txt", ".git/config"] {
        fs::write(root.join(path), path).unwrap();
    }
    symlink("bin", root.join("lbin")).unwrap();
    symlink("nowhere", root.join("dang")).unwrap();
    // Out of the project, to something that exists.
    symlink("../../..", root.join("up")).unwrap();
    mknodat(CWD, root.join("p"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    folder
}

const PROJECT_DIR: &str = "/builds/g/p";

fn request(archives: Vec<ArchiveRequest>) -> CollectRequest {
    CollectRequest {
        project_dir: PROJECT_DIR.into(),
        archives,
        environment: vec![("CI_PROJECT_DIR".into(), PROJECT_DIR.into())],
        environment_file: String::new(),
        delivered: None,
    }
}

fn archive(paths: &[&str], exclude: &[&str]) -> ArchiveRequest {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    ArchiveRequest { paths: texts(paths), exclude: texts(exclude), ..ArchiveRequest::default() }
}

fn select_in(root: &Path, request: &CollectRequest) -> Vec<SelectedArchive> {
    select_from(&mut FolderTree::open(root).unwrap(), request)
}

fn select_from<T: Tree>(tree: &mut T, request: &CollectRequest) -> Vec<SelectedArchive> {
    select(tree, request, &PathVariables::new(&request.environment)).unwrap()
}

/// The lines and the paths of one archive.
fn selected(root: &Path, paths: &[&str], exclude: &[&str]) -> (Vec<String>, Vec<String>) {
    shown(&select_in(root, &request(vec![archive(paths, exclude)]))[0])
}

fn shown(archive: &SelectedArchive) -> (Vec<String>, Vec<String>) {
    let path = |entry: &SelectedEntry| String::from_utf8_lossy(&entry.path).into_owned();
    (archive.findings.iter().filter_map(line).collect(), archive.entries.iter().map(path).collect())
}

/// The line of GitLab Runner; `None` for what 19.4 does not say.
fn line(finding: &Finding) -> Option<String> {
    let outside = "artifact path is not a subpath of project directory";
    Some(match finding {
        Finding::InvalidName { reason } => format!("WARNING: invalid artifact name: {reason}"),
        Finding::InvalidPath { text, reason } => format!("WARNING: invalid path {text:?}: {reason}"),
        Finding::EmptyPath => "WARNING: No matching files. Path is empty.".to_owned(),
        Finding::Outside { path } => format!("WARNING: processPath: {outside}: {path}"),
        Finding::BadPattern { path } => format!("WARNING: {path}: syntax error in pattern"),
        Finding::NoMatch { path } => format!(
            "WARNING: {path}: no matching files. Ensure that the artifact path is relative to the working directory (WD)"
        ),
        Finding::Matched { path, count } => {
            format!("{path}: found {count} matching artifact files and directories")
        }
        Finding::Untracked { count } => format!("untracked: found {count} files"),
        Finding::NoUntracked => "WARNING: untracked: no files".to_owned(),
        Finding::ExcludeOutside { rule } => format!("WARNING: isExcluded: {outside}: {rule}"),
        Finding::Excluded { rule, count } => format!("{rule}: excluded {count} files"),
        Finding::GitFolder | Finding::BadExclude { .. } => return None,
        Finding::TooManyAlternatives { .. } | Finding::LinkOut { .. } => format!("{finding:?}"),
    })
}

/// A row of `runner.txt`: paths, excludes, lines, set.
type RunnerRow = (Vec<String>, Vec<String>, Vec<String>, Vec<String>);

#[test]
fn lines_counts_and_files_are_those_of_gitlab_runner() {
    let project = project();
    compare_with_the_runner(&mut FolderTree::open(project.path()).unwrap());
}

#[test]
fn they_are_the_same_in_a_tar_file_of_the_engine() {
    compare_with_the_runner(&mut tar_tree(PROJECT, PROJECT_DIR));
}

fn compare_with_the_runner<T: Tree>(tree: &mut T) {
    let (mut compared, mut wrong) = (0, Vec::new());
    for row in include_str!("runner.txt").lines().filter(|line| !line.starts_with('#')) {
        let (paths, excludes, mut lines, mut set): RunnerRow = serde_json::from_str(row).unwrap();
        let (p, e) = (paths.clone(), excludes.clone());
        let archive = ArchiveRequest { paths: p, exclude: e, ..ArchiveRequest::default() };
        let found = shown(&select_from(tree, &request(vec![archive]))[0]);
        // The project's folder is no entry, a pipe cannot be archived, and a link cannot have files below it.
        let below_link = set.iter().any(|path| path.starts_with("lbin/"));
        set.retain(|path| path != "." && path != "p" && !(path == "lbin" && below_link));
        if excludes == ["../x", "**/*.o"] {
            // The Runner looks at no exclude behind one that is outside.
            set.retain(|path| !path.ends_with(".o"));
            lines.truncate(1);
            lines.push("bin: found 6 matching artifact files and directories".into());
            lines.push("**/*.o: excluded 2 files".into());
        }
        if found != (lines.clone(), set.clone()) {
            wrong.push(format!("{paths:?} {excludes:?}\n  {found:?}\n  {:?}", (lines, set)));
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 100, "{compared}");
}

#[test]
fn variables_are_expanded_and_what_cannot_be_is_used_as_it_is() {
    let project = project();
    let select = |path: &str| selected(project.path(), &[path], &[]);
    let bin = select("bin").1;
    assert_eq!(select("$CI_PROJECT_DIR/bin").1, bin);
    assert_eq!(select("$CI_PROJECT_DIR").1, select(".").1);
    assert_eq!(selected(project.path(), &["bin"], &["$CI_PROJECT_DIR/bin/a.o"]).1.len(), bin.len() - 1);
    assert_eq!(select("$NOPE").0, ["WARNING: No matching files. Path is empty."]);
    let outside = "WARNING: processPath: artifact path is not a subpath of project directory: /x";
    assert_eq!(select("${NOPE}/x").0, [outside]);
    let (lines, files) = selected(project.path(), &["$(ls)", "bin/a.o"], &["${A"]);
    assert_eq!(lines[0], "WARNING: invalid path \"$(ls)\": unexpected command substitution at 1:1");
    assert!(lines[1].starts_with("WARNING: invalid path \"${A\": 1:1: reached EOF"), "{}", lines[1]);
    assert!(lines[2].starts_with("WARNING: $(ls): no matching files."), "{}", lines[2]);
    assert_eq!(files, ["bin/a.o"]);
}

#[test]
fn untracked_takes_all_files_that_were_not_delivered() {
    let project = project();
    let mut archive = archive(&["empty"], &["bin/sub/**"]);
    archive.untracked = true;
    let mut request = request(vec![archive]);
    request.delivered = Some(vec![delivered_hash(b"lbin"), delivered_hash(b"bin/a.o")]);
    let (lines, files) = shown(&select_in(project.path(), &request)[0]);
    assert_eq!(
        lines,
        [
            "empty: found 1 matching artifact files and directories",
            "untracked: found 4 files",
            "bin/sub/**: excluded 2 files",
        ]
    );
    assert_eq!(files, ["bin/.hid", "bin/b.txt", "dang", "empty", "up"]);
    let all = ["lbin", "bin/a.o", "bin/.hid", "bin/b.txt", "dang", "up", "bin/sub/c.o", "bin/sub/deep/d.txt"];
    request.delivered = Some(all.iter().map(|path| delivered_hash(path.as_bytes())).collect());
    request.archives[0].paths.clear();
    let (lines, files) = shown(&select_in(project.path(), &request)[0]);
    assert_eq!((lines, files.len()), (vec!["WARNING: untracked: no files".to_owned()], 0));
}

#[test]
fn each_archive_gets_its_own_files_from_the_one_walk() {
    let project = project();
    let mut untracked = archive(&[], &["**/*.o"]);
    untracked.untracked = true;
    let archives = vec![archive(&["bin/*.o", "**"], &["empty"]), untracked, archive(&["bin/*.o"], &[])];
    let all = select_in(project.path(), &request(archives.clone()));
    assert_eq!(all.len(), 3);
    for (together, alone) in all.iter().zip(archives) {
        let alone = select_in(project.path(), &request(vec![alone]));
        assert_eq!((&together.findings, &together.entries), (&alone[0].findings, &alone[0].entries));
    }
    let git = |archive: &SelectedArchive| archive.findings.contains(&Finding::GitFolder);
    assert_eq!(all.iter().map(git).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn a_link_is_followed_within_the_project_and_not_out_of_it() {
    let project = project();
    let root = project.path();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "").unwrap();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink("../lbin/sub", root.join("empty/sub")).unwrap();
    symlink(format!("{PROJECT_DIR}/bin"), root.join("absolute")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink(".", root.join("self")).unwrap();
    symlink("out/..", root.join("around")).unwrap();
    for (path, files) in [
        ("empty/sub/*", &["empty/sub/c.o", "empty/sub/deep", "empty/sub/deep/d.txt"][..]),
        ("absolute/a*", &["absolute/a.o"]),
        ("self/self/bin/a.o", &["self/self/bin/a.o"]),
        ("out", &["out"]),
        ("loop", &[]),
        ("loop/*", &[]),
        ("p/*", &[]),
    ] {
        assert_eq!(selected(root, &[path], &[]).1, files, "{path}");
    }
    for (path, link) in [("out/*", "out"), ("out/secret", "out"), ("up/*", "up"), ("around/*", "out")] {
        let (lines, files) = selected(root, &[path], &[]);
        let expect = Finding::LinkOut { path: path.to_owned(), link: link.to_owned() };
        assert_eq!((&lines[0], files.len()), (&format!("{expect:?}"), 0), "{path}");
        assert!(lines[1].contains("no matching files"), "{lines:?}");
    }
}

/// Counts which folders are read, and how often.
struct CountingTree {
    tree: FolderTree,
    read: Vec<String>,
}

impl Tree for CountingTree {
    type Content = fs::File;

    fn node(&mut self, path: &[u8]) -> std::io::Result<Option<TreeNode>> {
        self.tree.node(path)
    }

    fn names(&mut self, folder: &[u8]) -> std::io::Result<Vec<(Vec<u8>, Option<NodeKind>)>> {
        self.read.push(String::from_utf8_lossy(folder).into_owned());
        self.tree.names(folder)
    }

    fn link_target(&mut self, path: &[u8]) -> std::io::Result<Vec<u8>> {
        self.tree.link_target(path)
    }

    fn has_target(&mut self, path: &[u8]) -> bool {
        self.tree.has_target(path)
    }

    fn open(&mut self, path: &[u8]) -> std::io::Result<Option<(fs::File, u64)>> {
        self.tree.open(path)
    }
}

#[test]
fn only_folders_that_a_pattern_reaches_are_read_and_each_once() {
    let project = project();
    let read = |archives: Vec<ArchiveRequest>| {
        let mut tree = CountingTree { tree: FolderTree::open(project.path()).unwrap(), read: Vec::new() };
        select(&mut tree, &request(archives), &PathVariables::default()).unwrap();
        tree.read.sort();
        tree.read
    };
    assert_eq!(read(vec![archive(&["empty/", "bin/a.o", "nope/x"], &["**/*.o"])]), ["empty"]);
    assert_eq!(read(vec![archive(&["bin/*.o"], &[])]), ["bin"]);
    assert_eq!(read(vec![archive(&["bin/*/c.o", "lbin/*"], &[])]), ["bin", "bin", "bin/sub", "bin/sub/deep"]);
    let everywhere = ["", ".git", "bin", "bin/sub", "bin/sub/deep", "empty"];
    assert_eq!(read(vec![archive(&["**/*.o", "bin", "*/**"], &[]), archive(&["**/x"], &["*"])]), everywhere);
}

#[test]
fn names_that_are_not_utf_8_are_selected_like_others() {
    use std::os::unix::ffi::OsStrExt;
    let project = tempfile::tempdir().unwrap();
    let long = [b"n".repeat(250), b"\nx".to_vec()].concat();
    for name in [&b"a\xff b\n"[..], &long] {
        fs::write(project.path().join(std::ffi::OsStr::from_bytes(name)), "").unwrap();
    }
    let archive = &select_in(project.path(), &request(vec![archive(&["a? b*", "n*x"], &[])]))[0];
    let paths: Vec<&[u8]> = archive.entries.iter().map(|entry| &*entry.path).collect();
    assert_eq!(paths, [&b"a\xff b\n"[..], &long]);
}

#[test]
fn a_hostile_pattern_on_a_deep_tree_ends() {
    let project = tempfile::tempdir().unwrap();
    let mut path = project.path().to_owned();
    for _ in 0..100 {
        path.push("aaaaaaaaaaaaaaa");
    }
    fs::create_dir_all(&path).unwrap();
    let pattern = format!("{}{}b", "**/".repeat(100), "a*".repeat(100));
    let braces = format!("**/{}/**/x", "{a*,*a}".repeat(9));
    let (lines, files) = selected(project.path(), &[&pattern, &braces], &["**/**/**/*a*a*b"]);
    assert_eq!((lines.len(), files.len()), (2, 0));
    // There are more ways than a number has room for.
    let (lines, _) = selected(project.path(), &[&"**/".repeat(100)], &[]);
    assert!(lines[0].contains(&u64::MAX.to_string()), "{lines:?}");
}

#[test]
fn the_entries_of_all_archives_and_the_folders_to_be_read_have_limits() {
    let project = project();
    let selected = |archives: Vec<ArchiveRequest>, entries_max, name_bytes_max| {
        let limits = EntryLimits { entries_max, name_bytes_max };
        let mut tree = FolderTree::open(project.path()).unwrap();
        let selected = select_within(limits, &mut tree, &request(archives), &PathVariables::default());
        selected.map(drop).map_err(|error| error.to_string())
    };
    let twice = || vec![archive(&["bin/sub/c.o"], &[]), archive(&["bin/sub/c.o"], &[])];
    assert_eq!(selected(twice(), 2, 1_000), Ok(()));
    assert_eq!(selected(twice(), 1, 1_000), Err("artifacts and caches have more than 1 files".to_owned()));
    let long = |bytes: u64| {
        let size = crate::amount::size(bytes);
        Err(format!("the names of the files of artifacts and caches are longer than {size} together"))
    };
    assert_eq!(selected(twice(), 2, 22), Ok(()));
    assert_eq!(selected(twice(), 2, 21), long(21));
    // Nothing is selected here, but three folders wait to be read.
    let untracked = || {
        let delivered = ["bin/.hid", "bin/a.o", "bin/b.txt", "bin/sub/c.o", "bin/sub/deep/d.txt"];
        let archives = vec![ArchiveRequest { untracked: true, ..ArchiveRequest::default() }];
        let delivered = delivered.iter().map(|path| delivered_hash(path.as_bytes())).collect();
        CollectRequest { delivered: Some(delivered), ..request(archives) }
    };
    let limits = EntryLimits { entries_max: 1, name_bytes_max: 1_000 };
    let mut tree = FolderTree::open(project.path()).unwrap();
    assert!(select_within(limits, &mut tree, &untracked(), &PathVariables::default()).is_err());
}

#[test]
fn a_folder_with_too_many_names_ends_the_collection_although_none_of_them_matches() {
    let project = project();
    let selected = |entries_max| {
        let mut tree = FolderTree::open(project.path()).unwrap();
        tree.limits = EntryLimits { entries_max, name_bytes_max: 1_000 };
        let selected =
            select(&mut tree, &request(vec![archive(&["*.none"], &[])]), &PathVariables::default());
        selected.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(selected(20), Ok(()));
    assert_eq!(selected(3), Err("artifacts and caches have more than 3 files".to_owned()));
}

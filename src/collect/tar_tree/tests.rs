use std::io::Write;

use proptest::prelude::*;

use super::*;
use crate::collect::environment::PathVariables;
use crate::collect::request::{ArchiveRequest, CollectRequest};
use crate::collect::select::{SelectedArchive, select};

/// What Docker 20.10 answers to a GET of the tree of `select/tests.rs`.
pub(in crate::collect) const PROJECT: &[u8] = include_bytes!("project.tar");

/// The same for a folder with a hard link, a link to a file, and long and strange names.
const NAMES: &[u8] = include_bytes!("names.tar");

pub(in crate::collect) fn tree(tar: &[u8], project_dir: &str) -> TarTree {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(tar).unwrap();
    TarTree::read(file, project_dir).unwrap()
}

fn content(tree: &mut TarTree, path: &[u8]) -> String {
    let (mut content, size) = tree.open(path).unwrap().unwrap();
    let mut text = String::new();
    content.read_to_string(&mut text).unwrap();
    assert_eq!(text.len() as u64, size);
    text
}

fn selected(tree: &mut TarTree, paths: &[&str]) -> SelectedArchive {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let request = CollectRequest {
        project_dir: "/builds/h".into(),
        archives: vec![ArchiveRequest { paths, ..ArchiveRequest::default() }],
        environment: Vec::new(),
        environment_file: String::new(),
        delivered: None,
    };
    select(tree, &request, &PathVariables::default()).unwrap().remove(0)
}

#[test]
fn a_hard_link_has_the_content_of_the_first_name_which_need_not_be_selected() {
    let mut tree = tree(NAMES, "/builds/h");
    let archive = selected(&mut tree, &["sub"]);
    let paths: Vec<&[u8]> = archive.entries.iter().map(|entry| &*entry.path).collect();
    assert_eq!(paths, [&b"sub"[..], b"sub/b"]);
    assert_eq!(archive.entries[1].attributes.size, 6);
    assert_eq!(content(&mut tree, b"sub/b"), "linked");
    assert_eq!(content(&mut tree, b"a"), "linked");
}

#[test]
fn long_and_strange_names_are_found() {
    let mut tree = tree(NAMES, "/builds/h");
    let (name, folder) = (format!("{:0250}", 1), format!("{:0200}", 2));
    assert_eq!(content(&mut tree, name.as_bytes()), "long");
    assert_eq!(content(&mut tree, format!("{folder}/{name}").as_bytes()), "deep");
    assert_eq!(content(&mut tree, b"x\xff y\nz"), "");
    assert_eq!(selected(&mut tree, &["x? y?z", "*2/*"]).entries.len(), 2);
    assert_eq!(selected(&mut tree, &["to-file"]).entries.len(), 1);
    assert!(tree.open(b"sub").unwrap().is_none());
}

#[test]
fn attributes_are_those_of_the_container() {
    let node = tree(PROJECT, "/builds/g/p").node(b"bin/a.o").unwrap().unwrap();
    let expect = TreeNode {
        kind: NodeKind::File,
        mode: 0o751,
        uid: 1000,
        gid: 7,
        modified: 1_577_836_800,
        modified_ns: 0,
        size: 7,
    };
    assert_eq!(node, expect);
    let kind = |path: &[u8]| tree(PROJECT, "/builds/g/p").node(path).unwrap().map(|node| node.kind);
    assert_eq!(kind(b"p"), Some(NodeKind::Special));
    assert_eq!(kind(b"lbin"), Some(NodeKind::Link));
    assert_eq!(kind(b""), Some(NodeKind::Directory));
    assert_eq!(kind(b"none"), None);
}

#[test]
fn a_file_that_is_no_tar_and_a_hard_link_to_nothing_are_errors() {
    let read = |bytes: &[u8]| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        TarTree::read(file, "/p").map(drop).unwrap_err().to_string()
    };
    assert_eq!(read(&[b'x'; 2048]), "a header is damaged");
    assert_eq!(read(&[0; 1024]), "the project's folder is not in it");
    // Wherever it ends too early, be it within the content that is passed over.
    for length in (0..NAMES.len() - 1024).step_by(100) {
        assert!(
            ["failed to fill whole buffer", "unexpected end of file"].contains(&&*read(&NAMES[..length])),
            "{length}"
        );
    }
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(EntryType::Link);
    header.set_size(0);
    header.set_uid(0);
    header.set_gid(0);
    builder.append_link(&mut header, "p/a", "p/none").unwrap();
    assert_eq!(read(&builder.into_inner().unwrap()), "a hard link to `p/none`, which is not there");
}

#[test]
fn an_archive_of_one_path_ends_before_that_of_the_next_path() {
    let archive = |name: &str| {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        builder.append_data(&mut header, name, &[][..]).unwrap();
        builder.into_inner().unwrap()
    };
    let (first, second) = (archive("out"), archive("docs/a"));
    let read = |first: &[u8]| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[first, &second].concat()).unwrap();
        let paths = [(0, b"out".to_vec()), (first.len() as u64, b"docs".to_vec())];
        TarTree::of_paths(file, "/builds/h", &paths)
    };
    let mut both = read(&first).unwrap();
    assert!(both.node(b"out").unwrap().is_some() && both.node(b"docs/a").unwrap().is_some());
    assert!(both.node(b"out/a").unwrap().is_none());
    // Without its end.
    let cut = read(&first[..512]).map(drop).unwrap_err();
    assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof, "{cut}");
}

proptest! {
    #[test]
    fn a_tar_file_with_damaged_bytes_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = NAMES.to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let block = &mut bytes[at - at % 512..][..512];
            let mut header = tar::Header::new_old();
            header.as_mut_bytes().copy_from_slice(block);
            if header.cksum().is_ok_and(|sum| sum > 0) {
                header.set_cksum();
                block.copy_from_slice(header.as_bytes());
            }
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        if let Ok(mut tree) = TarTree::read(file, "/builds/h") {
            for entry in selected(&mut tree, &["**"]).entries {
                if let Ok(Some((mut content, _))) = tree.open(&entry.path) {
                    let _ = content.read_to_end(&mut Vec::new());
                }
            }
        }
    }
}

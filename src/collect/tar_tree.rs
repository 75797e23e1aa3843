//! The project's files in a tar file that the engine has sent (`GET /containers/{id}/archive`), for images that cannot run this
//! program. The index is in memory, the content stays in the file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use tar::EntryType;

use super::entry_budget::{EntryBudget, EntryLimits};
use super::follow::{Followed, follow};
use super::tar_index::{TarIndex, TarIndexEntry};
use super::tree::{NodeKind, Tree, TreeNode, split};

/// How many entries the index may have: about 280 bytes of memory each, without their names.
const INDEX_MAX: u64 = 2_000_000;

/// How many bytes the names in the index may have together: the path of an entry is there twice.
const NAME_BYTES_MAX: u64 = 256 << 20;

const LIMITS: EntryLimits = EntryLimits { entries_max: INDEX_MAX, name_bytes_max: NAME_BYTES_MAX };

/// The project's files in a tar file.
pub struct TarTree {
    file: Arc<File>,
    project_dir: Vec<u8>,
    nodes: HashMap<Box<[u8]>, TarNode>,
    /// The names in each folder.
    folders: HashMap<Box<[u8]>, Vec<Box<[u8]>>>,
    budget: EntryBudget,
}

#[derive(Debug, Clone)]
struct TarNode {
    node: TreeNode,
    /// The target of a link, else empty.
    link: Box<[u8]>,
    /// Where the content begins.
    offset: u64,
}

impl TarNode {
    /// A folder whose attributes are not known.
    fn plain_folder() -> Self {
        let kind = NodeKind::Directory;
        let node = TreeNode { kind, mode: 0o777, uid: 0, gid: 0, modified: 0, modified_ns: 0, size: 0 };
        Self { node, link: [].into(), offset: 0 }
    }
}

impl TarTree {
    /// Reads the headers of `file`, which must contain the folder `project_dir` and nothing else. The engine prefixes every
    /// name with the name of that folder.
    ///
    /// # Errors
    /// The file cannot be read, does not contain the folder, or has more entries than the index.
    pub fn read(file: File, project_dir: &str) -> io::Result<Self> {
        let mut tree = Self::without_files(file, project_dir);
        let length = tree.file.metadata()?.len();
        tree.add_archive(0..length, b"")?;
        match tree.nodes.get(&b""[..]) {
            Some(root) if root.node.kind == NodeKind::Directory => Ok(tree),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the project's folder is not in it")),
        }
    }

    /// Reads the headers of archives that follow one another in `file`: each of them has a single path of the project,
    /// relative to its folder, and begins at an offset, in ascending order. The folders above these paths have no attributes of their own.
    ///
    /// # Errors
    /// The file cannot be read, or has more entries than the index.
    pub fn of_paths(file: File, project_dir: &str, paths: &[(u64, Vec<u8>)]) -> io::Result<Self> {
        let mut tree = Self::without_files(file, project_dir);
        tree.insert(b"", TarNode::plain_folder());
        let length = tree.file.metadata()?.len();
        let ends = paths.iter().skip(1).map(|(offset, _)| *offset).chain([length]);
        for ((offset, path), end) in paths.iter().zip(ends) {
            tree.add_folders(path);
            tree.add_archive(*offset..end, path)?;
        }
        Ok(tree)
    }

    fn without_files(file: File, project_dir: &str) -> Self {
        Self {
            file: Arc::new(file),
            project_dir: project_dir.as_bytes().to_vec(),
            nodes: HashMap::new(),
            folders: HashMap::new(),
            budget: EntryBudget::new(LIMITS),
        }
    }

    /// Adds the archive in a part of the file, which has the path `at`.
    fn add_archive(&mut self, part: Range<u64>, at: &[u8]) -> io::Result<()> {
        let file = self.file.clone();
        let mut index = TarIndex::of_part(&file, part);
        while let Some(entry) = index.next()? {
            self.add(&entry, at)?;
        }
        Ok(())
    }

    /// Adds the folders above `path`, as far as they are not there.
    fn add_folders(&mut self, path: &[u8]) {
        let (folder, name) = split(path);
        if name.is_empty() || self.nodes.contains_key(folder) {
            return;
        }
        self.add_folders(folder);
        self.insert(folder, TarNode::plain_folder());
    }

    fn insert(&mut self, path: &[u8], node: TarNode) {
        let (folder, name) = split(path);
        if self.nodes.insert(path.into(), node).is_none() && !name.is_empty() {
            self.folders.entry(folder.into()).or_default().push(name.into());
        }
    }

    fn add(&mut self, entry: &TarIndexEntry, at: &[u8]) -> io::Result<()> {
        let TarIndexEntry { header, link, .. } = entry;
        let path = below(at, &entry.path);
        let found = match header.entry_type() {
            EntryType::Link => {
                // The content is that of the first of the files that are linked.
                let first = below(at, link);
                let missing = || {
                    let name = String::from_utf8_lossy(link).into_owned();
                    io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("a hard link to `{name}`, which is not there"),
                    )
                };
                self.nodes.get(&*first).cloned().ok_or_else(missing)?
            }
            kind => {
                let kind = match kind {
                    EntryType::Regular | EntryType::Continuous => NodeKind::File,
                    EntryType::Directory => NodeKind::Directory,
                    EntryType::Symlink => NodeKind::Link,
                    _ => NodeKind::Special,
                };
                let node = TreeNode {
                    kind,
                    mode: header.mode()? & 0o777,
                    uid: entry.uid,
                    gid: entry.gid,
                    modified: header.mtime()?,
                    // Engines send whole seconds.
                    modified_ns: 0,
                    size: entry.size,
                };
                TarNode { node, link: link.as_slice().into(), offset: entry.offset }
            }
        };
        self.budget.take(&path, &found.link).map_err(io::Error::other)?;
        self.insert(&path, found);
        Ok(())
    }
}

impl Tree for TarTree {
    type Content = TarContent;

    fn node(&mut self, path: &[u8]) -> io::Result<Option<TreeNode>> {
        Ok(self.nodes.get(path).map(|found| found.node))
    }

    fn names(&mut self, folder: &[u8]) -> io::Result<Vec<(Vec<u8>, Option<NodeKind>)>> {
        let names = self.folders.get(folder).map(Vec::as_slice).unwrap_or_default();
        Ok(names.iter().map(|name| (name.to_vec(), None)).collect())
    }

    fn link_target(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        let link = self.nodes.get(path).filter(|found| found.node.kind == NodeKind::Link);
        link.map(|found| found.link.to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The tar file does not say what exists outside of the project, so a link out of it counts as one that has a target.
    fn has_target(&mut self, path: &[u8]) -> bool {
        let project_dir = self.project_dir.clone();
        follow(self, &project_dir, path) != Followed::Nothing
    }

    fn open(&mut self, path: &[u8]) -> io::Result<Option<(TarContent, u64)>> {
        let file = self.nodes.get(path).filter(|found| found.node.kind == NodeKind::File);
        Ok(file.map(|found| {
            let size = found.node.size;
            (TarContent { file: self.file.clone(), at: found.offset, left: size }, size)
        }))
    }
}

/// The content of a file in the tar file.
pub struct TarContent {
    file: Arc<File>,
    at: u64,
    left: u64,
}

impl Read for TarContent {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.file.read_at(buffer.get_mut(..length).unwrap_or_default(), self.at)?;
        self.at = self.at.saturating_add(read as u64);
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

/// A name whose first component stands for the path `at`, in its plain form.
fn below(at: &[u8], name: &[u8]) -> Vec<u8> {
    let parts = name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    let first = Some(at).filter(|at| !at.is_empty());
    first.into_iter().chain(parts.skip(1)).collect::<Vec<_>>().join(&b'/')
}

#[cfg(test)]
pub(super) mod tests;

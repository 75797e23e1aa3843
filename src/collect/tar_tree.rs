//! The project's files in a tar file that the engine has sent (`GET /containers/{id}/archive`), for images that cannot run this
//! program. The index is in memory, the content stays in the file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use tar::EntryType;

use super::follow::{Followed, follow};
use super::tar_index::{TarIndex, TarIndexEntry};
use super::tree::{NodeKind, Tree, TreeNode, split};

/// How many entries the index may have: about 280 bytes of memory each.
const INDEX_MAX: usize = 2_000_000;

/// The project's files in a tar file.
pub struct TarTree {
    file: Arc<File>,
    project_dir: Vec<u8>,
    nodes: HashMap<Box<[u8]>, TarNode>,
    /// The names in each folder.
    folders: HashMap<Box<[u8]>, Vec<Box<[u8]>>>,
}

#[derive(Debug, Clone)]
struct TarNode {
    node: TreeNode,
    /// The target of a link, else empty.
    link: Box<[u8]>,
    /// Where the content begins.
    offset: u64,
}

impl TarTree {
    /// Reads the headers of `file`, which must contain the folder `project_dir` and nothing else. The engine prefixes every
    /// name with the name of that folder.
    ///
    /// # Errors
    /// The file cannot be read, does not contain the folder, or has more entries than the index.
    pub fn read(file: File, project_dir: &str) -> io::Result<Self> {
        let mut tree = Self {
            file: Arc::new(file),
            project_dir: project_dir.as_bytes().to_vec(),
            nodes: HashMap::new(),
            folders: HashMap::new(),
        };
        let file = tree.file.clone();
        let mut index = TarIndex::new(&file)?;
        while let Some(entry) = index.next()? {
            tree.add(&entry)?;
            if tree.nodes.len() > INDEX_MAX {
                return Err(io::Error::other(format!("the project has more than {INDEX_MAX} files")));
            }
        }
        match tree.nodes.get(&b""[..]) {
            Some(root) if root.node.kind == NodeKind::Directory => Ok(tree),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the project's folder is not in it")),
        }
    }

    fn add(&mut self, entry: &TarIndexEntry) -> io::Result<()> {
        let TarIndexEntry { header, link, .. } = entry;
        let path = below_project(&entry.path);
        let found = match header.entry_type() {
            EntryType::Link => {
                // The content is that of the first of the files that are linked.
                let first = below_project(link);
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
        let (folder, name) = split(&path);
        if self.nodes.insert(path.clone().into(), found).is_none() && !name.is_empty() {
            self.folders.entry(folder.into()).or_default().push(name.into());
        }
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

/// A name without the project's folder before it, in its plain form.
fn below_project(name: &[u8]) -> Vec<u8> {
    let parts = name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    parts.skip(1).collect::<Vec<_>>().join(&b'/')
}

#[cfg(test)]
pub(super) mod tests;

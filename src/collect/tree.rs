//! The files of the project, wherever they are: on a file system, or in a tar file that the engine has sent.
//!
//! Paths are bytes, relative to the project's folder and plain: without `.`, `..` and empty components; the folder itself is
//! empty. No component of a path but the last one may be a link.

use std::io::{self, Read};

/// The names in a folder, with what they are if that is known.
pub type FolderNames = Vec<(Vec<u8>, Option<NodeKind>)>;

/// Access to the project's files.
pub trait Tree {
    /// The content of a file.
    type Content: Read;

    /// What lies at `path`; of a link, the link itself. `None` if nothing does.
    fn node(&mut self, path: &[u8]) -> io::Result<Option<TreeNode>>;

    /// The names in a folder, in any order.
    ///
    /// # Errors
    /// The folder cannot be read, or has more names than may be held in memory
    /// ([`super::entry_budget::EntryLimitExceeded`]).
    fn names(&mut self, folder: &[u8]) -> io::Result<FolderNames>;

    /// The target of a link as it is written.
    fn link_target(&mut self, path: &[u8]) -> io::Result<Vec<u8>>;

    /// Whether the target of a link exists, in the project or elsewhere.
    fn has_target(&mut self, path: &[u8]) -> bool;

    /// Opens a regular file. The result has the size that it has now; `None` if no regular file is there any more.
    fn open(&mut self, path: &[u8]) -> io::Result<Option<(Self::Content, u64)>>;
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    File,
    Directory,
    Link,
    /// A pipe, a socket or a device.
    Special,
}

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeNode {
    pub kind: NodeKind,
    /// Permission bits, without setuid, setgid and sticky.
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    /// Seconds since 1970; earlier times are 0, as a tar header has none.
    pub modified: u64,
    /// The nanoseconds beyond [`TreeNode::modified`].
    pub modified_ns: u32,
    /// The size of a file, else 0.
    pub size: u64,
}

/// Puts a name behind a folder.
pub fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

/// Cuts a path into its folder and its name.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (path.get(..slash).unwrap_or_default(), path.get(slash + 1..).unwrap_or_default()),
        None => (b"", path),
    }
}

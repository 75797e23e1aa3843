//! The repository of a linked worktree (`git worktree add`), whose `.git` is a file.
//!
//! A stranger may have written that file, and name the repository of another project in it. So the repository must name the
//! worktree in turn, in a folder of its own below `worktrees`, which only its owner can make.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::repository::{git_directory, read_start};

/// The part of a file with a path that is read: the longest path of Linux.
const PATH_BYTES_MAX: u64 = 4 << 10;

/// The folders of a repository that has several working trees, as absolute paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFolders {
    /// What only this working tree has: HEAD, the index.
    pub own: PathBuf,
    /// What all of them share: objects, refs, the configuration.
    pub common: PathBuf,
}

/// The folders of the repository of the working tree at `root`, if that is a linked worktree and the repository says so.
pub(super) fn folders(root: &Path) -> Option<RepositoryFolders> {
    let link = root.join(".git");
    if !link.symlink_metadata().ok()?.is_file() {
        return None;
    }
    let own = git_directory(root)?;
    let common = common_folder(&own)?;
    let is_its_own = own.parent()? == common.join("worktrees");
    let is_of_worktree = named_by(&own, "gitdir")? == link.canonicalize().ok()?;
    // Refs in this format have no files, so that those of two folders cannot be put together.
    let has_files = !common.join("reftable").exists();
    (is_its_own && is_of_worktree && has_files).then_some(RepositoryFolders { own, common })
}

/// The folder that the working trees of a repository share, as the folder of one of them says.
fn common_folder(own: &Path) -> Option<PathBuf> {
    named_by(own, "commondir")
}

/// The existing path in a file of the folder, without symbolic links.
fn named_by(folder: &Path, file: &str) -> Option<PathBuf> {
    let bytes = read_start(&folder.join(file), PATH_BYTES_MAX)?;
    let path = bytes.split(|byte| matches!(byte, b'\n' | b'\r' | 0)).next()?;
    folder.join(OsStr::from_bytes(path)).canonicalize().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::sandbox::Sandbox;
    use super::*;

    #[test]
    fn the_repository_of_a_linked_worktree_is_found_and_no_other_one() {
        let sandbox = Sandbox::new();
        sandbox.commit("first");
        sandbox.git(&["worktree", "add", "-q", "tree"]);
        sandbox.git(&["init", "-q", "--separate-git-dir", "kept.git", "separate"]);
        let root = sandbox.root().canonicalize().unwrap();
        let (own, common) = (root.join(".git/worktrees/tree"), root.join(".git"));
        let expect = RepositoryFolders { own: own.clone(), common };
        assert_eq!(folders(&root.join("tree")), Some(expect));
        assert_eq!([folders(&root), folders(&root.join("separate"))], [None, None]);
        // Another folder names the worktree's repository.
        sandbox.write("other/.git", &format!("gitdir: {}\n", own.display()));
        assert_eq!(folders(&root.join("other")), None);
        // A folder that is not the repository's names the repository.
        sandbox.write("other/fake/gitdir", &root.join("other/.git").display().to_string());
        sandbox.write("other/fake/commondir", &root.join(".git").display().to_string());
        sandbox.write("other/.git", "gitdir: fake\n");
        assert_eq!(folders(&root.join("other")), None);
        fs::create_dir_all(root.join(".git/reftable")).unwrap();
        assert_eq!(folders(&root.join("tree")), None);
    }
}

//! The files of a commit, written into a folder that was made for them. This is the only thing that git writes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::GitError;
use super::linked_worktree::folders;
use super::own_repository::own_directory;
use super::repository::Repository;

/// How long git may write the files of a commit.
const TIME_MAX: Duration = Duration::from_secs(600);

/// The longest answer; there is none.
const ANSWER_BYTES_MAX: usize = 1 << 10;

/// The folder with the objects and refs of the repository at `root`, if they are its own; a linked worktree has those of
/// the repository that names it.
pub fn objects_folder(root: &Path) -> Option<PathBuf> {
    folders(root).map(|linked| linked.common).or_else(|| own_directory(root))
}

/// Writes the files of HEAD into the empty working tree at `tree`, and its index. No filter runs, so that files of Git LFS
/// are pointers.
///
/// # Errors
/// git cannot read the commit, cannot write the files, or takes longer than ten minutes.
pub fn write_files(tree: &Path) -> Result<(), GitError> {
    let repository = Repository::open(tree)?.at_root().without_filters()?;
    repository.start("read-tree", &["HEAD"])?.output(ANSWER_BYTES_MAX, &[0], TIME_MAX)?;
    repository.start("checkout-index", &["--all"])?.output(ANSWER_BYTES_MAX, &[0], TIME_MAX)?;
    Ok(())
}

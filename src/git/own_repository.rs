//! Whether a repository holds its objects itself.
//!
//! A stranger may have written a `.git` that leads to the repository of another project of the user: by a symbolic link, a
//! `.git` file, `commondir` or `alternates`. Its files and history must not reach the stranger's jobs.

use std::fs::read_dir;
use std::io;
use std::path::{Path, PathBuf};

/// The files by which a git directory names another one.
const ELSEWHERE: [&str; 3] = ["commondir", "objects/info/alternates", "objects/info/http-alternates"];

/// How deep the files of refs may lie; git's own names hardly have more than five parts.
const REF_DEPTH_MAX: usize = 32;

/// Objects lie in a folder of `objects`, and split graphs of commits in `objects/info/commit-graphs`.
const OBJECT_DEPTH: usize = 3;

/// The folder `.git` at `root`, if it is a folder and nothing in it that git reads objects and refs from lies elsewhere.
pub(super) fn own_directory(root: &Path) -> Option<PathBuf> {
    let git = root.join(".git");
    let is_whole = git.symlink_metadata().ok()?.is_dir()
        && git.join("HEAD").symlink_metadata().ok()?.is_file()
        && ELSEWHERE.iter().all(|file| git.join(file).symlink_metadata().is_err())
        && ["packed-refs", "config"].iter().all(|file| !git.join(file).is_symlink())
        && has_no_links(&git.join("objects"), OBJECT_DEPTH).ok()?
        && has_no_links(&git.join("refs"), REF_DEPTH_MAX).ok()?;
    if is_whole { git.canonicalize().ok() } else { None }
}

/// Whether there is no symbolic link in the folder, up to this depth; folders that lie deeper count as links.
fn has_no_links(folder: &Path, depth: usize) -> io::Result<bool> {
    if folder.symlink_metadata()?.is_symlink() || depth == 0 {
        return Ok(false);
    }
    for entry in read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_symlink() || (kind.is_dir() && !has_no_links(&entry.path(), depth - 1)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::super::sandbox::Sandbox;
    use super::*;

    /// Whether a repository with one commit is its own after `change`, which gets its root and that of another one.
    fn is_own_after(change: impl FnOnce(&Path, &Path)) -> bool {
        let (own, other) = (Sandbox::new(), Sandbox::new());
        own.commit("first");
        other.commit("secret");
        change(own.root(), other.root());
        own_directory(own.root()).is_some()
    }

    #[test]
    fn a_repository_of_another_project_is_not_taken_for_the_own_one() {
        assert!(is_own_after(|_, _| {}));
        assert!(is_own_after(|own, _| fs::create_dir_all(own.join(".git/refs/heads/a/b/c")).unwrap()));
        assert!(is_own_after(
            |own, _| fs::create_dir_all(own.join(".git/objects/info/commit-graphs")).unwrap()
        ));
        assert!(!is_own_after(|own, other| {
            fs::rename(own.join(".git"), own.join("kept")).unwrap();
            symlink(other.join(".git"), own.join(".git")).unwrap();
        }));
        assert!(!is_own_after(|own, other| {
            fs::rename(own.join(".git"), own.join("kept")).unwrap();
            fs::write(own.join(".git"), format!("gitdir: {}\n", other.join(".git").display())).unwrap();
        }));
        for file in ELSEWHERE {
            assert!(
                !is_own_after(|own, other| {
                    let file = own.join(".git").join(file);
                    fs::create_dir_all(file.parent().unwrap()).unwrap();
                    fs::write(file, other.join(".git/objects").display().to_string()).unwrap();
                }),
                "{file}"
            );
        }
        for name in ["objects", "objects/aa", "objects/pack/x.pack", "refs", "refs/heads/x", "HEAD", "config"]
        {
            assert!(
                !is_own_after(|own, other| {
                    let place = own.join(".git").join(name);
                    if place.exists() {
                        fs::rename(&place, own.join("kept")).unwrap();
                    }
                    symlink(other.join(".git").join(name), place).unwrap();
                }),
                "{name}"
            );
        }
    }
}

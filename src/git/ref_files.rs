//! Reads the refs of a repository from its files, as far as git would certainly say the same: starting git takes longer
//! than all else that the queries for a job do. Everything unusual is left to git: links, refs that name other refs, a
//! linked worktree, and a repository that keeps its refs in another way than in files (its `HEAD` names `.invalid`).

use std::io::ErrorKind;
use std::path::PathBuf;

use super::repository::read_start;

/// The part of a ref's file that is read: the longest name, and the prefix.
const REF_BYTES_MAX: u64 = 8 << 10;

/// The largest list of packed refs that is read, which has some 4,000. To start git costs as much as to read this much.
const PACKED_BYTES_MAX: u64 = 256 << 10;

/// The prefix by which a ref names another.
const SYMBOLIC: &str = "ref: ";

/// The answer takes git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AskGit;

/// The refs of a repository in files.
#[derive(Debug)]
pub(super) struct RefFiles {
    git: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum RefState {
    Missing,
    Object,
    Symbolic(String),
}

impl RefFiles {
    /// The refs of the repository with this folder.
    pub(super) fn new(git: PathBuf) -> Self {
        Self { git }
    }

    /// The current branch, which may have no commit yet; `None` if HEAD is detached.
    pub(super) fn branch(&self) -> Result<Option<String>, AskGit> {
        let target = match self.state("HEAD")? {
            RefState::Object => return Ok(None),
            RefState::Symbolic(target) => target,
            RefState::Missing => return Err(AskGit),
        };
        let branch = target.strip_prefix("refs/heads/").ok_or(AskGit)?;
        match self.state(&target)? {
            RefState::Object | RefState::Missing => Ok(Some(branch.to_owned())),
            RefState::Symbolic(_) => Err(AskGit),
        }
    }

    /// The branch of origin's HEAD, else `main` or `master`, of origin or here; `None` if there is none of them.
    pub(super) fn default_branch(&self) -> Result<Option<String>, AskGit> {
        if let RefState::Symbolic(target) = self.state("refs/remotes/origin/HEAD")?
            && self.exists(&target)?
            && let Some(branch) = target.strip_prefix("refs/remotes/origin/")
        {
            return Ok(Some(branch.to_owned()));
        }
        for branch in ["main", "master"] {
            for prefix in ["refs/remotes/origin", "refs/heads"] {
                if self.exists(&format!("{prefix}/{branch}"))? {
                    return Ok(Some(branch.to_owned()));
                }
            }
        }
        Ok(None)
    }

    fn exists(&self, name: &str) -> Result<bool, AskGit> {
        match self.state(name)? {
            RefState::Missing => Ok(false),
            RefState::Object => Ok(true),
            RefState::Symbolic(_) => Err(AskGit),
        }
    }

    fn state(&self, name: &str) -> Result<RefState, AskGit> {
        if !is_plain(name) || self.git.join("commondir").symlink_metadata().is_ok() {
            return Err(AskGit);
        }
        let path = self.git.join(name);
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_file() => {}
            Ok(metadata) if metadata.is_dir() => return self.packed(name),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return self.packed(name);
            }
            Ok(_) | Err(_) => return Err(AskGit),
        }
        let text = read_start(&path, REF_BYTES_MAX).ok_or(AskGit)?;
        let text = std::str::from_utf8(&text).map_err(|_| AskGit)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        match text.strip_prefix(SYMBOLIC) {
            Some(target) if is_plain(target) => Ok(RefState::Symbolic(target.to_owned())),
            None if is_hash(text) => Ok(RefState::Object),
            Some(_) | None => Err(AskGit),
        }
    }

    /// Looks for a ref without a file of its own. Such a ref is never symbolic.
    fn packed(&self, name: &str) -> Result<RefState, AskGit> {
        let path = self.git.join("packed-refs");
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_file() && metadata.len() <= PACKED_BYTES_MAX => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(RefState::Missing),
            Ok(_) | Err(_) => return Err(AskGit),
        }
        let list = read_start(&path, PACKED_BYTES_MAX).ok_or(AskGit)?;
        let mut lines = list.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
        let is_packed = lines.any(|line| {
            line.strip_suffix(name).and_then(|start| start.strip_suffix(' ')).is_some_and(is_hash)
        });
        Ok(if is_packed { RefState::Object } else { RefState::Missing })
    }
}

/// Whether git accepts the name, and no part of it leads elsewhere: a stricter rule than git's.
fn is_plain(name: &str) -> bool {
    let is_fine = |byte: u8| byte > b' ' && !b"~^:?*[\\\x7f@".contains(&byte);
    let is_part = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.ends_with(".lock")
    };
    name.bytes().all(is_fine) && !name.contains("..") && name.split('/').all(is_part)
}

/// Whether the text is the id of an object.
fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::super::sandbox::Sandbox;
    use super::*;

    fn refs(sandbox: &Sandbox) -> RefFiles {
        RefFiles::new(sandbox.root().join(".git"))
    }

    #[track_caller]
    fn check(sandbox: &Sandbox, branch: Result<Option<&str>, AskGit>, default: Result<Option<&str>, AskGit>) {
        let refs = refs(sandbox);
        let known = (refs.branch(), refs.default_branch());
        assert_eq!(
            known,
            (branch.map(|name| name.map(str::to_owned)), default.map(|name| name.map(str::to_owned)))
        );
    }

    #[test]
    fn a_branch_is_known_before_and_after_its_first_commit_and_packed() {
        let sandbox = Sandbox::new();
        check(&sandbox, Ok(Some("main")), Ok(None));
        sandbox.commit("first");
        check(&sandbox, Ok(Some("main")), Ok(Some("main")));
        sandbox.git(&["checkout", "-q", "-b", "topic/é,1"]);
        sandbox.git(&["pack-refs", "--all", "--prune"]);
        check(&sandbox, Ok(Some("topic/é,1")), Ok(Some("main")));
        sandbox.git(&["checkout", "-q", "--detach"]);
        check(&sandbox, Ok(None), Ok(Some("main")));
    }

    #[test]
    fn the_head_of_origin_counts_only_while_its_branch_exists() {
        let sandbox = Sandbox::new();
        sandbox.commit("first");
        sandbox.git(&["branch", "-m", "master"]);
        sandbox.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk"]);
        check(&sandbox, Ok(Some("master")), Ok(Some("master")));
        sandbox.git(&["update-ref", "refs/remotes/origin/trunk", "HEAD"]);
        check(&sandbox, Ok(Some("master")), Ok(Some("trunk")));
        sandbox.git(&["pack-refs", "--all", "--prune"]);
        check(&sandbox, Ok(Some("master")), Ok(Some("trunk")));
    }

    #[test]
    fn what_another_ref_a_link_or_another_storage_decides_is_left_to_git() {
        let sandbox = Sandbox::new();
        sandbox.commit("first");
        sandbox.git(&["symbolic-ref", "refs/heads/other", "refs/heads/main"]);
        for head in
            ["refs/heads/other", "refs/heads/.invalid", "refs/heads/../../x", "refs/heads/a b", "refs/tags/x"]
        {
            sandbox.write(".git/HEAD", &format!("ref: {head}\n"));
            check(&sandbox, Err(AskGit), Ok(Some("main")));
        }
        sandbox.write(".git/HEAD", "1234\n");
        check(&sandbox, Err(AskGit), Ok(Some("main")));
        std::fs::remove_file(sandbox.root().join(".git/HEAD")).unwrap();
        std::os::unix::fs::symlink("refs/heads/main", sandbox.root().join(".git/HEAD")).unwrap();
        std::os::unix::fs::symlink("main", sandbox.root().join(".git/refs/heads/master")).unwrap();
        check(&sandbox, Err(AskGit), Ok(Some("main")));
        std::fs::remove_file(sandbox.root().join(".git/refs/heads/main")).unwrap();
        check(&sandbox, Err(AskGit), Err(AskGit));
    }

    #[test]
    fn more_packed_refs_than_are_read_are_left_to_git() {
        let sandbox = Sandbox::new();
        let line = |name: &str| format!("{} {name}\n", "0".repeat(40));
        sandbox.write(".git/packed-refs", &(line("refs/heads/xmain") + &line("refs/heads/main")));
        assert_eq!(refs(&sandbox).exists("refs/heads/main"), Ok(true));
        assert_eq!(refs(&sandbox).exists("heads/main"), Ok(false));
        let many = line("refs/tags/x").repeat(1 + usize::try_from(PACKED_BYTES_MAX).unwrap() / 50);
        sandbox.write(".git/packed-refs", &many);
        check(&sandbox, Err(AskGit), Err(AskGit));
    }

    #[test]
    fn a_linked_worktree_is_left_to_git() {
        let sandbox = Sandbox::new();
        sandbox.commit("first");
        sandbox.git(&["worktree", "add", "-q", "tree"]);
        let refs = RefFiles::new(sandbox.root().join(".git/worktrees/tree"));
        assert_eq!((refs.branch(), refs.default_branch()), (Err(AskGit), Err(AskGit)));
    }
}

//! Reads a repository's root and branch without running git, for shell completion, which must be fast.

use std::path::Path;

use super::facts::GitFacts;
use super::repository::{git_directory, has_git_entry, read_head};

/// The prefix of the current branch in `HEAD`.
const BRANCH: &str = "ref: refs/heads/";

/// The root and the branch of the repository that contains `directory`; other facts are absent.
pub fn glance(directory: &Path) -> Option<GitFacts> {
    let root = directory.ancestors().find(|folder| has_git_entry(folder))?;
    let head = git_directory(root).and_then(|folder| read_head(&folder.join("HEAD"))).unwrap_or_default();
    Some(GitFacts {
        root: root.to_owned(),
        commit: None,
        branch: head.trim_end().strip_prefix(BRANCH).map(str::to_owned),
        tag: None,
        origin: None,
        linked: None,
        default_branch: None,
        user_name: None,
        user_email: None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    #[test]
    fn root_and_branch_are_the_same_as_from_git() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main");
        fs::create_dir_all(path.join("sub")).unwrap();
        assert_eq!(glance(&path.join("sub")), None);
        let git = |arguments: &[&str]| {
            let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
            let mut command = Command::new("git");
            let ran = command.current_dir(&path).args(identity).args(arguments).output().unwrap();
            assert!(ran.status.success(), "{arguments:?}: {ran:?}");
        };
        git(&["init", "-q", "-b", "topic/x"]);
        git(&["commit", "-q", "--allow-empty", "-m", "one"]);
        git(&["worktree", "add", "-q", "-b", "other", "../tree"]);
        let seen = |directory: &Path| glance(directory).map(|facts| (facts.root, facts.branch));
        assert_eq!(seen(&path.join("sub")), Some((path.clone(), Some("topic/x".to_owned()))));
        let tree = folder.path().join("tree");
        assert_eq!(seen(&tree), Some((tree.clone(), Some("other".to_owned()))));
        git(&["checkout", "-q", "--detach"]);
        assert_eq!(seen(&path), Some((path.clone(), None)));
    }
}

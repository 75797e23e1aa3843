//! What a look into the repository's own files tells, in no time: for answers at the press of a key.

use std::fs;
use std::path::Path;

use super::facts::GitFacts;

/// How a worktree or submodule names the folder of its repository.
const ELSEWHERE: &str = "gitdir: ";

/// What comes before the name of the branch that is checked out.
const BRANCH: &str = "ref: refs/heads/";

/// The repository that `directory` is in, with its root and its branch alone; git is not run.
pub fn glance(directory: &Path) -> Option<GitFacts> {
    let root = directory.ancestors().find(|folder| folder.join(".git").exists())?;
    let mut folder = root.join(".git");
    if let Ok(text) = fs::read_to_string(&folder)
        && let Some(other) = text.strip_prefix(ELSEWHERE)
    {
        folder = root.join(other.trim_end());
    }
    let head = fs::read_to_string(folder.join("HEAD")).unwrap_or_default();
    Some(GitFacts {
        root: root.to_owned(),
        commit: None,
        branch: head.trim_end().strip_prefix(BRANCH).map(str::to_owned),
        tag: None,
        origin: None,
        default_branch: None,
        user_name: None,
        user_email: None,
        uncommitted_changes: false,
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn root_and_branch_are_those_that_git_says() {
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

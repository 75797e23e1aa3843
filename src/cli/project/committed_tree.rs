//! The files of HEAD, in a temporary folder (`--committed`).

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::cli::user_message::UserMessage;
use crate::error_chain::chain;
use crate::git::changes::{ComparisonBase, changes};
use crate::git::committed::{objects_folder, write_files};
use crate::git::facts::{GitFacts, RepositoryFolders};
use crate::plan::facts::CommittedSources;

/// How many names are tried for the folder.
const NAMES_MAX: u32 = 100;

/// How many changes are named.
const NAMED_MAX: usize = 10;

/// Why the files of a commit are not read.
const NOT_ITS_OWN: &str = "--committed needs a repository that lies in the project's own folder `.git`, or a linked worktree \
                           that its repository names: this one refers to another place (by a link, a `.git` \
                           file, `commondir` or `alternates`), and files of another project must not reach the \
                           jobs";

/// A folder with the files of HEAD, which goes with this value.
pub struct CommittedTree {
    folder: PathBuf,
    sources: CommittedSources,
}

impl CommittedTree {
    /// Writes the files of HEAD into a new folder in `temporary`. The messages say which changes are not among them.
    ///
    /// # Errors
    /// There is no commit, or its files cannot be written.
    pub(super) fn new(git: Option<&GitFacts>, temporary: &Path) -> Result<(Self, Vec<UserMessage>), String> {
        let commit = git.and_then(|git| Some((git, git.commit.as_ref()?)));
        let Some((git, commit)) = commit else {
            return Err("--committed needs a git repository with a commit".to_owned());
        };
        let objects = objects_folder(&git.root).ok_or(NOT_ITS_OWN)?;
        let unwritten = |problem: String| {
            format!("cannot write the files of the commit into `{}`: {problem}", temporary.display())
        };
        let folder = new_folder(temporary).map_err(|error| unwritten(error.to_string()))?;
        let (root, own) = (folder.join("tree"), folder.join("git"));
        let repository = RepositoryFolders { own: own.clone(), common: objects };
        let tree = Self { sources: CommittedSources { root, repository: repository.clone() }, folder };
        tree.prepare(&repository, &commit.sha).map_err(|error| unwritten(error.to_string()))?;
        write_files(tree.root()).map_err(|error| unwritten(chain(&error)))?;
        Ok((tree, vec![left_out(git, &commit.sha)].into_iter().flatten().collect()))
    }

    /// The folder with the files.
    pub(super) fn root(&self) -> &Path {
        &self.sources.root
    }

    pub(super) fn sources(&self) -> CommittedSources {
        self.sources.clone()
    }

    /// Makes a working tree without files, which shares the objects of the repository.
    fn prepare(&self, repository: &RepositoryFolders, commit: &str) -> io::Result<()> {
        let RepositoryFolders { own, common } = repository;
        fs::create_dir(self.root())?;
        fs::create_dir(own)?;
        fs::write(own.join("HEAD"), format!("{commit}\n"))?;
        fs::write(own.join("commondir"), [common.as_os_str().as_bytes(), b"\n"].concat())?;
        let link = [b"gitdir: ", own.as_os_str().as_bytes(), b"\n"].concat();
        fs::write(self.root().join(".git"), link)
    }
}

impl Drop for CommittedTree {
    /// A failure has no consequence but a folder in the folder for temporary files, which most systems empty.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes a folder that only the user can read.
fn new_folder(temporary: &Path) -> io::Result<PathBuf> {
    let temporary = temporary.canonicalize()?;
    let process = std::process::id();
    for number in 0..NAMES_MAX {
        let folder = temporary.join(OsString::from(format!("runner-lite-{process}-{number}")));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Says which changes are not committed.
fn left_out(git: &GitFacts, commit: &str) -> Option<UserMessage> {
    match changes(&git.root, ComparisonBase::Commit(commit)) {
        Ok(paths) => left_out_text(&paths).map(UserMessage::Note),
        Err(error) => {
            let warning = format!("cannot list the changes that --committed leaves out: {}", chain(&error));
            Some(UserMessage::Warning(warning))
        }
    }
}

fn left_out_text(paths: &[String]) -> Option<String> {
    let named: Vec<String> = paths.iter().take(NAMED_MAX).map(|path| format!("`{path}`")).collect();
    let more = paths.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty())
        .then(|| format!("--committed leaves out uncommitted changes: {}{more}", named.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_changes_are_named_at_most() {
        let paths = |count: usize| (0..count).map(|n| format!("f{n}")).collect::<Vec<_>>();
        assert_eq!(left_out_text(&[]), None);
        let two = "--committed leaves out uncommitted changes: `f0`, `f1`";
        assert_eq!(left_out_text(&paths(2)).as_deref(), Some(two));
        assert!(left_out_text(&paths(10)).unwrap().ends_with("`f9`"));
        assert!(left_out_text(&paths(13)).unwrap().ends_with("`f9` and 3 more"));
    }

    #[test]
    fn no_two_trees_share_a_folder_and_it_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let temporary = tempfile::tempdir().unwrap();
        let (one, two) = (new_folder(temporary.path()).unwrap(), new_folder(temporary.path()).unwrap());
        assert_ne!(one, two);
        assert_eq!(one.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }
}

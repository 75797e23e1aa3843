//! A repository that git accepts, and the root of its working tree.
//!
//! A stranger may have written the repository, its `.git` included, so two things of its configuration do not count here:
//!
//! - `core.worktree`. The root is the folder that contains the `.git`, wherever the configuration says that it is.
//! - Filters, which are programs that git would run to compare a file with the index. [`Repository::without_filters`].
//!
//! `.git` may be a file that names a folder anywhere: a linked worktree and a submodule have such a file. git reads that
//! folder as data if it is a git directory and belongs to the user (`safe.directory`); so do the folders that it names
//! itself (`commondir`, `objects/info/alternates`). None of them is ever copied into a container but the repository of a
//! linked worktree (`linked_worktree.rs`).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::command::RunningGit;
use super::error::GitError;

/// How long a query may take; it reads a few small files.
const TIME_MAX: Duration = Duration::from_secs(10);

/// The longest answer. A longer list of filters is refused, because those at its end would stay active.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// The part of a `.git` file that is read: the longest path of Linux, and the prefix.
const GIT_FILE_BYTES_MAX: u64 = 8 << 10;

/// The prefix by which a `.git` file names the repository's folder.
const ELSEWHERE: &[u8] = b"gitdir: ";

/// A repository with a working tree.
#[derive(Debug)]
pub(super) struct Repository {
    /// Where git runs: the root, or a folder in it.
    directory: PathBuf,
    root: PathBuf,
    /// The repository's own folder, without symbolic links.
    git_directory: PathBuf,
    /// `key=value`, which outranks all configuration.
    settings: Vec<OsString>,
}

impl Repository {
    /// Finds the repository of `directory`.
    ///
    /// # Errors
    /// `directory` is in no repository or in one without a working tree. git may be missing or refuse the repository, of
    /// which some queries learn only when they start.
    pub(super) fn open(directory: &Path) -> Result<Self, GitError> {
        ensure_repository(directory)?;
        // git searches from the physical directory, and reports one that does not exist.
        let physical = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let without_work_tree = || GitError::NoWorkTree { directory: directory.to_owned() };
        let nearest = physical.ancestors().find(|folder| has_git_entry(folder));
        let accepted = match nearest.filter(|nearest| is_surely_accepted(nearest, &physical)) {
            Some(folder) => git_directory(folder).ok_or_else(without_work_tree)?,
            None => accepted_git_directory(&physical, nearest)?,
        };
        if physical.starts_with(&accepted) {
            return Err(without_work_tree());
        }
        let root = root_of(&accepted, &physical)?.ok_or_else(without_work_tree)?.to_owned();
        Ok(Self { directory: physical, root, git_directory: accepted, settings: Vec::new() })
    }

    /// The same repository, asked from its root, so that no list is limited to a folder.
    pub(super) fn at_root(mut self) -> Self {
        self.directory.clone_from(&self.root);
        self
    }

    /// Disables all filters, for a command that compares files with the index.
    ///
    /// A file with a filter, such as one of git-lfs, then counts as changed unless its size and times are those that git
    /// has recorded: only the filter could tell. The user's own filters are disabled as well, because they read the
    /// repository's configuration in turn (`lfs.extension.*.clean`).
    ///
    /// # Errors
    /// The configuration cannot be read, or the name of a filter cannot be given to every version of git.
    pub(super) fn without_filters(mut self) -> Result<Self, GitError> {
        let refuse = |problem| Err(GitError::Answer { operation: "config", problem });
        let git = self.start("config", &["-z", "--name-only", "--get-regexp", r"^filter\."])?;
        // git exits with 1 if the configuration has no filter.
        let keys = git.output(ANSWER_BYTES_MAX, &[0, 1], TIME_MAX)?;
        if keys.len() >= ANSWER_BYTES_MAX {
            return refuse("the repository has too many filters");
        }
        for key in keys.split(|byte| *byte == 0).filter(|key| !key.is_empty()) {
            // `git -c` takes the first `=` as the end of the key; the variables that could take it do not exist before 2.31.
            if key.contains(&b'=') {
                return refuse("the name of a filter contains `=`");
            }
            let value: &[u8] = if key.ends_with(b".required") { b"=false" } else { b"=" };
            self.settings.push(OsString::from_vec([key, value].concat()));
        }
        Ok(self)
    }

    /// The folder that contains the repository's `.git`, without symbolic links.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder `.git`, or the one that a file of this name names.
    pub(super) fn git_directory(&self) -> &Path {
        &self.git_directory
    }

    /// Starts `git operation arguments…` in the directory that the repository was found from.
    pub(super) fn start(
        &self,
        operation: &'static str,
        arguments: &[impl AsRef<OsStr>],
    ) -> Result<RunningGit, GitError> {
        RunningGit::start(&self.directory, Some(&self.root), &self.settings, operation, arguments)
    }
}

/// Whether git uses the `.git` in `folder` for certain, so that it need not be asked, which takes as long as a query: it
/// is a folder with everything that git looks for, and no bare repository lies nearer to `directory`.
fn is_surely_accepted(folder: &Path, directory: &Path) -> bool {
    let git = folder.join(".git");
    // git judges a link by its target, not by the text there.
    let is_text = git.join("HEAD").symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let head = read_head(&git.join("HEAD")).filter(|_| is_text).unwrap_or_default();
    let names_commit =
        head.trim_end().len() >= 40 && head.trim_end().bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_git = (head.starts_with("ref: refs/") || names_commit)
        && !git.join("commondir").exists()
        && [git.clone(), git.join("objects"), git.join("refs")]
            .iter()
            .all(|path| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()));
    is_git && directory.ancestors().take_while(|nearer| *nearer != folder).all(|nearer| !is_bare(nearer))
}

/// Asks git which repository it uses; it passes over a `.git` that is no repository.
fn accepted_git_directory(directory: &Path, nearest: Option<&Path>) -> Result<PathBuf, GitError> {
    let git = RunningGit::start(directory, nearest, &[], "rev-parse", &["--absolute-git-dir"])?;
    let mut answer = git.output(ANSWER_BYTES_MAX, &[0], TIME_MAX)?;
    answer.pop_if(|byte| *byte == b'\n');
    let accepted = PathBuf::from(OsString::from_vec(answer));
    Ok(accepted.canonicalize().unwrap_or(accepted))
}

/// The nearest folder whose `.git` is or names `accepted`.
///
/// # Errors
/// A nearer `.git` is no folder. git passes over no such file, so git has understood it otherwise, and the repository
/// further out would be one that the project's author does not own.
fn root_of<'a>(accepted: &Path, directory: &'a Path) -> Result<Option<&'a Path>, GitError> {
    for folder in directory.ancestors().filter(|folder| has_git_entry(folder)) {
        if git_directory(folder).is_some_and(|found| found == accepted) {
            return Ok(Some(folder));
        }
        let git = folder.join(".git");
        if !git.is_dir() {
            return Err(GitError::PassedOver { git, accepted: accepted.to_owned() });
        }
    }
    Ok(None)
}

/// Whether the folder contains something with the name `.git`, be it a link to nowhere.
pub(super) fn has_git_entry(folder: &Path) -> bool {
    folder.join(".git").symlink_metadata().is_ok()
}

/// Whether the folder itself looks like the folder of a repository.
fn is_bare(folder: &Path) -> bool {
    folder.join("HEAD").exists() && folder.join("objects").exists()
}

/// Checks for a repository without starting git: a repository has a `.git` in the directory or in a parent, a bare one
/// has `HEAD` and `objects`.
///
/// # Errors
/// The directory is in no repository.
fn ensure_repository(directory: &Path) -> Result<(), GitError> {
    // git searches upwards from the physical directory, and reports one that cannot be read.
    let Ok(physical) = directory.canonicalize() else { return Ok(()) };
    let shows = |above: &Path| above.join(".git").exists() || is_bare(above);
    if physical.ancestors().any(shows) {
        return Ok(());
    }
    Err(GitError::NotRepository { directory: directory.to_owned() })
}

/// The folder of the repository that the `.git` in `folder` is or names, without symbolic links.
pub(super) fn git_directory(folder: &Path) -> Option<PathBuf> {
    let here = folder.join(".git");
    let metadata = here.metadata().ok()?;
    if metadata.is_dir() {
        return here.canonicalize().ok();
    }
    folder.join(named_path(&read_bytes(&here)?)?).canonicalize().ok()
}

/// The path in a `.git` file, of any bytes. git removes line breaks at the end of the file, then reads up to a NUL.
fn named_path(file: &[u8]) -> Option<&Path> {
    let length = file.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'))? + 1;
    let path = file.get(..length)?.strip_prefix(ELSEWHERE)?.split(|byte| *byte == 0).next()?;
    (!path.is_empty()).then(|| Path::new(OsStr::from_bytes(path)))
}

/// Reads the beginning of a small text file.
pub(super) fn read_head(path: &Path) -> Option<String> {
    String::from_utf8(read_bytes(path)?).ok()
}

fn read_bytes(path: &Path) -> Option<Vec<u8>> {
    read_start(path, GIT_FILE_BYTES_MAX)
}

/// Reads the beginning of a regular file.
pub(super) fn read_start(path: &Path, bytes_max: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let is_file = path.metadata().ok()?.is_file();
    let file = if is_file { File::open(path).ok()? } else { return None };
    file.take(bytes_max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::sandbox::Sandbox;
    use super::*;

    #[test]
    fn the_root_is_where_the_git_folder_is_whatever_the_configuration_says() {
        let sandbox = Sandbox::new();
        let root = sandbox.root().canonicalize().unwrap();
        sandbox.write("sub/file", "");
        for elsewhere in ["/", "/nowhere", "../../sub"] {
            sandbox.git(&["config", "core.worktree", elsewhere]);
            assert_eq!(Repository::open(&root.join("sub")).unwrap().root(), root, "{elsewhere}");
        }
    }

    #[test]
    fn linked_worktrees_and_separate_git_folders_have_their_own_root() {
        let sandbox = Sandbox::new();
        sandbox.commit("first");
        sandbox.git(&["worktree", "add", "-q", "tree"]);
        sandbox.git(&["init", "-q", "--separate-git-dir", "kept.git", "separate"]);
        for name in ["tree", "separate"] {
            let root = sandbox.root().join(name).canonicalize().unwrap();
            assert_eq!(Repository::open(&root).unwrap().root(), root);
        }
    }

    #[test]
    fn a_git_folder_that_is_no_repository_is_passed_over() {
        let sandbox = Sandbox::new();
        std::fs::create_dir_all(sandbox.root().join("sub/.git")).unwrap();
        let root = sandbox.root().canonicalize().unwrap();
        assert_eq!(Repository::open(&root.join("sub")).unwrap().root(), root);
    }

    #[test]
    fn a_bare_repository_inside_is_one_without_a_working_tree() {
        let sandbox = Sandbox::new();
        sandbox.git(&["init", "-q", "--bare", "inner"]);
        let opened = Repository::open(&sandbox.root().join("inner/hooks"));
        assert!(matches!(opened, Err(GitError::NoWorkTree { .. })), "{opened:?}");
    }

    #[test]
    fn git_is_asked_unless_its_answer_is_known() {
        let sandbox = Sandbox::new();
        let root = sandbox.root();
        assert!(is_surely_accepted(root, &root.join("sub")));
        sandbox.commit("first");
        sandbox.git(&["checkout", "-q", "--detach"]);
        assert!(is_surely_accepted(root, root));
        sandbox.write("bare/HEAD", "");
        sandbox.write("bare/objects/x", "");
        assert!(!is_surely_accepted(root, &root.join("bare/hooks")));
        for (head, expect) in
            [("ref: refs/heads/x\n", true), ("ref: /etc/passwd\n", false), ("1234\n", false)]
        {
            sandbox.write(".git/HEAD", head);
            assert_eq!(is_surely_accepted(root, root), expect, "{head}");
        }
    }

    /// A repository in `proj` whose `.git` is a file, inside of another repository.
    fn nested(git_file: &[u8]) -> (Sandbox, PathBuf) {
        let sandbox = Sandbox::new();
        sandbox.commit("outer");
        let inner = sandbox.root().canonicalize().unwrap().join("proj");
        let kept = OsStr::from_bytes(b"g\xe9.git");
        sandbox.git(&[
            OsStr::new("init"),
            OsStr::new("-q"),
            OsStr::new("--separate-git-dir"),
            kept,
            OsStr::new("proj"),
        ]);
        std::fs::rename(sandbox.root().join(kept), inner.join(kept)).unwrap();
        std::fs::write(inner.join(".git"), git_file).unwrap();
        (sandbox, inner)
    }

    #[test]
    fn a_git_file_is_read_as_git_reads_it() {
        for text in [&b"gitdir: g\xe9.git\n"[..], b"gitdir: g\xe9.git\0x\n", b"gitdir: g\xe9.git\r\n\n"] {
            let (_sandbox, inner) = nested(text);
            assert_eq!(Repository::open(&inner).unwrap().root(), inner, "{text:?}");
        }
    }

    #[test]
    fn a_git_entry_that_is_not_understood_never_makes_an_outer_repository_the_project() {
        for text in [&b"gitdir: gone\n"[..], b"gitdir: \n", b"x", b"", b"gitdir: g\xe9.git\n\0x"] {
            let (_sandbox, inner) = nested(text);
            let opened = Repository::open(&inner);
            assert!(opened.is_err(), "{text:?}: {opened:?}");
        }
        let (_sandbox, inner) = nested(b"");
        std::fs::remove_file(inner.join(".git")).unwrap();
        std::os::unix::fs::symlink("gone", inner.join(".git")).unwrap();
        let error = Repository::open(&inner).unwrap_err();
        assert!(!error.is_without_repository(), "{error}");
        let expect = format!("git ignores `{}/.git`", inner.display());
        assert!(error.to_string().starts_with(&expect), "{error}");
    }

    #[test]
    fn a_repository_whose_head_is_a_link_is_left_to_git() {
        let sandbox = Sandbox::new();
        std::fs::rename(sandbox.root().join(".git/HEAD"), sandbox.root().join(".git/kept")).unwrap();
        std::os::unix::fs::symlink("kept", sandbox.root().join(".git/HEAD")).unwrap();
        assert!(!is_surely_accepted(sandbox.root(), sandbox.root()));
    }

    #[test]
    fn a_git_file_that_names_another_folder_is_refused() {
        let sandbox = Sandbox::new();
        sandbox.write("secrets/id_rsa", "");
        sandbox.write("sub/.git", "gitdir: ../secrets\n");
        assert!(matches!(Repository::open(&sandbox.root().join("sub")), Err(GitError::NotRepository { .. })));
    }

    #[test]
    fn filters_whose_names_cannot_be_overridden_are_refused() {
        let sandbox = Sandbox::new();
        sandbox.git(&["config", "filter.a.b c.clean", "x"]);
        let opened = Repository::open(sandbox.root()).unwrap().without_filters().unwrap();
        assert_eq!(opened.settings, ["filter.a.b c.clean="]);
        sandbox.write(".git/config", "[filter \"a=b\"]\nclean = x\n");
        let error = Repository::open(sandbox.root()).unwrap().without_filters().unwrap_err().to_string();
        assert!(error.ends_with("the name of a filter contains `=`"), "{error}");
        let many: String = (0..9_000).map(|n| format!("[filter \"{n}\"]\nclean = x\n")).collect();
        sandbox.write(".git/config", &many);
        let error = Repository::open(sandbox.root()).unwrap().without_filters().unwrap_err().to_string();
        assert!(error.ends_with("the repository has too many filters"), "{error}");
    }
}

//! The repository as GitLab Runner leaves it: HEAD is detached, and the branch is one of origin's.

use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fs::FileType;

use crate::plan::job_plan::DetachedHead;
use crate::workspace::project_files::ProjectFiles;

/// The folder of a repository that keeps its refs in another format, which has no file for HEAD.
const REFTABLE: &str = ".git/reftable";

/// The files of a repository that differ from those of the host.
#[derive(Debug, Default)]
pub(super) struct ReplacedFiles {
    files: Vec<ReplacedFile>,
}

#[derive(Debug)]
struct ReplacedFile {
    /// Relative to the project.
    path: PathBuf,
    content: String,
    is_on_host: bool,
}

impl ReplacedFiles {
    /// The files that detach HEAD.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub(super) fn new(head: &DetachedHead, files: &mut ProjectFiles) -> io::Result<Self> {
        let head_file = PathBuf::from(".git/HEAD");
        let has_head = files.entry_type(&head_file)? == Some(FileType::RegularFile);
        if !has_head || files.contains(Path::new(REFTABLE)) {
            return Ok(Self::default());
        }
        let content = format!("{}\n", head.commit);
        let mut replaced = Self::default();
        replaced.files.push(ReplacedFile { path: head_file, content: content.clone(), is_on_host: true });
        if let Some(branch) = &head.branch {
            let path = Path::new(".git/refs/remotes/origin").join(branch);
            if let Some(is_on_host) = place_of_ref(&path, files)? {
                replaced.files.push(ReplacedFile { path, content, is_on_host });
            }
        }
        Ok(replaced)
    }

    /// The content of the file at `path`, if it differs from that of the host.
    pub(super) fn content(&self, path: &Path) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| &*file.content)
    }

    /// The files that the host does not have.
    pub(super) fn new_files(&self) -> impl Iterator<Item = (&Path, &str)> {
        let new = self.files.iter().filter(|file| !file.is_on_host);
        new.map(|file| (file.path.as_path(), file.content.as_str()))
    }
}

/// Whether there is a file for the ref at `path`; `None` if there can be none, because a folder or another ref is in its
/// way.
fn place_of_ref(path: &Path, files: &mut ProjectFiles) -> io::Result<Option<bool>> {
    if !path.components().all(|component| matches!(component, Component::Normal(_))) {
        return Ok(None);
    }
    for folder in path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
        if files.entry_type(folder)?.is_some_and(|kind| kind != FileType::Directory) {
            return Ok(None);
        }
    }
    Ok(match files.entry_type(path)? {
        None => Some(false),
        Some(FileType::RegularFile) => Some(true),
        Some(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn replaced(folder: &Path, branch: &str) -> Vec<(String, bool)> {
        let head = DetachedHead { commit: "c0ffee".to_owned(), branch: Some(branch.to_owned()) };
        let files = ReplacedFiles::new(&head, &mut ProjectFiles::open(folder).unwrap()).unwrap().files;
        assert!(files.iter().all(|file| file.content == "c0ffee\n"));
        files.into_iter().map(|file| (file.path.display().to_string(), file.is_on_host)).collect()
    }

    #[test]
    fn head_and_the_branch_of_origin_are_the_commit_itself() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(replaced(folder.path(), "main"), []);
        fs::create_dir_all(folder.path().join(".git/refs/remotes/origin/old")).unwrap();
        fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(folder.path().join(".git/refs/remotes/origin/one"), "0\n").unwrap();
        let head = || (".git/HEAD".to_owned(), true);
        let of_origin = |name: &str, is_on_host| (format!(".git/refs/remotes/origin/{name}"), is_on_host);
        assert_eq!(replaced(folder.path(), "main"), [head(), of_origin("main", false)]);
        assert_eq!(replaced(folder.path(), "a/b"), [head(), of_origin("a/b", false)]);
        assert_eq!(replaced(folder.path(), "one"), [head(), of_origin("one", true)]);
        // Another ref is in the way.
        assert_eq!(replaced(folder.path(), "one/two"), [head()]);
        assert_eq!(replaced(folder.path(), "old"), [head()]);
        assert_eq!(replaced(folder.path(), "../../x"), [head()]);
        fs::create_dir(folder.path().join(".git/reftable")).unwrap();
        assert_eq!(replaced(folder.path(), "main"), []);
    }
}

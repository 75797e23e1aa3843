//! The repository as GitLab Runner leaves it: HEAD is detached, there is a remote `origin`, and the branch is one of its.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use rustix::fs::FileType;

use crate::plan::job_plan::{Checkout, DetachedHead};
use crate::workspace::project_files::{ProjectEntry, ProjectFiles};

/// The folder of a repository that keeps its refs in another format, which has no file for HEAD.
const REFTABLE: &str = ".git/reftable";

/// The branches of the host, which a clone does not have.
const BRANCHES: [&str; 2] = [".git/refs/heads", ".git/logs/refs/heads"];

/// The largest file that is changed, which is the configuration or the list of packed refs; a larger one stays as it is.
const TEXT_BYTES_MAX: u64 = 4 << 20;

/// The files of a repository that differ from those of the host.
#[derive(Debug, Default)]
pub(super) struct ReplacedFiles {
    files: Vec<ReplacedFile>,
    /// The folders whose content is left out.
    emptied: &'static [&'static str],
}

#[derive(Debug)]
struct ReplacedFile {
    /// Relative to the project.
    path: PathBuf,
    content: String,
    is_on_host: bool,
}

impl ReplacedFiles {
    /// The files that make the repository what the checkout says.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub(super) fn new(checkout: &Checkout, files: &mut ProjectFiles) -> io::Result<Self> {
        let mut replaced = Self::default();
        if let Some(head) = &checkout.head {
            replaced.detach(head, files)?;
        }
        replaced.configure(checkout, files)?;
        Ok(replaced)
    }

    /// Detaches HEAD. What is left is the branch of origin, as in a clone.
    fn detach(&mut self, head: &DetachedHead, files: &mut ProjectFiles) -> io::Result<()> {
        let head_file = PathBuf::from(".git/HEAD");
        let has_head = files.entry_type(&head_file)? == Some(FileType::RegularFile);
        if !has_head || files.contains(Path::new(REFTABLE)) {
            return Ok(());
        }
        let content = format!("{}\n", head.commit);
        self.files.push(ReplacedFile { path: head_file, content: content.clone(), is_on_host: true });
        if let Some(branch) = &head.branch {
            let path = Path::new(".git/refs/remotes/origin").join(branch);
            if let Some(is_on_host) = place_of_ref(&path, files)? {
                self.files.push(ReplacedFile { path, content, is_on_host });
            }
        }
        let path = PathBuf::from(".git/packed-refs");
        if let Some(packed) = text(&path, files)? {
            let is_branch =
                |line: &&str| line.split_once(' ').is_some_and(|(_, name)| name.starts_with("refs/heads/"));
            let content: String = packed.split_inclusive('\n').filter(|line| !is_branch(line)).collect();
            self.files.push(ReplacedFile { path, content, is_on_host: true });
        }
        self.emptied = &BRANCHES;
        Ok(())
    }

    /// Adds the remote `origin`, and what the configuration of several working trees leaves open.
    fn configure(&mut self, checkout: &Checkout, files: &mut ProjectFiles) -> io::Result<()> {
        let path = PathBuf::from(".git/config");
        let Some(mut content) = text(&path, files)? else { return Ok(()) };
        let length = content.len();
        // A repository may be bare, although it has linked working trees.
        if checkout.repository.is_some() {
            content.push_str("\n[core]\n\tbare = false\n");
        }
        let has_origin = content.lines().any(|line| line.trim_start().starts_with("[remote \"origin\"]"));
        if let Some(url) = checkout.origin.as_ref().filter(|_| !has_origin) {
            let fetch = "+refs/heads/*:refs/remotes/origin/*";
            content.push_str(&format!("\n[remote \"origin\"]\n\turl = {url}\n\tfetch = {fetch}\n"));
        }
        if content.len() > length {
            self.files.push(ReplacedFile { path, content, is_on_host: true });
        }
        Ok(())
    }

    /// Whether the job does not get the file or folder at `path`.
    pub(super) fn leaves_out(&self, path: &Path) -> bool {
        self.emptied.iter().any(|folder| path.starts_with(folder) && path != Path::new(folder))
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

/// The text of a file that is not too large for a change; `None` without such a file.
fn text(path: &Path, files: &mut ProjectFiles) -> io::Result<Option<String>> {
    let ProjectEntry::File(file) = files.entry(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    // One byte more than the limit shows that the file is too large.
    file.take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    let is_small = u64::try_from(bytes.len()).is_ok_and(|length| length <= TEXT_BYTES_MAX);
    Ok(String::from_utf8(bytes).ok().filter(|_| is_small))
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
        let checkout = Checkout { head: Some(head), ..Checkout::default() };
        let files = ReplacedFiles::new(&checkout, &mut ProjectFiles::open(folder).unwrap()).unwrap().files;
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

    fn content_of(checkout: &Checkout, folder: &Path, path: &str) -> Option<String> {
        let replaced = ReplacedFiles::new(checkout, &mut ProjectFiles::open(folder).unwrap()).unwrap();
        replaced.content(Path::new(path)).map(str::to_owned)
    }

    #[test]
    fn branches_of_the_host_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".git/refs/heads")).unwrap();
        fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let packed =
            "# pack-refs with: peeled\n1 refs/heads/a\n2 refs/remotes/origin/a\n3 refs/tags/v1\n^4\n";
        fs::write(folder.path().join(".git/packed-refs"), packed).unwrap();
        let head = DetachedHead { commit: "c0ffee".to_owned(), branch: None };
        let checkout = Checkout { head: Some(head), ..Checkout::default() };
        let left = packed.replace("1 refs/heads/a\n", "");
        assert_eq!(content_of(&checkout, folder.path(), ".git/packed-refs"), Some(left));
        let replaced =
            ReplacedFiles::new(&checkout, &mut ProjectFiles::open(folder.path()).unwrap()).unwrap();
        let left_out = |path: &str| replaced.leaves_out(Path::new(path));
        assert!(left_out(".git/refs/heads/a/b") && left_out(".git/logs/refs/heads/a"));
        assert!(!left_out(".git/refs/heads") && !left_out(".git/refs/headsx") && !left_out("refs/heads/a"));
        // Without a commit, HEAD names a branch.
        assert_eq!(content_of(&Checkout::default(), folder.path(), ".git/packed-refs"), None);
    }

    #[test]
    fn origin_is_added_to_a_configuration_without_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        let origin = || Checkout { origin: Some("https://h/p.git".to_owned()), ..Checkout::default() };
        let added = |config: &str, checkout: &Checkout| {
            fs::write(folder.path().join(".git/config"), config).unwrap();
            let content = content_of(checkout, folder.path(), ".git/config");
            content.map(|content| content.strip_prefix(config).unwrap().to_owned())
        };
        let section =
            "\n[remote \"origin\"]\n\turl = https://h/p.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n";
        assert_eq!(added("[core]\n\tbare = false", &origin()).as_deref(), Some(section));
        assert_eq!(added(" [remote \"origin\"]\n\turl = /srv/p.git\n", &origin()), None);
        assert_eq!(added("[core]\n", &Checkout::default()), None);
    }
}

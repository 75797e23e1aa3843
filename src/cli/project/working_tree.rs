//! The working tree, for `changes` and `exists`. Git is asked when a rule first needs an answer.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::cli::user_message::UserMessage;
use crate::error_chain::chain;
use crate::git::changes::{ComparisonBase, changes};
use crate::git::error::GitError;
use crate::git::facts::GitFacts;
use crate::pipeline::rule_context::RuleFiles;
use crate::plan::facts::Facts;
use crate::workspace::list::Listing;
use crate::workspace::project_files::ProjectFiles;

/// Paths relative to the project's root.
type ProjectPaths = Rc<[String]>;

/// The files of the working tree, uncommitted ones included.
pub struct WorkingTree {
    root: PathBuf,
    /// The commit that GitLab compares a push to the branch with; `None` for a tag.
    before: Option<String>,
    /// The target branch in the pipeline of a merge request, which is compared with its common ancestor.
    target: Option<String>,
    files: OnceCell<ProjectPaths>,
    /// The changed paths by the `compare_to` that was asked for. `None` counts everything as changed.
    changed: RefCell<HashMap<Option<String>, Option<ProjectPaths>>>,
    /// Failures of git that no command has told yet.
    warnings: RefCell<Vec<UserMessage>>,
}

impl WorkingTree {
    /// The working tree of the project at `root`.
    pub fn new(root: PathBuf, facts: &Facts) -> Self {
        let target = facts.merge_request.as_ref().map(|request| request.target.clone());
        Self { target, ..Self::compared_with_parent(root, facts.git.as_ref()) }
    }

    /// The working tree, whose changes are those since the commit before the one that is checked out.
    pub(super) fn compared_with_parent(root: PathBuf, git: Option<&GitFacts>) -> Self {
        let commit = git.filter(|git| git.branch.is_some()).and_then(|git| git.commit.as_ref());
        let before = commit.and_then(|commit| commit.parent.clone());
        Self {
            root,
            before,
            target: None,
            files: OnceCell::new(),
            changed: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// Takes the warnings about questions that git could not answer since the last call.
    pub fn take_warnings(&self) -> Vec<UserMessage> {
        self.warnings.take()
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Keeps a warning until a command tells it.
    pub(super) fn warn(&self, warning: String) {
        self.warnings.borrow_mut().push(UserMessage::Warning(warning));
    }

    /// Asks git for the changed paths.
    fn ask(&self, compare_to: Option<&str>) -> Option<ProjectPaths> {
        let found = match (compare_to.or(self.target.as_deref()), &self.before) {
            (Some(other), _) => self.ask_common(other),
            (None, Some(before)) => changes(&self.root, ComparisonBase::Commit(before)),
            (None, None) => return None,
        };
        match found {
            Ok(paths) => Some(paths.into()),
            Err(error) => {
                self.warn(format!("all files count as changed: {}", chain(&error)));
                None
            }
        }
    }

    /// Compares with the common ancestor of `other`. A branch that was never checked out here exists as a branch of
    /// `origin` only.
    fn ask_common(&self, other: &str) -> Result<Vec<String>, GitError> {
        let of_server = format!("refs/remotes/origin/{}", other.strip_prefix("refs/heads/").unwrap_or(other));
        let here = changes(&self.root, ComparisonBase::Common(other));
        here.or_else(|error| changes(&self.root, ComparisonBase::Common(&of_server)).map_err(|_| error))
    }
}

impl RuleFiles for WorkingTree {
    fn changed_files(&self, compare_to: Option<&str>) -> Option<ProjectPaths> {
        let key = compare_to.map(str::to_owned);
        if let Some(known) = self.changed.borrow().get(&key) {
            return known.clone();
        }
        let found = self.ask(compare_to);
        self.changed.borrow_mut().insert(key, found.clone());
        found
    }

    fn all_files(&self) -> ProjectPaths {
        Rc::clone(self.files.get_or_init(|| list_files(&self.root).into()))
    }
}

/// Lists the project's files, without those of `.git`; empty if they cannot be listed. Git also lists files whose
/// deletion is not committed yet; they are left out.
fn list_files(root: &Path) -> Vec<String> {
    let Ok(mut files) = ProjectFiles::open(root) else { return Vec::new() };
    let listing = Listing::without_repository(root).into_iter().flatten().flatten();
    let existing = listing.filter(|path| files.contains(path));
    existing.map(|path| path.to_string_lossy().into_owned()).collect()
}

//! The project's files, for `changes` and `exists`; git is asked when a rule first needs an answer.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use crate::cli::project::local_files::paths;
use crate::cli::say;
use crate::error_chain::chain;
use crate::git::changes::{Base, changes};
use crate::git::error::GitError;
use crate::git::facts::GitFacts;
use crate::pipeline::rule_context::RuleFiles;

type Paths = Rc<[String]>;

/// Files of the working tree, uncommitted ones included.
pub struct LocalTree {
    root: PathBuf,
    /// The commit that a push to the branch is compared with; a tag has none.
    before: Option<String>,
    files: OnceCell<Paths>,
    changed: RefCell<HashMap<Option<String>, Option<Paths>>>,
}

impl LocalTree {
    /// Of the project at `root`.
    pub fn new(root: PathBuf, git: Option<&GitFacts>) -> Self {
        let commit = git.filter(|git| git.branch.is_some()).and_then(|git| git.commit.as_ref());
        let before = commit.and_then(|commit| commit.parent.clone());
        Self { root, before, files: OnceCell::new(), changed: RefCell::default() }
    }

    fn ask(&self, compare_to: Option<&str>) -> Option<Paths> {
        let found = match (compare_to, &self.before) {
            (Some(other), _) => self.ask_common(other),
            (None, Some(before)) => changes(&self.root, Base::Commit(before)),
            (None, None) => return None,
        };
        match found {
            Ok(paths) => Some(paths.into()),
            Err(error) => {
                say(&format!("warning: everything counts as changed: {}", chain(&error)));
                None
            }
        }
    }

    /// A branch that was never checked out here is the server's.
    fn ask_common(&self, other: &str) -> Result<Vec<String>, GitError> {
        let of_server = format!("refs/remotes/origin/{}", other.strip_prefix("refs/heads/").unwrap_or(other));
        let here = changes(&self.root, Base::Common(other));
        here.or_else(|error| changes(&self.root, Base::Common(&of_server)).map_err(|_| error))
    }
}

impl RuleFiles for LocalTree {
    fn changed_files(&self, compare_to: Option<&str>) -> Option<Paths> {
        let key = compare_to.map(str::to_owned);
        if let Some(known) = self.changed.borrow().get(&key) {
            return known.clone();
        }
        let found = self.ask(compare_to);
        self.changed.borrow_mut().insert(key, found.clone());
        found
    }

    fn all_files(&self) -> Paths {
        Rc::clone(self.files.get_or_init(|| paths(&self.root).into()))
    }
}

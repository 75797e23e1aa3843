//! The project's files, for `changes` and `exists`; git is asked when a rule first needs an answer.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use super::local_files::paths;
use super::say;
use crate::executor::outcome::chain;
use crate::git::changes::{Base, changes};
use crate::git::facts::GitFacts;
use crate::pipeline::tree::Tree;

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
        let base = match (compare_to, &self.before) {
            (Some(other), _) => Base::Common(other),
            (None, Some(before)) => Base::Commit(before),
            (None, None) => return None,
        };
        match changes(&self.root, base) {
            Ok(paths) => Some(paths.into()),
            Err(error) => {
                say(&format!("warning: everything counts as changed: {}", chain(&error)));
                None
            }
        }
    }
}

impl Tree for LocalTree {
    fn changed(&self, compare_to: Option<&str>) -> Option<Paths> {
        let key = compare_to.map(str::to_owned);
        if let Some(known) = self.changed.borrow().get(&key) {
            return known.clone();
        }
        let found = self.ask(compare_to);
        self.changed.borrow_mut().insert(key, found.clone());
        found
    }

    fn files(&self) -> Paths {
        Rc::clone(self.files.get_or_init(|| paths(&self.root).into()))
    }
}

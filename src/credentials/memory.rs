//! What helpers have answered, so that each is asked once: pulls of several images are on their way at the same time,
//! and a helper may ask a person for a passphrase.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::helper::{self, HelperError};
use crate::registry::auth_config::{Auth, HelperName};

type GetAnswer = Result<Option<Auth>, HelperError>;
type ListAnswer = Result<Vec<String>, HelperError>;

/// Answers of helpers. Each question is asked once.
type Answers<Key, Answer> = Mutex<BTreeMap<Key, Arc<OnceCell<Answer>>>>;

/// The credential helpers of this machine.
#[derive(Default)]
pub struct Helpers {
    path: Option<OsString>,
    got: Answers<(HelperName, String), GetAnswer>,
    listed: Answers<HelperName, ListAnswer>,
}

impl Helpers {
    /// Helpers on this `PATH`; `None` is the PATH of this process.
    pub fn new(path: Option<OsString>) -> Self {
        Self { path, ..Self::default() }
    }

    /// The credentials that the helper stores for `key`.
    pub async fn get(&self, name: &HelperName, key: &str) -> GetAnswer {
        let cell = cell(&self.got, (name.clone(), key.to_owned()));
        cell.get_or_init(|| helper::get(name, key, self.path.as_ref())).await.clone()
    }

    /// The keys for which the helper stores credentials.
    pub async fn list(&self, name: &HelperName) -> ListAnswer {
        let cell = cell(&self.listed, name.clone());
        cell.get_or_init(|| helper::list(name, self.path.as_ref())).await.clone()
    }
}

fn cell<Key: Ord, Answer>(answers: &Answers<Key, Answer>, key: Key) -> Arc<OnceCell<Answer>> {
    answers.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
}

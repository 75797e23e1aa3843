//! Finds the commit from which a branch has grown.

use std::path::Path;
use std::time::Duration;

use super::error::GitError;
use super::repository::Repository;

/// How long git may take: it reads the commits of both branches back to the common one.
const TIME_MAX: Duration = Duration::from_secs(20);

/// A hash and a line break.
const ANSWER_BYTES_MAX: usize = 1 << 10;

/// The best common ancestor of HEAD and `other`, a branch here or of the remote `origin`; `None` if they have none.
///
/// # Errors
/// There is no such branch, git is not installed, or it takes longer than 20 s.
pub fn merge_base(root: &Path, other: &str) -> Result<Option<String>, GitError> {
    let repository = Repository::open(root)?.at_root();
    let ask = |name: &str| -> Result<Option<String>, GitError> {
        let running = repository.start("merge-base", &["--end-of-options", "HEAD", name])?;
        // Code 1 means that there is no common ancestor.
        let answer = running.output(ANSWER_BYTES_MAX, &[0, 1], TIME_MAX)?;
        let sha = String::from_utf8_lossy(&answer).trim_end().to_owned();
        Ok((!sha.is_empty()).then_some(sha))
    };
    ask(other).or_else(|error| ask(&format!("refs/remotes/origin/{other}")).map_err(|_| error))
}

//! Facts about the repository, for `CI_COMMIT_*` and the project's address.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::command::RunningGit;
use super::error::GitError;
pub use super::linked_worktree::RepositoryFolders;
use super::linked_worktree::folders;
use super::ref_files::{AskGit, RefFiles};
use super::remote::RemoteUrl;
use super::repository::Repository;

/// How long one query may take; each reads a few objects.
const QUERY_TIME_MAX: Duration = Duration::from_secs(20);

/// How much of an answer is read. Longer answers (a commit's message, refs) begin with the needed part.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// Facts about the repository, without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitFacts {
    /// The root of the working tree.
    pub root: PathBuf,
    /// The commit at HEAD; `None` before the first commit.
    pub commit: Option<Commit>,
    /// The current branch; `None` if HEAD is detached.
    pub branch: Option<String>,
    /// The tag at a detached HEAD; of several, the one that git lists first.
    pub tag: Option<Tag>,
    /// The address of the remote `origin`.
    pub origin: Option<RemoteUrl>,
    /// The branch of origin's HEAD, else an existing `main` or `master`, else the current branch.
    pub default_branch: Option<String>,
    /// The folders of its repository, if it is a linked worktree.
    pub linked: Option<RepositoryFolders>,
    /// `user.name`.
    pub user_name: Option<String>,
    /// `user.email`.
    pub user_email: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The full hash.
    pub sha: String,
    /// The hash of the first parent.
    pub parent: Option<String>,
    /// `Name <email>`.
    pub author: String,
    /// The commit date, in ISO 8601 with offset.
    pub timestamp: String,
    /// The whole message; a very long one is cut.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The name without `refs/tags/`.
    pub name: String,
    /// The message of an annotated tag without its signature; empty for other tags.
    pub message: String,
}

/// Asks git about the repository of `directory`, with all queries at the same time. What its files tell is not asked.
///
/// # Errors
/// git is not installed, `directory` is in no repository or in one without a working tree, or git refuses it.
pub fn facts(directory: &Path) -> Result<GitFacts, GitError> {
    let repository = Repository::open(directory)?;
    let refs = RefFiles::new(repository.git_directory().to_owned());
    let (branch, default_branch) = (refs.branch(), refs.default_branch());
    // git finds the tags of a commit by reading all tags, and only those of a detached HEAD are used.
    let log = match &branch {
        Ok(Some(_)) => [LOG, LOG_OF_BRANCH].concat(),
        Ok(None) | Err(AskGit) => [LOG, LOG_WITH_TAGS].concat(),
    };
    let log = repository.start("log", &log)?;
    let config = repository.start("config", CONFIG)?;
    let ask_branch = || repository.start("symbolic-ref", &["-q", "HEAD"]);
    let asked_branch = branch.is_err().then(ask_branch).transpose()?;
    let ask_default_branch = || repository.start("for-each-ref", BRANCHES);
    let asked_default_branch = default_branch.is_err().then(ask_default_branch).transpose()?;

    let (commit, tag) = commit_and_tag(&repository, log)?.unzip();
    // Code 1 means that none of the names is set.
    let config = GitConfig::parse(&text(answer(config, &[0, 1])?));
    let branch = match asked_branch {
        // Code 1 means that HEAD is detached.
        Some(git) => parse_branch(&text(answer(git, &[0, 1])?)),
        None => branch.ok().flatten(),
    };
    let default_branch = match asked_default_branch {
        Some(git) => parse_default_branch(&text(answer(git, &[0])?)),
        None => default_branch.ok().flatten(),
    };
    let tag = match (&branch, tag.flatten()) {
        (None, Some(name)) => Some(Tag { message: tag_message(&repository, &name)?, name }),
        _ => None,
    };
    Ok(GitFacts {
        root: repository.root().to_owned(),
        commit,
        default_branch: default_branch.or_else(|| branch.clone()),
        branch,
        tag,
        origin: config.origin(),
        linked: folders(repository.root()),
        user_name: config.user_name,
        user_email: config.user_email,
    })
}

const LOG: &[&str] = &["-1", "-z", "--no-show-signature", "--encoding=UTF-8"];

/// The message comes last, so that a long one does not cut off another field. The field of tags is empty.
const LOG_OF_BRANCH: &[&str] = &["--no-decorate", "--format=%H%x00%P%x00%an <%ae>%x00%cI%x00%x00%B"];

/// The same with the tags.
const LOG_WITH_TAGS: &[&str] =
    &["--decorate=full", "--decorate-refs=refs/tags/*", "--format=%H%x00%P%x00%an <%ae>%x00%cI%x00%D%x00%B"];

const CONFIG: &[&str] =
    &["-z", "--get-regexp", r"^(user\.(name|email)|remote\.origin\.url|url\..*\.insteadof)$"];

const BRANCHES: &[&str] = &[
    "--format=%(refname) %(symref)",
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
];

fn answer(running: RunningGit, fine_codes: &[i32]) -> Result<Vec<u8>, GitError> {
    running.output(ANSWER_BYTES_MAX, fine_codes, QUERY_TIME_MAX)
}

/// The commit at HEAD and its first tag; `None` before the first commit, which git's `log` reports as a failure.
fn commit_and_tag(
    repository: &Repository,
    log: RunningGit,
) -> Result<Option<(Commit, Option<String>)>, GitError> {
    match answer(log, &[0]) {
        Ok(log) => parse_log(&text(log)).map(Some),
        Err(failure) => {
            // Code 1 means that there is no commit yet.
            let head = answer(repository.start("rev-parse", &["-q", "--verify", "HEAD"])?, &[0, 1]);
            if head.is_ok_and(|head| head.is_empty()) { Ok(None) } else { Err(failure) }
        }
    }
}

/// GitLab's variables are text as well, in which invalid bytes become U+FFFD.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Parses the current branch; `None` for a detached HEAD.
fn parse_branch(text: &str) -> Option<String> {
    text.trim_end_matches('\n').strip_prefix("refs/heads/").map(str::to_owned)
}

/// Parses the commit and its first tag.
fn parse_log(text: &str) -> Result<(Commit, Option<String>), GitError> {
    let fields: Vec<&str> = text.splitn(7, '\0').collect();
    // A seventh field can only be the rest of a message that contains a NUL.
    let &[sha, parents, author, timestamp, decorations, message, ..] = fields.as_slice() else {
        return Err(GitError::Answer { operation: "log", problem: "fields are missing" });
    };
    // The name of a ref contains no blank.
    let tags = decorations.split(", ").filter_map(|name| name.strip_prefix("tag: refs/tags/"));
    let tag = tags.map(str::to_owned).next();
    let commit = Commit {
        sha: sha.to_owned(),
        parent: parents.split(' ').next().filter(|parent| !parent.is_empty()).map(str::to_owned),
        author: author.to_owned(),
        timestamp: timestamp.to_owned(),
        message: message.to_owned(),
    };
    Ok((commit, tag))
}

#[derive(Default)]
struct GitConfig {
    user_name: Option<String>,
    user_email: Option<String>,
    origin: Option<String>,
    /// `url.<base>.insteadOf`: the prefix and its replacement.
    rewrites: Vec<(String, String)>,
}

impl GitConfig {
    /// If a name is set twice, the last value counts; of origin's addresses, the first.
    fn parse(text: &str) -> Self {
        let mut config = Self::default();
        for entry in text.split_terminator('\0') {
            let (key, value) = entry.split_once('\n').unwrap_or((entry, ""));
            let value = value.to_owned();
            match key {
                "user.name" => config.user_name = Some(value),
                "user.email" => config.user_email = Some(value),
                "remote.origin.url" => {
                    config.origin.get_or_insert(value);
                }
                _ => {
                    let base = key.strip_prefix("url.").and_then(|rest| rest.strip_suffix(".insteadof"));
                    config.rewrites.extend(base.map(|base| (value, base.to_owned())));
                }
            }
        }
        config.user_name = config.user_name.filter(|name| !name.is_empty());
        config.user_email = config.user_email.filter(|email| !email.is_empty());
        config
    }

    /// The address of origin. git replaces the longest matching prefix.
    fn origin(&self) -> Option<RemoteUrl> {
        let origin = self.origin.as_deref()?;
        let fitting = self.rewrites.iter().filter(|(prefix, _)| origin.starts_with(&**prefix));
        match fitting.max_by_key(|(prefix, _)| prefix.len()) {
            Some((prefix, base)) => RemoteUrl::parse(&format!("{base}{}", &origin[prefix.len()..])),
            None => RemoteUrl::parse(origin),
        }
    }
}

fn parse_default_branch(text: &str) -> Option<String> {
    let refs: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(' ')).collect();
    let head = refs.iter().find(|(name, _)| *name == "refs/remotes/origin/HEAD");
    if let Some(branch) = head.and_then(|(_, target)| target.strip_prefix("refs/remotes/origin/")) {
        return Some(branch.to_owned());
    }
    let exists =
        |branch: &&str| refs.iter().any(|(name, _)| name.rsplit_once('/').is_some_and(|n| n.1 == *branch));
    ["main", "master"].into_iter().find(exists).map(str::to_owned)
}

/// Asks for a tag's message, in the rare case that a tag is checked out.
fn tag_message(repository: &Repository, name: &str) -> Result<String, GitError> {
    let format = "--format=%(objecttype)%00%(contents:signature)%00%(contents)";
    let git = repository.start("for-each-ref", &[format, &format!("refs/tags/{name}")])?;
    let text = text(answer(git, &[0])?);
    let mut fields = text.splitn(3, '\0');
    let (Some("tag"), Some(signature), Some(contents)) = (fields.next(), fields.next(), fields.next()) else {
        return Ok(String::new());
    };
    let contents = contents.strip_suffix('\n').unwrap_or(contents);
    Ok(contents.strip_suffix(signature).unwrap_or(contents).to_owned())
}

#[cfg(test)]
mod tests;

//! The address of the remote `origin` as the project's configuration has it.

use std::path::Path;
use std::time::Duration;

use super::error::GitError;
use super::repository::Repository;

/// How long git may take: it reads its configuration.
const TIME_MAX: Duration = Duration::from_secs(10);

/// The longest address that is read; a longer one is none.
const ANSWER_BYTES_MAX: usize = 8 << 10;

/// The address of `origin`, without a user and password if it is a URL; `None` without such a remote. Replacements
/// (`url.*.insteadOf`) are not made, because the project's configuration may have some of its own.
///
/// # Errors
/// git is not installed, `directory` is in no repository, or git refuses it.
pub fn origin_address(directory: &Path) -> Result<Option<String>, GitError> {
    let repository = Repository::open(directory)?;
    let git = repository.start("config", &["-z", "--get-all", "remote.origin.url"])?;
    // Code 1 means that it is not set.
    let answer = git.output(ANSWER_BYTES_MAX, &[0, 1], TIME_MAX)?;
    let text = String::from_utf8_lossy(&answer);
    // Of several addresses, git fetches from the first.
    Ok(text.split_terminator('\0').next().map(without_credentials))
}

fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::super::sandbox::Sandbox;
    use super::*;

    #[test]
    fn the_address_is_the_written_one_without_credentials_and_without_replacements() {
        let sandbox = Sandbox::new();
        let address = || origin_address(sandbox.root()).unwrap();
        assert_eq!(address(), None);
        sandbox.git(&["config", "url.https://elsewhere/.insteadOf", "https://h/"]);
        sandbox.git(&["config", "remote.origin.url", "https://u:s3cret@h/g/p.git"]);
        assert_eq!(address().as_deref(), Some("https://h/g/p.git"));
        sandbox.git(&["config", "--add", "remote.origin.url", "git@other:g/p.git"]);
        assert_eq!(address().as_deref(), Some("https://h/g/p.git"));
    }
}

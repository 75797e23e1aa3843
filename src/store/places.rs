//! Where the store lies, and the names of its folders.

use std::path::{Path, PathBuf};

/// The folders of the store on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorePlaces {
    /// Runs: `$XDG_STATE_HOME/runner-lite` by default.
    pub state: PathBuf,
    /// Caches: `$XDG_CACHE_HOME/runner-lite` by default.
    pub cache: PathBuf,
}

/// The longest readable part of a folder's name.
const NAME_CHARS_MAX: usize = 40;

/// How many bytes of a hash are part of a folder's name: enough to tell the projects of one user apart.
const HASH_BYTES: usize = 4;

/// The folder's name for the project in `folder`, which must be a canonical path: another clone is another project.
pub(super) fn name_of_folder(folder: &Path) -> String {
    let bytes = folder.as_os_str().as_encoded_bytes();
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{}-{}", readable(&name), short_hash(bytes))
}

/// The folder's name for an identity that several clones may share, such as an address.
pub(super) fn name_of_identity(identity: &str) -> String {
    let name = identity.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".git").unwrap_or(name);
    format!("{}-{}", readable(name), short_hash(identity.as_bytes()))
}

/// Whether a name is one that the store gives to its own folders: no path, and not hidden.
pub(super) fn is_folder_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(is_plain)
}

/// A form of a name that is valid and readable in a path: lower case, with `-` for all but letters and digits.
pub(super) fn readable(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        let is_kept = c.is_ascii_alphanumeric() || ".-_".contains(c);
        if is_kept || !text.ends_with('-') {
            text.push(if is_kept { c } else { '-' });
        }
    }
    // Cut at a character: all of them are of one byte.
    text.truncate(NAME_CHARS_MAX);
    let text = text.trim_matches(['-', '.']);
    if text.is_empty() { "unnamed".to_owned() } else { text.to_owned() }
}

/// The first digits of the SHA-256.
fn short_hash(bytes: &[u8]) -> String {
    hmac_sha256::Hash::hash(bytes).iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projects_folder_has_its_name_and_a_hash_of_its_path() {
        let name = |path: &str| name_of_folder(Path::new(path));
        assert_eq!(
            name("/home/me/Shop Ä 1"),
            format!("shop-1-{}", short_hash("/home/me/Shop Ä 1".as_bytes()))
        );
        assert_ne!(name("/a/shop"), name("/b/shop"));
        assert!(name("/").starts_with("unnamed-"));
        assert!(is_folder_name(&name("/a/..")), "{}", name("/a/.."));
        let long = name(&format!("/{}", "x".repeat(300)));
        assert_eq!(long.len(), NAME_CHARS_MAX + 1 + 2 * HASH_BYTES);
    }

    #[test]
    fn an_identity_is_named_after_the_end_of_its_address() {
        let name = |identity: &str| name_of_identity(identity);
        assert!(name("token\nhttps://gitlab.example/group/shop.git").starts_with("shop-"));
        assert_ne!(name("a\nhttps://x/shop"), name("b\nhttps://x/shop"));
        assert!(!name("secret").is_empty());
    }

    #[test]
    fn a_folder_name_is_no_path() {
        for name in ["", ".", "..", "a/b", ".hidden", "a\nb", "ä"] {
            assert!(!is_folder_name(name), "{name:?}");
        }
        assert!(is_folder_name("20261128T201502-8f3a"));
    }
}

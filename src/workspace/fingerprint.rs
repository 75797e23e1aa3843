//! A text that differs if the project's files differ: whether artifacts were made from the files as they are now.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use hmac_sha256::Hash;

use super::WorkspaceError;
use super::list::Listing;
use super::project_files::ProjectFiles;

/// Hashes the path, mode, size and time of each file of the project at `root`, without its repository. No file is read,
/// so that a file counts as changed when it is written again with the same content.
///
/// # Errors
/// The files cannot be listed.
pub fn fingerprint(root: &Path) -> Result<String, WorkspaceError> {
    let unreadable = |source| WorkspaceError::Read { path: root.to_owned(), source };
    let mut files = ProjectFiles::open(root).map_err(unreadable)?;
    let mut sum = [0_u8; 32];
    for path in Listing::without_repository(root)? {
        let path = path?;
        // Git also lists files that are deleted in the working tree.
        let Some(metadata) = files.metadata(&path).map_err(unreadable)? else { continue };
        let mut hash = Hash::new();
        for number in [
            u64::from(metadata.st_mode),
            metadata.st_size.cast_unsigned(),
            metadata.st_mtime.cast_unsigned(),
            metadata.st_mtime_nsec,
        ] {
            hash.update(number.to_le_bytes());
        }
        hash.update(path.as_os_str().as_bytes());
        // The order of the list does not matter.
        for (sum, byte) in sum.iter_mut().zip(hash.finalize()) {
            *sum ^= byte;
        }
    }
    Ok(sum.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_change_of_a_file_changes_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let write = |name: &str, text: &str| fs::write(root.join(name), text).unwrap();
        write("a", "one");
        write("b", "one");
        let first = fingerprint(root).unwrap();
        assert_eq!(first, fingerprint(root).unwrap());
        let mut seen = vec![first.clone()];
        let mut check = |what: &str| {
            let next = fingerprint(root).unwrap();
            assert!(!seen.contains(&next), "{what}");
            seen.push(next);
        };
        write("a", "three");
        check("another size");
        fs::rename(root.join("a"), root.join("c")).unwrap();
        check("another name");
        fs::remove_file(root.join("c")).unwrap();
        check("a file less");
        let written = fs::metadata(root.join("b")).unwrap().modified().unwrap();
        let later = written + std::time::Duration::from_nanos(1_000_000);
        fs::File::open(root.join("b")).unwrap().set_modified(later).unwrap();
        check("another time");
    }
}

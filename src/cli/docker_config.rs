//! Docker's configuration file, where `docker login` leaves credentials.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::registry::auth_config::AuthConfigError;
use crate::registry::source::CredentialSource;

/// The largest file read; with the longest tokens of a hundred registries it has some 200 KB.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Reads the file; `None` where there is none.
pub fn read(path: &Path) -> Option<CredentialSource> {
    let label = path.display().to_string();
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => Some(CredentialSource::new(label, &text)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => None,
        Err(error) => {
            let config = Err(AuthConfigError::Unreadable(error.to_string()));
            Some(CredentialSource { label, config })
        }
    }
}

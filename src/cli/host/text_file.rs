//! Settings files of a bounded size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The largest settings file read; a `config.json` with the longest tokens of a hundred registries has some 200 KB.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Reads a settings file.
pub fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

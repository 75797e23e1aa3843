//! Text files of a bounded size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The part of a file that is read; a `config.json` with the longest tokens of a hundred registries has some 200 KB.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Reads a file up to the limit; the rest of a larger file is ignored.
pub fn read_text_file(path: &Path) -> io::Result<String> {
    read_text(File::open(path)?)
}

/// Reads an open file up to the same limit.
pub fn read_text(file: File) -> io::Result<String> {
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

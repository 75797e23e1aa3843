//! The project's `.runner-lite.env`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::cli::say;
use crate::git::ignore::is_ignored;
use crate::vars::env_file::{FILE, FILE_BYTES_MAX, LineError, ProjectVariable, Visibility, parse};

/// Reads the variables of the project at `root`, none where there is no such file.
///
/// # Errors
/// What is wrong with the file, a line each, with its place.
pub fn read(root: &Path) -> Result<Vec<ProjectVariable>, Vec<String>> {
    let (path, mut text) = (root.join(FILE), String::new());
    let refuse = |problem: String| vec![format!("{}{problem}", path.display())];
    // One byte more than the limit tells that there are too many.
    let limit = FILE_BYTES_MAX as u64 + 1;
    match File::open(&path).and_then(|file| file.take(limit).read_to_string(&mut text)) {
        Ok(_) if text.len() > FILE_BYTES_MAX => {
            return Err(refuse(format!(" is larger than {} KiB", FILE_BYTES_MAX / 1024)));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(refuse(format!(" cannot be read: {error}"))),
    }
    let placed = |errors: Vec<LineError>| -> Vec<String> {
        errors.iter().map(|error| format!("{}:{error}", path.display())).collect()
    };
    parse(&text).map_err(placed)
}

/// Says that others may come to see what is masked, where that is so.
pub fn warn_if_exposed(root: &Path, variables: &[ProjectVariable]) {
    let is_secret = variables.iter().any(|variable| variable.visibility == Visibility::Masked);
    // Without git, or without a repository, nobody can ignore it.
    if is_secret && is_ignored(root, FILE).is_ok_and(|ignored| !ignored) {
        say(&format!(
            "warning: {FILE} has masked variables, and git does not ignore it: it is copied into the job's container, \
             and easily committed; add it to .gitignore"
        ));
    }
}

//! The project's `.runner-lite.env`.

use std::io::Read;
use std::path::Path;

use crate::cli::project::open_beneath::{PROJECT, open_beneath};
use crate::cli::user_message::UserMessage;
use crate::git::ignore::is_ignored;
use crate::pipeline::include::UnreadableFile;
use crate::vars::env_file::{FILE, FILE_BYTES_MAX, LineError, ProjectVariable, Visibility, parse};

/// Loads the variables of the project at `root`. A project without the file has none.
///
/// # Errors
/// The file cannot be read, or lines of it are invalid: one message for each, with its place.
pub(super) fn load_project_variables(root: &Path) -> Result<Vec<ProjectVariable>, Vec<String>> {
    let (path, mut text) = (root.join(FILE), String::new());
    let refuse = |problem: String| vec![format!("{}{problem}", path.display())];
    // One byte more than the limit shows that the file is too large.
    let limit = FILE_BYTES_MAX as u64 + 1;
    let file = match open_beneath(root, Path::new(FILE), PROJECT) {
        Ok(file) => file,
        Err(UnreadableFile::Missing) => return Ok(Vec::new()),
        Err(UnreadableFile::Refused(reason)) => return Err(refuse(format!(" cannot be read: {reason}"))),
    };
    match file.take(limit).read_to_string(&mut text) {
        Ok(_) if text.len() > FILE_BYTES_MAX => {
            return Err(refuse(format!(" is larger than {} KiB", FILE_BYTES_MAX / 1024)));
        }
        Ok(_) => {}
        Err(error) => return Err(refuse(format!(" cannot be read: {error}"))),
    }
    let placed = |errors: Vec<LineError>| -> Vec<String> {
        errors.iter().map(|error| format!("{}:{error}", path.display())).collect()
    };
    parse(&text).map_err(placed)
}

/// Warns if masked variables of the file get into the job's container, because git does not ignore the file.
pub(super) fn exposure_warning(root: &Path, variables: &[ProjectVariable]) -> Option<UserMessage> {
    let has_masked = variables.iter().any(|variable| variable.visibility == Visibility::Masked);
    // With --committed, the file is rarely among the sources.
    if !has_masked || !root.join(FILE).exists() {
        return None;
    }
    let danger = match is_ignored(root, FILE) {
        Ok(true) => return None,
        Ok(false) => {
            "git does not ignore it, so it is copied into the job's container and easily committed; add it to \
             .gitignore"
        }
        Err(error) if error.is_without_repository() => {
            "it is copied into the job's container, because all files are copied without a git repository; a \
             repository whose .gitignore names it keeps it out"
        }
        // The sources cannot be listed then, and the job does not start.
        Err(_) => return None,
    };
    Some(UserMessage::Warning(format!("{FILE} has masked variables, and {danger}")))
}

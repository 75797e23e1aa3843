//! The project's `.runner-lite.env`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::cli::user_message::UserMessage;
use crate::git::ignore::is_ignored;
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

/// Warns if other users of the repository can read masked variables of the file, because git does not ignore it.
pub(super) fn exposure_warning(root: &Path, variables: &[ProjectVariable]) -> Option<UserMessage> {
    let has_secret = variables.iter().any(|variable| variable.visibility == Visibility::Masked);
    // Without git, or outside a repository, the file cannot be ignored or committed.
    let is_exposed = has_secret && is_ignored(root, FILE).is_ok_and(|ignored| !ignored);
    is_exposed.then(|| {
        UserMessage::Warning(format!(
            "{FILE} has masked variables, and git does not ignore it: it is copied into the job's container, and \
             easily committed; add it to .gitignore"
        ))
    })
}

//! The variables of a run from outside of the pipeline file, which override the file's.

use super::expand::Definition;

/// The form in which the value of a variable of type file is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileValue {
    /// The path of the file in the job. Only the runner knows the directory, so the server leaves a
    /// reference to it in the path.
    Path,
    /// The content of the file, which rules and the names of included files use.
    Content,
}

/// The variables, in layers from the lowest precedence to the highest. All jobs of a run have the same
/// ones, but for `dotenv`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RunVariables {
    /// `GITLAB_USER_*`: the pipeline file cannot override them.
    pub user: Vec<Definition>,
    /// The dotenv reports of the job's producers, in the order of these jobs. Empty until they have ended, so
    /// that rules do not see them.
    pub dotenv: Vec<Definition>,
    /// `.runner-lite.env`: the project's CI/CD variables.
    pub project: Vec<Definition>,
    /// `--variable`.
    pub command_line: Vec<Definition>,
    /// `--variable-file`, each with the content of its file.
    pub files: Vec<Definition>,
}

impl RunVariables {
    /// The value of the variable `key` as written, for a variable of type file the content.
    pub fn value(&self, key: &str) -> Option<&str> {
        let mut from_highest =
            [&self.files, &self.command_line, &self.project, &self.dotenv, &self.user].into_iter();
        from_highest.find_map(|layer| layer.iter().rfind(|known| known.key == key)).map(|known| &*known.value)
    }

    /// All definitions, from the lowest layer to the highest.
    pub fn definitions(&self, file_value: FileValue) -> impl Iterator<Item = Definition> {
        let files = self.files.iter().map(move |file| match file_value {
            FileValue::Path => {
                Definition::new(&file.key, format!("${{RUNNER_TEMP_PROJECT_DIR}}/{}", file.key))
            }
            FileValue::Content => file.clone(),
        });
        let others = [&self.user, &self.dotenv, &self.project, &self.command_line].into_iter().flatten();
        others.cloned().chain(files)
    }
}

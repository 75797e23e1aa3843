//! The variables of a run from outside of the pipeline file, which stand above the file's.

use super::expand::Definition;

/// What the value of a variable of type file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileValue {
    /// The path of the file, as a job sees it. It is below a directory that only the runner knows, so that the server
    /// leaves a reference to that in it.
    Path,
    /// What the file contains, as rules and the names of included files see it.
    Content,
}

/// Those variables, in layers from the lowest precedence to the highest. They are the same for all jobs of a run.
#[derive(Clone, PartialEq, Eq)]
pub struct RunVariables {
    /// `GITLAB_USER_*`: the pipeline file cannot override them.
    pub user: Vec<Definition>,
    /// `.runner-lite.env`: the project's CI/CD variables.
    pub project: Vec<Definition>,
    /// `--variable`.
    pub command_line: Vec<Definition>,
    /// `--variable-file`, each with the content of its file.
    pub files: Vec<Definition>,
}

impl RunVariables {
    /// The value of the variable `key`, as written; of a variable of type file, the content.
    pub fn value(&self, key: &str) -> Option<&str> {
        let mut from_highest = [&self.files, &self.command_line, &self.project, &self.user].into_iter();
        from_highest.find_map(|layer| layer.iter().rfind(|known| known.key == key)).map(|known| &*known.value)
    }

    /// All of them, from the lowest layer to the highest.
    pub fn definitions(&self, file_value: FileValue) -> impl Iterator<Item = Definition> {
        let files = self.files.iter().map(move |file| match file_value {
            FileValue::Path => {
                Definition::new(&file.key, format!("${{RUNNER_TEMP_PROJECT_DIR}}/{}", file.key))
            }
            FileValue::Content => file.clone(),
        });
        let others = [&self.user, &self.project, &self.command_line].into_iter().flatten();
        others.cloned().chain(files)
    }
}

//! The layers of a job's variables, in GitLab's order of precedence.
//!
//! From the lowest: the runner's first variables, predefined variables, the pipeline file's,
//! `GITLAB_USER_*`, dotenv reports, the project's, the command line's, those of the job's environment, and the runner's
//! last variables. The server knows the layers in the middle and expands them; the runner adds its own
//! below and above, and expands all of them once more.
//!
//! Invariant: the result has every name once, with the value of the highest layer.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::expand::{Definition, ExpandError, Lookup, expand_known, runner_pass, server_pass};
use super::feature_flags::is_flag;
use super::run_variables::{FileValue, RunVariables};
use super::yaml_variables::YamlVariables;
use crate::pipeline::variables::{Expansion, Variable};

/// The variables of a job, or of a pipeline, that are defined in the pipeline file or outside of it.
/// Predefined variables have a lower precedence.
#[derive(Clone, Copy)]
pub struct JobVariables<'a> {
    /// The variables of the pipeline file.
    pub yaml: YamlVariables<'a>,
    /// The variables from outside of the file, which override the file's.
    pub run: &'a RunVariables,
}

/// The layers that the server knows, from the lowest to the highest, not expanded yet.
#[derive(Clone)]
pub struct LayeredVariables {
    definitions: Vec<Definition>,
}

/// The variables that the server passes to the runner; of two equal names the later one counts.
#[derive(Clone)]
pub struct ServerVariables {
    definitions: Vec<Definition>,
}

impl<'a> JobVariables<'a> {
    /// The value of the highest layer, as written, which `rules:if` compares. Predefined variables are not
    /// included.
    pub fn value(self, key: &str) -> Option<&'a str> {
        self.run.value(key).or_else(|| self.yaml.value(key))
    }

    /// The values of the variable `key` in all layers, as written.
    pub fn values(self, key: &'a str) -> impl Iterator<Item = String> {
        let of_run = self.run.definitions(FileValue::Content).filter(move |found| found.key == key);
        let of_yaml = self.yaml.iter().filter(move |(_, variable)| variable.key == key);
        of_yaml.map(|(_, variable)| variable.value.clone()).chain(of_run.map(|found| found.value))
    }

    /// Joins the layers, with `predefined` as the lowest one.
    pub fn over(self, predefined: Vec<Definition>, file_value: FileValue) -> LayeredVariables {
        // GitLab makes one list of the file's variables. A name of several levels has the value of the
        // highest level, at the position of the lowest.
        let mut yaml: IndexMap<&str, Definition> = IndexMap::new();
        for (_, variable) in self.yaml.iter() {
            yaml.insert(&variable.key, definition(variable));
        }
        let mut definitions = predefined;
        definitions.extend(yaml.into_values());
        definitions.extend(self.run.definitions(file_value));
        LayeredVariables { definitions }
    }

    /// Names that only dotenv reports, the project's variables and the command line define. On GitLab, neither
    /// these reports nor the variables of the settings nor those of a manual run are public: services get them
    /// only if the file mentions them, so that a token for the job stays in the job.
    pub fn private_keys(self, predefined: &[Definition]) -> HashSet<&'a str> {
        let yaml = self.yaml.iter().map(|(_, variable)| &*variable.key);
        let public: HashSet<&str> = yaml.chain(predefined.iter().map(|known| &*known.key)).collect();
        let RunVariables { user: _, dotenv, project, command_line, files } = self.run;
        let of_run = [dotenv, project, command_line, files].into_iter().flatten().map(|known| &*known.key);
        of_run.filter(|key| !public.contains(key)).collect()
    }
}

impl LayeredVariables {
    /// Adds the variables of a recorded environment above all other layers.
    #[must_use]
    pub fn with_environment(mut self, persisted: Vec<Definition>) -> Self {
        self.definitions.extend(persisted);
        self
    }

    /// Applies the server's expansion.
    ///
    /// # Errors
    /// Circular references, and values over the limits.
    pub fn expand(&self) -> Result<ServerVariables, ExpandError> {
        Ok(ServerVariables { definitions: server_pass(&self.definitions)? })
    }

    /// The unexpanded definitions; of two equal names the later one counts. GitLab uses them in rules if
    /// variables refer to each other in circles.
    pub fn unexpanded(self) -> Vec<Definition> {
        self.definitions
    }
}

impl ServerVariables {
    /// The names and values, from the lowest precedence to the highest.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.definitions.iter().map(|definition| (&*definition.key, &*definition.value))
    }

    pub fn into_definitions(self) -> Vec<Definition> {
        self.definitions
    }

    /// Expands a text that only the server reads, such as the name of an environment. An undefined variable
    /// becomes an empty text.
    pub fn expand(&self, text: &str) -> String {
        let value = |name: &str| self.iter().rfind(|(key, _)| *key == name).map_or("", |(_, value)| value);
        expand_known(text, |name| Some(value(name)))
    }

    /// The value that the runner reads for one of its settings (`GIT_STRATEGY`, `FF_*`).
    ///
    /// # Errors
    /// A value over the limit.
    pub fn value(&self, key: &str) -> Result<Option<String>, ExpandError> {
        let Some(found) = self.definitions.iter().rfind(|definition| definition.key == key) else {
            return Ok(None);
        };
        match found.expansion {
            Expansion::Raw => Ok(Some(found.value.clone())),
            Expansion::Expanded => Lookup::new(self.iter()).expand(key, &found.value).map(Some),
        }
    }

    /// Adds the runner's variables below and above the others, and applies the runner's expansion. `head`
    /// contains the resolved feature flags, so those of the job are dropped.
    ///
    /// # Errors
    /// Values over the limits.
    pub fn with_runner(
        self,
        head: Vec<Definition>,
        tail: Vec<Definition>,
    ) -> Result<Vec<Definition>, ExpandError> {
        let mut definitions = head;
        definitions.extend(self.definitions.into_iter().filter(|definition| !is_flag(&definition.key)));
        definitions.extend(tail);
        Ok(last_of_each(runner_pass(&definitions)?, |definition| definition.key.clone()))
    }
}

/// Keeps the last entry of each key.
pub(crate) fn last_of_each<T>(entries: Vec<T>, key: impl Fn(&T) -> String) -> Vec<T> {
    let mut seen = HashSet::new();
    let mut kept: Vec<T> = entries.into_iter().rev().filter(|entry| seen.insert(key(entry))).collect();
    kept.reverse();
    kept
}

/// A variable of the pipeline file in the form that the expansions take.
fn definition(variable: &Variable) -> Definition {
    Definition { key: variable.key.clone(), value: variable.value.clone(), expansion: variable.expansion }
}

#[cfg(test)]
mod tests;

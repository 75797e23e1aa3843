//! Which variable wins: the layers of a local run, in GitLab's order of precedence.
//!
//! Lowest first: what the runner computes, predefined variables, global and job `variables` of the file,
//! `GITLAB_USER_*`, the project's, the command line, the environment, and the runner's tail. The server sees the ones in the middle and
//! expands them; the runner puts its own around them and expands all of them again.
//!
//! Invariant: the result has every name once, with the value of the highest layer.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::expand::{Definition, ExpandError, Lookup, expand_known, runner_pass, server_pass};
use super::feature_flags::is_flag;
use crate::pipeline::variables::{Expansion, Variable};

/// The layers that the server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers<'a> {
    /// `CI_*` of job, project, pipeline, commit and runner.
    pub predefined: Vec<Definition>,
    /// Global `variables` of the file.
    pub global: &'a [Variable],
    /// The job's `variables`.
    pub job: &'a [Variable],
    /// `GITLAB_USER_*`; the file cannot override them.
    pub user: Vec<Definition>,
    /// `.runner-lite.env`.
    pub project: Vec<Definition>,
    /// `--variable`.
    pub command_line: Vec<Definition>,
    /// What GitLab knows of the environment that the job deploys to.
    pub environment: Vec<Definition>,
}

/// What the server hands to the runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVariables {
    definitions: Vec<Definition>,
}

impl Layers<'_> {
    /// Puts the layers on each other and does the server's expansion.
    ///
    /// # Errors
    /// Circular references, and values over the limits.
    pub fn expand(self) -> Result<ServerVariables, ExpandError> {
        Ok(ServerVariables { definitions: server_pass(&self.unexpanded().definitions)? })
    }

    /// Puts the layers on each other, references left as they are.
    pub fn unexpanded(self) -> ServerVariables {
        // One list from the file: a name of both levels has the job's value at the global one's place.
        let mut file: IndexMap<&str, Definition> = IndexMap::new();
        for variable in self.global.iter().chain(self.job) {
            file.insert(&variable.key, definition(variable));
        }
        let mut definitions = self.predefined;
        definitions.extend(file.into_values());
        definitions.extend(self.user);
        definitions.extend(self.project);
        definitions.extend(self.command_line);
        definitions.extend(self.environment);
        ServerVariables { definitions }
    }
}

impl ServerVariables {
    /// The names and values, as the runner gets them; of two equal names the later one counts.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.definitions.iter().map(|definition| (&*definition.key, &*definition.value))
    }

    /// Replaces the references of a text that only the server reads, such as the name of an environment: what nothing
    /// defines becomes nothing.
    pub fn expand(&self, text: &str) -> String {
        let value = |name: &str| self.iter().rfind(|(key, _)| *key == name).map_or("", |(_, value)| value);
        expand_known(text, |name| Some(value(name)))
    }

    /// The value that the runner reads for a setting of its own (`GIT_STRATEGY`, `FF_*`).
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

    /// Puts the runner's own variables around and does the runner's expansion. Feature flags are in `head`,
    /// resolved, so those of the job are dropped.
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

/// Drops every entry whose key comes again further on.
pub(crate) fn last_of_each<T>(entries: Vec<T>, key: impl Fn(&T) -> String) -> Vec<T> {
    let mut seen = HashSet::new();
    let mut kept: Vec<T> = entries.into_iter().rev().filter(|entry| seen.insert(key(entry))).collect();
    kept.reverse();
    kept
}

/// A variable of the file as the expansions take it.
pub(crate) fn definition(variable: &Variable) -> Definition {
    Definition { key: variable.key.clone(), value: variable.value.clone(), expansion: variable.expansion }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::map::{FileId, Span};

    fn variables(written: &[(&str, &str)]) -> Vec<Variable> {
        let span = Span { file: FileId(0), start: 0, end: 0 };
        let variable = |(key, value): &(&str, &str)| Variable {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
            expansion: Expansion::Expanded,
            span,
        };
        written.iter().map(variable).collect()
    }

    fn definitions(written: &[(&str, &str)]) -> Vec<Definition> {
        written.iter().map(|(key, value)| Definition::new(*key, *value)).collect()
    }

    fn shown(definitions: &[Definition]) -> Vec<String> {
        definitions.iter().map(|definition| format!("{}={}", definition.key, definition.value)).collect()
    }

    #[test]
    fn each_layer_wins_over_the_ones_before() {
        let every: Vec<(&str, &str)> =
            ["A", "B", "C", "D", "E", "F", "G", "H", "I"].map(|key| (key, "")).to_vec();
        let from = |layer: usize, name: &'static str| -> Vec<(&str, &str)> {
            every[layer..].iter().map(|(key, _)| (*key, name)).collect()
        };
        let layers = Layers {
            predefined: definitions(&from(1, "predefined")),
            global: &variables(&from(2, "global")),
            job: &variables(&from(3, "job")),
            user: definitions(&from(4, "user")),
            project: definitions(&from(5, "project")),
            command_line: definitions(&from(6, "command line")),
            environment: definitions(&from(7, "environment")),
        };
        let server = layers.expand().unwrap();
        let all = server.with_runner(definitions(&from(0, "head")), definitions(&from(8, "tail"))).unwrap();
        assert_eq!(
            shown(&all),
            [
                "A=head",
                "B=predefined",
                "C=global",
                "D=job",
                "E=user",
                "F=project",
                "G=command line",
                "H=environment",
                "I=tail"
            ]
        );
    }

    #[test]
    fn the_command_line_beats_the_job() {
        let layers = Layers {
            predefined: Vec::new(),
            global: &[],
            job: &variables(&[("A", "1"), ("B", "$A")]),
            user: Vec::new(),
            project: Vec::new(),
            command_line: definitions(&[("A", "9")]),
            environment: Vec::new(),
        };
        assert_eq!(shown(&layers.expand().unwrap().with_runner(vec![], vec![]).unwrap()), ["B=9", "A=9"]);
    }

    #[test]
    fn the_jobs_value_replaces_the_global_one_before_anything_is_expanded() {
        let layers = Layers {
            predefined: Vec::new(),
            global: &variables(&[("A", "low"), ("B", "$A")]),
            job: &variables(&[("A", "$A high")]),
            user: Vec::new(),
            project: Vec::new(),
            command_line: Vec::new(),
            environment: Vec::new(),
        };
        let all = layers.expand().unwrap().with_runner(vec![], vec![]).unwrap();
        assert_eq!(shown(&all), ["A=$A high high", "B=$A high high"]);
    }

    #[test]
    fn flags_of_the_job_give_way_to_the_resolved_ones() {
        let layers = Layers {
            predefined: Vec::new(),
            global: &[],
            job: &variables(&[("FF_NETWORK_PER_BUILD", "$ON"), ("ON", "1"), ("FF_MINE", "x")]),
            user: Vec::new(),
            project: Vec::new(),
            command_line: Vec::new(),
            environment: Vec::new(),
        };
        let server = layers.expand().unwrap();
        assert_eq!(server.value("FF_NETWORK_PER_BUILD").unwrap().as_deref(), Some("1"));
        assert_eq!(server.value("FF_OTHER").unwrap(), None);
        let all = server.with_runner(definitions(&[("FF_NETWORK_PER_BUILD", "true")]), vec![]).unwrap();
        assert_eq!(shown(&all), ["FF_NETWORK_PER_BUILD=true", "ON=1", "FF_MINE=x"]);
    }
}

//! Adds a `[[runners]]` section to a configuration, for `register`.
//!
//! Invariants: existing text of the file is unchanged, including comments and order; the comments of the template are
//! copied.

use toml_edit::{ArrayOfTables, Decor, DocumentMut, Item, RawString, Table, Value};

use super::flag_value::FlagValue;
use super::problem::{ConfigPosition, ConfigProblem};
use super::runner::Runner;
use super::{EXECUTORS, NoRunner, TomlDocument, load_runner};
use crate::source::diagnostic::Severity;

/// The global keys of a new file, as GitLab Runner writes them.
const NEW_FILE: &str = "concurrent = 1\ncheck_interval = 0\n";

/// The only executor that `register` accepts.
const EXECUTOR: &str = "docker";

/// The volume that GitLab Runner adds unless `disable_cache` is set.
const CACHE_VOLUME: &str = "/cache";

/// The options of `register`.
#[derive(Debug, Clone)]
pub struct Registration {
    /// `--name`, or `--description`.
    pub name: Option<String>,
    /// `--url`.
    pub url: Option<String>,
    /// `--token`, or `--registration-token`.
    pub token: Option<String>,
    /// `--executor`.
    pub executor: Option<String>,
    /// Flags for keys, which outrank the template.
    pub typed: Vec<FlagValue>,
}

/// Why a runner cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationError {
    #[error("the executor `{0}` is not supported: runner-lite runs jobs with `docker` alone")]
    Executor(String),
    /// The file is not TOML.
    #[error("{0}")]
    File(ConfigProblem),
    #[error("`runners` is not a list of [[runners]] sections")]
    NoSections,
    /// The template is invalid.
    #[error("the template: {0}")]
    Template(ConfigProblem),
    #[error("the template has {0} [[runners]] sections; it must have one")]
    TemplateSections(usize),
    /// A flag is invalid.
    #[error("{0}")]
    Flag(ConfigProblem),
}

/// The result of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The new text of the whole file.
    pub text: String,
    /// The number of other sections with the same name.
    pub namesakes: usize,
    /// Whether `exec` uses this section without `--runner`, because no other section is for Docker.
    pub is_first: bool,
    /// Warnings about the template.
    pub warnings: Vec<ConfigProblem>,
}

impl Registration {
    /// Adds the runner to the text of a file. An empty text makes a new file.
    ///
    /// # Errors
    /// See [`RegistrationError`].
    pub fn add(&self, file: &str, template: Option<&str>) -> Result<Registered, RegistrationError> {
        let text = if file.trim().is_empty() { NEW_FILE } else { file };
        let mut document: DocumentMut =
            text.parse().map_err(|_| RegistrationError::File(syntax_error(text)))?;
        let warnings = self.check(template)?;
        let section = self.section(template.unwrap_or_default())?;
        let runners = document.entry("runners").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let runners = runners.as_array_of_tables_mut().ok_or(RegistrationError::NoSections)?;
        let is_namesake = |other: &&Table| self.name.is_some() && text_of(other, "name") == self.name;
        let namesakes = runners.iter().filter(is_namesake).count();
        let is_docker =
            |other: &Table| text_of(other, "executor").is_none_or(|executor| EXECUTORS.contains(&&*executor));
        let is_first = !runners.iter().any(is_docker);
        runners.push(section);
        Ok(Registered { text: document.to_string(), namesakes, is_first, warnings })
    }

    /// Validates the template and the flags as `exec` does, and returns the warnings.
    fn check(&self, template: Option<&str>) -> Result<Vec<ConfigProblem>, RegistrationError> {
        let text = template.unwrap_or("[[runners]]\n");
        let document = TomlDocument::parse(text).map_err(RegistrationError::Template)?;
        let loaded = match load_runner(&document, None, &self.typed) {
            Ok(loaded) => loaded,
            Err(NoRunner::OtherExecutors(executor)) => return Err(RegistrationError::Executor(executor)),
            Err(_) => return Err(RegistrationError::TemplateSections(0)),
        };
        match loaded.problems.iter().find(|problem| problem.severity == Severity::Error) {
            Some(problem) if matches!(problem.position, ConfigPosition::Flag(_)) => {
                Err(RegistrationError::Flag(problem.clone()))
            }
            Some(problem) => Err(RegistrationError::Template(problem.clone())),
            None => Ok(loaded.problems),
        }
    }

    fn section(&self, template: &str) -> Result<Table, RegistrationError> {
        let mut old = template_section(template)?;
        let of_template = text_of(&old, "executor");
        let executor = self.executor.clone().or(of_template).unwrap_or_else(|| EXECUTOR.to_owned());
        if executor != EXECUTOR {
            return Err(RegistrationError::Executor(executor));
        }
        let mut section = Table::new();
        *section.decor_mut() = old.decor().clone();
        let named =
            [("name", &self.name), ("url", &self.url), ("token", &self.token), ("executor", &Some(executor))];
        for (key, value) in named {
            match (value, old.remove_entry(key)) {
                (Some(value), _) => drop(section.insert(key, Item::Value(Value::from(value)))),
                (None, Some((key, item))) => drop(section.insert_formatted(&key, item)),
                (None, None) => {}
            }
        }
        let keys: Vec<String> = old.iter().map(|(key, _)| key.to_owned()).collect();
        for (key, item) in keys.iter().filter_map(|key| old.remove_entry(key)) {
            section.insert_formatted(&key, item);
        }
        self.apply_flags(&mut section);
        format_table(&mut section, 0);
        Ok(section)
    }

    fn apply_flags(&self, section: &mut Table) {
        let (of_runner, of_docker): (Vec<_>, Vec<_>) =
            self.typed.iter().partition(|typed| Runner::SECTION.keys.contains(&typed.key));
        of_runner.iter().for_each(|typed| put(section, typed));
        let docker = section.entry("docker").or_insert_with(|| Item::Table(Table::new()));
        let Some(docker) = docker.as_table_mut() else { return };
        docker.set_implicit(false);
        of_docker.iter().for_each(|typed| put(docker, typed));
        let is_off = docker.get("disable_cache").and_then(Item::as_bool) == Some(true);
        let volumes = docker.get("volumes").and_then(Item::as_array);
        let has =
            volumes.is_some_and(|volumes| volumes.iter().any(|volume| volume.as_str() == Some(CACHE_VOLUME)));
        if !is_off && !has {
            let volumes =
                docker.entry("volumes").or_insert_with(|| Item::Value(Value::Array(Default::default())));
            if let Some(volumes) = volumes.as_array_mut() {
                volumes.push(CACHE_VOLUME);
            }
        }
    }
}

fn put(table: &mut Table, typed: &FlagValue) {
    let value = Item::Value(typed.value.clone());
    match table.get_mut(typed.key.name) {
        Some(item) => *item = value,
        None => drop(table.insert(typed.key.name, value)),
    }
}

/// The `[[runners]]` section of a template. Without a template, an empty section.
fn template_section(template: &str) -> Result<Table, RegistrationError> {
    if template.is_empty() {
        return Ok(Table::new());
    }
    let mut document: DocumentMut =
        template.parse().map_err(|_| RegistrationError::Template(syntax_error(template)))?;
    let Some(Item::ArrayOfTables(mut sections)) = document.remove("runners") else {
        return Err(RegistrationError::TemplateSections(0));
    };
    match (sections.len(), sections.get_mut(0)) {
        (1, Some(section)) => Ok(section.clone()),
        (count, _) => Err(RegistrationError::TemplateSections(count)),
    }
}

/// Formats a section as GitLab Runner does, with two spaces for each level, and keeps its comments. Removes the tables'
/// positions in the template, which would move them between tables of the file.
fn format_table(table: &mut Table, level: usize) {
    table.set_position(None);
    let above = if level == 0 { "\n" } else { "" };
    let prefix = format!("{above}{}", indented(table.decor(), level));
    table.decor_mut().set_prefix(prefix);
    for (mut key, item) in table.iter_mut() {
        match item {
            Item::Value(_) => {
                let prefix = indented(key.leaf_decor(), level + 1);
                key.leaf_decor_mut().set_prefix(prefix);
            }
            Item::Table(table) => format_table(table, level + 1),
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(|table| format_table(table, level + 1)),
            Item::None => {}
        }
    }
}

/// The comments before an item, and the indentation of the item.
fn indented(decor: &Decor, level: usize) -> String {
    let blanks = "  ".repeat(level);
    let text = decor.prefix().and_then(RawString::as_str).unwrap_or_default();
    let comments = text.lines().map(str::trim).filter(|line| !line.is_empty());
    comments.map(|comment| format!("{blanks}{comment}\n")).collect::<String>() + &blanks
}

fn text_of(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(Item::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Describes a syntax error by position and reason. `toml_edit` would quote the line, which may contain a secret.
fn syntax_error(text: &str) -> ConfigProblem {
    match TomlDocument::parse(text) {
        Err(problem) => problem,
        Ok(_) => ConfigProblem::error(ConfigPosition::File { line: 1, column: 1 }, "this is not TOML"),
    }
}

#[cfg(test)]
mod tests;

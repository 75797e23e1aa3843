//! GitLab's two expansions of `$NAME` in variables, as pure functions.
//!
//! The server resolves references between variables in order of dependency, and keeps references to unknown
//! variables. The runner then replaces the remaining ones in a single pass (Go's `os.Expand`) over the
//! server's list. The two have a different syntax of references, so both are here.
//!
//! Invariant: the work and the output are bounded, whatever refers to whatever.

mod reference;

use std::collections::{HashMap, HashSet};

use thiserror::Error;

use self::reference::{RunnerPart, RunnerParts, ServerParts, is_special};
use crate::pipeline::variables::Expansion;

/// The longest value. Linux accepts no environment string over 128 KiB. Longer values are still possible
/// where no process gets them; the engine reports them by name.
pub const VALUE_BYTES_MAX: usize = 1 << 20;

/// The largest sum of all values of one pass. A few references to long values multiply quickly, and no
/// process can start with an environment of more than a few MiB.
pub const VALUES_BYTES_MAX: usize = 8 << 20;

/// A variable before or after an expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    pub key: String,
    pub value: String,
    pub expansion: Expansion,
}

impl Definition {
    /// A variable whose value is expanded; nearly all are.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into(), expansion: Expansion::Expanded }
    }
}

/// Why variables cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpandError {
    /// Variables refer to each other in a circle. The text is GitLab's.
    #[error("circular variable reference detected: {}", list_cycles(cycles))]
    Circular {
        /// The names in each circle.
        cycles: Vec<Vec<String>>,
    },
    /// A value would exceed [`VALUE_BYTES_MAX`].
    #[error("variable `{key}` is longer than {VALUE_BYTES_MAX} bytes when expanded")]
    TooLong { key: String },
    /// All values together would exceed [`VALUES_BYTES_MAX`].
    #[error(
        "variables are longer than {VALUES_BYTES_MAX} bytes together when expanded; `{key}` is one too many"
    )]
    TooLongTogether {
        /// The variable whose value exceeded the limit.
        key: String,
    },
}

/// The server's pass: replaces `$NAME`, `${NAME}` and `%NAME%` in order of dependency.
///
/// Unknown names, raw variables (`expand: false`), `$$` and `%%` stay as they are for the runner. A
/// reference to the variable itself means an earlier definition of the same name, and stays if there is
/// none. The order of the list is kept.
///
/// # Errors
/// Variables that refer to each other in circles, and values over the limits.
pub fn server_pass(definitions: &[Definition]) -> Result<Vec<Definition>, ExpandError> {
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, definition) in definitions.iter().enumerate() {
        by_key.entry(&definition.key).or_default().push(index);
    }
    let graph = Graph { definitions, by_key };
    let order = graph.dependencies_first()?;
    let mut values: Vec<Option<String>> = vec![None; definitions.len()];
    let mut budget = Budget::new();
    for index in order {
        let value = graph.server_value(index, &values)?;
        budget.spend(&definitions[index].key, value.len())?;
        values[index] = Some(value);
    }
    let replaced = definitions.iter().zip(values);
    Ok(replaced
        .map(|(definition, value)| Definition { value: value.unwrap_or_default(), ..definition.clone() })
        .collect())
}

/// Replaces the references to known variables in a text once, with the server's syntax. Unknown names stay;
/// a text whose result would exceed [`VALUE_BYTES_MAX`] stays as a whole.
pub fn expand_known<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut output = String::with_capacity(text.len().min(VALUE_BYTES_MAX));
    for part in ServerParts::new(text) {
        let known = part.name.and_then(&value).unwrap_or(part.text);
        if append(&mut output, known, text).is_err() {
            return text.to_owned();
        }
    }
    output
}

/// The runner's pass: expands every value once with the unexpanded list; raw values stay.
///
/// # Errors
/// Values over the limits.
pub fn runner_pass(definitions: &[Definition]) -> Result<Vec<Definition>, ExpandError> {
    let lookup = Lookup::new(definitions.iter().map(|definition| (&*definition.key, &*definition.value)));
    let mut budget = Budget::new();
    let mut expanded = Vec::with_capacity(definitions.len());
    for definition in definitions {
        let value = match definition.expansion {
            Expansion::Raw => definition.value.clone(),
            Expansion::Expanded => lookup.expand(&definition.key, &definition.value)?,
        };
        budget.spend(&definition.key, value.len())?;
        expanded.push(Definition { value, ..definition.clone() });
    }
    Ok(expanded)
}

/// Expands texts such as image names, aliases and values with the runner's syntax.
#[derive(Debug)]
pub struct Lookup<'a> {
    values: HashMap<&'a str, &'a str>,
    written: HashMap<&'a str, &'a str>,
}

impl<'a> Lookup<'a> {
    /// Looks names up in these values; of two equal names the later one counts.
    pub fn new(values: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self { values: values.collect(), written: HashMap::new() }
    }

    /// The value of the variable `key`.
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.values.get(key).copied()
    }

    /// Replaces `$NAME` and `${NAME}` once: unknown names become empty, `$$` becomes `$`, and a `$` without
    /// a name stays.
    ///
    /// # Errors
    /// A result over [`VALUE_BYTES_MAX`]; the error names `subject`.
    pub fn expand(&self, subject: &str, text: &str) -> Result<String, ExpandError> {
        let mut output = String::with_capacity(text.len().min(VALUE_BYTES_MAX));
        for part in RunnerParts::new(text) {
            let addition = match part {
                RunnerPart::Text(text) => text,
                RunnerPart::Name(name) => self.value(name),
            };
            append(&mut output, addition, subject)?;
        }
        Ok(output)
    }

    /// Adds the values as written before their expansion, for [`Lookup::unknown_names`].
    #[must_use]
    pub fn written(mut self, values: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        self.written = values.collect();
        self
    }

    /// Undefined names in `text`, and in the values that it references, as these were written.
    pub fn unknown_names<'t>(&self, text: &'t str) -> Vec<&'t str>
    where
        'a: 't,
    {
        let (mut unknown, mut seen, mut texts) = (Vec::new(), HashSet::new(), vec![text]);
        while let Some(text) = texts.pop() {
            for part in RunnerParts::new(text) {
                let RunnerPart::Name(name) = part else { continue };
                if is_special(name) || !seen.insert(name) {
                    continue;
                }
                if !self.values.contains_key(name) {
                    unknown.push(name);
                }
                texts.extend(self.written.get(name));
            }
        }
        unknown
    }

    /// `$$` stands for `$`; the shell's other special parameters have no value outside a shell.
    fn value(&self, name: &str) -> &str {
        match name {
            "$" => "$",
            _ if is_special(name) => "",
            _ => self.values.get(name).copied().unwrap_or_default(),
        }
    }
}

/// The graph of references between definitions.
struct Graph<'a> {
    definitions: &'a [Definition],
    by_key: HashMap<&'a str, Vec<usize>>,
}

impl Graph<'_> {
    /// The definitions that must be expanded before `index`: every definition of each name in its value,
    /// but only the earlier ones of its own name.
    fn dependencies(&self, index: usize) -> Vec<usize> {
        let definition = &self.definitions[index];
        if definition.expansion == Expansion::Raw {
            return Vec::new();
        }
        let named = ServerParts::new(&definition.value).filter_map(|part| part.name);
        let indexes = named.filter_map(|name| self.by_key.get(name)).flatten().copied();
        indexes.filter(|&other| other < index || self.definitions[other].key != definition.key).collect()
    }

    /// All indices, each after its dependencies (Tarjan's algorithm, with an explicit stack: chains of
    /// references may be as long as the file).
    fn dependencies_first(&self) -> Result<Vec<usize>, ExpandError> {
        let mut walk = Walk::new(self.definitions.len());
        for start in 0..self.definitions.len() {
            if walk.number[start].is_none() {
                walk.from(start, |index| self.dependencies(index));
            }
        }
        let keys =
            |component: &Vec<usize>| component.iter().map(|&i| self.definitions[i].key.clone()).collect();
        let cycles: Vec<Vec<String>> = walk.components.iter().filter(|c| c.len() > 1).map(keys).collect();
        if cycles.is_empty() { Ok(walk.components.concat()) } else { Err(ExpandError::Circular { cycles }) }
    }

    /// Replaces the known references in a value by values that are already expanded.
    fn server_value(&self, index: usize, values: &[Option<String>]) -> Result<String, ExpandError> {
        let definition = &self.definitions[index];
        let mut output = String::with_capacity(definition.value.len().min(VALUE_BYTES_MAX));
        for part in ServerParts::new(&definition.value) {
            let known = match part.name {
                Some(name) if definition.expansion == Expansion::Expanded => self.known(index, name, values),
                _ => None,
            };
            append(&mut output, known.unwrap_or(part.text), &definition.key)?;
        }
        Ok(output)
    }

    fn known<'v>(&self, index: usize, name: &str, values: &'v [Option<String>]) -> Option<&'v str> {
        let indexes = self.by_key.get(name)?;
        let own = self.definitions[index].key == name;
        let last = *indexes.iter().rev().find(|&&other| !own || other < index)?;
        match self.definitions[last].expansion {
            Expansion::Raw => None,
            Expansion::Expanded => values[last].as_deref(),
        }
    }
}

/// The state of Tarjan's strongly connected components.
struct Walk {
    number: Vec<Option<usize>>,
    low: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    next_number: usize,
    components: Vec<Vec<usize>>,
}

impl Walk {
    fn new(nodes: usize) -> Self {
        Self {
            number: vec![None; nodes],
            low: vec![0; nodes],
            on_stack: vec![false; nodes],
            stack: Vec::new(),
            next_number: 0,
            components: Vec::new(),
        }
    }

    fn from(&mut self, start: usize, children: impl Fn(usize) -> Vec<usize>) {
        let mut frames = vec![self.enter(start, &children)];
        while let Some((node, pending)) = frames.last_mut() {
            let node = *node;
            match pending.next() {
                Some(child) if self.number[child].is_none() => frames.push(self.enter(child, &children)),
                Some(child) => {
                    if let (true, Some(number)) = (self.on_stack[child], self.number[child]) {
                        self.low[node] = self.low[node].min(number);
                    }
                }
                None => {
                    frames.pop();
                    self.leave(node);
                    if let Some((parent, _)) = frames.last() {
                        self.low[*parent] = self.low[*parent].min(self.low[node]);
                    }
                }
            }
        }
    }

    fn enter(
        &mut self,
        node: usize,
        children: impl Fn(usize) -> Vec<usize>,
    ) -> (usize, std::vec::IntoIter<usize>) {
        self.number[node] = Some(self.next_number);
        self.low[node] = self.next_number;
        self.next_number += 1;
        self.on_stack[node] = true;
        self.stack.push(node);
        (node, children(node).into_iter())
    }

    fn leave(&mut self, node: usize) {
        if self.number[node] != Some(self.low[node]) {
            return;
        }
        let start = self.stack.iter().rposition(|&other| other == node).unwrap_or(0);
        let component = self.stack.split_off(start);
        for &member in &component {
            self.on_stack[member] = false;
        }
        self.components.push(component);
    }
}

/// Formats the circles as Ruby prints lists of strings.
fn list_cycles(cycles: &[Vec<String>]) -> String {
    cycles.iter().map(|keys| format!("{keys:?}")).collect::<Vec<_>>().join(", ")
}

fn append(output: &mut String, addition: &str, key: &str) -> Result<(), ExpandError> {
    if output.len() + addition.len() > VALUE_BYTES_MAX {
        return Err(ExpandError::TooLong { key: key.to_owned() });
    }
    output.push_str(addition);
    Ok(())
}

/// The remaining part of [`VALUES_BYTES_MAX`].
struct Budget {
    left: usize,
}

impl Budget {
    fn new() -> Self {
        Self { left: VALUES_BYTES_MAX }
    }

    fn spend(&mut self, key: &str, bytes: usize) -> Result<(), ExpandError> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or_else(|| ExpandError::TooLongTogether { key: key.to_owned() })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;

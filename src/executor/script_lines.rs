//! Which lines of a shell's input are lines of the user's commands, and where these are written. Pure.

use std::collections::BTreeMap;

use crate::plan::job_plan::ScriptItem;

/// The lines of a script's commands, by their numbers in the input of the shell, as `bash` and BusyBox's `sh` count them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptLines {
    lines: BTreeMap<usize, WrittenLine>,
}

/// A line of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenLine {
    /// Its text.
    pub text: String,
    /// Where it is written: `.gitlab-ci.yml:58`.
    pub place: String,
}

impl ScriptLines {
    /// The lines of commands that begin in these lines of the input.
    pub fn new<'i>(commands: impl IntoIterator<Item = (usize, &'i ScriptItem)>) -> Self {
        let mut lines = BTreeMap::new();
        for (first, item) in commands {
            let Some(place) = &item.place else { continue };
            let numbered = (first..).zip(item.text.lines().zip(&place.lines));
            lines.extend(numbered.map(|(number, (text, line))| {
                (number, WrittenLine { text: text.to_owned(), place: format!("{}:{line}", place.file) })
            }));
        }
        Self { lines }
    }

    /// The line with this number.
    pub fn get(&self, number: usize) -> Option<&WrittenLine> {
        self.lines.get(&number)
    }
}

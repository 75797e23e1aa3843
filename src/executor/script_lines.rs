//! Which lines of a shell's input are lines of the user's commands, and where these are written. Pure.

use std::collections::BTreeMap;

use crate::plan::job_plan::ScriptItem;

/// The lines of a script's commands, by their numbers in the input of the shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptLines {
    lines: BTreeMap<usize, WrittenLine>,
    /// How many lines of the input come before those of the body.
    before_body: usize,
}

/// A line of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenLine {
    /// Its text.
    pub text: String,
    /// Where it is written: `.gitlab-ci.yml:58`.
    pub place: String,
    /// The command that it belongs to, from 0.
    pub command: usize,
    /// Which line of the command it is, from 0.
    pub index: usize,
}

/// The number of a line, as a shell counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineNumber {
    /// In the whole input: `bash` and BusyBox's `sh`.
    OfInput(usize),
    /// In the text that `eval` runs: `dash`.
    OfBody(usize),
}

impl ScriptLines {
    /// The lines of commands that begin in these lines of the input, after `before_body` lines that no `eval` runs.
    pub fn new<'i>(before_body: usize, commands: impl IntoIterator<Item = (usize, &'i ScriptItem)>) -> Self {
        let mut lines = BTreeMap::new();
        for (command, (first, item)) in commands.into_iter().enumerate() {
            let Some(place) = &item.place else { continue };
            let written = item.text.lines().zip(&place.lines).enumerate();
            lines.extend((first..).zip(written).map(|(number, (index, (text, line)))| {
                let place = format!("{}:{line}", place.file);
                (number, WrittenLine { text: text.to_owned(), place, command, index })
            }));
        }
        Self { lines, before_body }
    }

    /// The line with this number.
    pub fn get(&self, number: LineNumber) -> Option<&WrittenLine> {
        self.lines.get(&self.in_input(number))
    }

    /// The line with this number, or the last one before.
    pub fn last_until(&self, number: LineNumber) -> Option<&WrittenLine> {
        self.lines.range(..=self.in_input(number)).next_back().map(|(_, line)| line)
    }

    fn in_input(&self, number: LineNumber) -> usize {
        match number {
            LineNumber::OfInput(number) => number,
            LineNumber::OfBody(number) => number.saturating_add(self.before_body),
        }
    }
}

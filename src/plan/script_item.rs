//! A command of a script, with the places where the files have its lines. Pure.

use crate::source::map::{SourceMap, Spanned};

/// A command of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptItem {
    /// The command, trimmed at both ends.
    pub text: String,
    /// Where the command is written; `None` for a command of the runner's configuration.
    pub place: Option<ItemPlace>,
}

/// Where a command is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemPlace {
    /// The name of the file in messages.
    pub file: String,
    /// For each line of the command, the number of its line in the file, from 1. A line that the file has in another
    /// form, such as one of a folded text, has the number of the command's first line.
    pub lines: Vec<usize>,
}

impl ScriptItem {
    /// A command of a pipeline file.
    pub fn of_file(command: &Spanned<String>, map: &SourceMap) -> Self {
        let text = command.value.trim();
        let file = command.span.file;
        let first = map.location(file, command.span.start).line;
        let last = map.location(file, command.span.end).line;
        let written = |line: usize| map.line_text(file, line).trim();
        let head = text.lines().next().unwrap_or_default().trim();
        // Blank lines before the first line of a block belong to its span.
        let first = (first..=last).find(|line| written(*line).ends_with(head)).unwrap_or(first);
        let line_of = |(index, line): (usize, &str)| match first.saturating_add(index) {
            number if written(number) == line.trim() => number,
            _ => first,
        };
        let lines = text.lines().enumerate().map(line_of).collect();
        let place = Some(ItemPlace { file: map.name(file).to_owned(), lines });
        Self { text: text.to_owned(), place: place.filter(|place| !place.file.is_empty()) }
    }

    /// A command of the runner's configuration.
    pub fn of_runner(command: &str) -> Self {
        Self { text: command.trim().to_owned(), place: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::include::testing::{TestProject, pairs};

    /// The places of the commands of job `t`: `first line@file:lines`.
    fn check(main: &str, others: &[(&'static str, &str)], expect: &[&str]) {
        let (pipeline, _, map) = TestProject { files: pairs(others), ..Default::default() }.load(main);
        let pipeline = pipeline.unwrap();
        let job = &pipeline.jobs["t"];
        let items = job.before_script.iter().chain(&job.script).map(|item| ScriptItem::of_file(item, &map));
        let shown = items.map(|item| {
            let place = item.place.unwrap();
            format!("{}@{}:{:?}", item.text.lines().next().unwrap_or_default(), place.file, place.lines)
        });
        assert_eq!(shown.collect::<Vec<_>>(), expect, "{main}");
    }

    #[test]
    fn a_command_has_the_line_on_which_it_is_written() {
        check("t:\n  script: make\n", &[], &["make@.gitlab-ci.yml:[2]"]);
        check(
            "t:\n  before_script:\n    - 'a'\n  script:\n    - [b,\n       c]\n    - \"d\" # e\n",
            &[],
            &["a@.gitlab-ci.yml:[3]", "b@.gitlab-ci.yml:[5]", "c@.gitlab-ci.yml:[6]", "d@.gitlab-ci.yml:[7]"],
        );
    }

    #[test]
    fn each_line_of_a_block_has_its_own() {
        check(
            "t:\n  script:\n    - |\n\n      echo a\n        false\n\n      b\n    - c\n",
            &[],
            &["echo a@.gitlab-ci.yml:[5, 6, 7, 8]", "c@.gitlab-ci.yml:[9]"],
        );
        check("t:\r\n  script: |-\r\n    a\r\n    b\r\n", &[], &["a@.gitlab-ci.yml:[3, 4]"]);
    }

    #[test]
    fn lines_that_the_file_has_in_another_form_are_those_of_the_command() {
        check("t:\n  script:\n    - >\n      a\n      b\n\n      c\n", &[], &["a b@.gitlab-ci.yml:[4, 4]"]);
        check("t:\n  script:\n    - \"a\\nb\"\n", &[], &["a@.gitlab-ci.yml:[3, 3]"]);
    }

    #[test]
    fn the_place_is_where_the_text_is_written() {
        check(
            ".a: &a\n  - one\n.b:\n  script:\n    - two\n.c:\n  before_script: [three]\n\
             t:\n  extends: .c\n  script:\n    - *a\n    - !reference [.b, script]\n    - four\n",
            &[],
            &[
                "three@.gitlab-ci.yml:[7]",
                "one@.gitlab-ci.yml:[2]",
                "two@.gitlab-ci.yml:[5]",
                "four@.gitlab-ci.yml:[13]",
            ],
        );
        check(
            "include: b.yml\nt:\n  extends: .b\n",
            &[("b.yml", ".b:\n  script:\n    - |\n      x\n      y\n")],
            &["x@b.yml:[4, 5]"],
        );
    }
}

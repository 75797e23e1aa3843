//! `.runner-lite.env`: the project's CI/CD variables, which GitLab keeps in its settings. Pure.
//!
//! The lines have the format of docker's `--env-file`, so that other programs can read the file; quotes
//! work as in a shell. Variables below a comment `# masked` are hidden in all output, up to `# not masked`
//! or the end of the file: a forgotten mark hides too much, never too little. Variables below a comment
//! `# environment: NAME` are for jobs with such an environment, up to the next such comment; `*` stands for any text.
//!
//! Invariant: no error quotes a value, or anything else that may be part of one.

use std::collections::HashMap;
use std::fmt;

use thiserror::Error;

use crate::pipeline::variables::Expansion;

/// The file's name, at the root of the project.
pub const FILE: &str = ".runner-lite.env";

/// The largest file: twice the length of the longest environment string on Linux.
pub const FILE_BYTES_MAX: usize = 256 * 1024;

/// Shorter values are not masked, as in GitLab: a log without the character `1` would be unreadable.
pub const MASKED_CHARS_MIN: usize = 8;

/// The scope of a variable that all jobs get.
pub const ALL_ENVIRONMENTS: &str = "*";

/// A variable of the project.
#[derive(Clone, PartialEq, Eq)]
pub struct ProjectVariable {
    pub key: String,
    /// Not expanded.
    pub value: String,
    /// `Raw` for a value in single quotes.
    pub expansion: Expansion,
    pub visibility: Visibility,
    /// The environments that the variable is for.
    pub scope: String,
}

/// Whether a variable's value may appear in output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    Visible,
    /// Output shows `[MASKED]` instead.
    Masked,
}

impl fmt::Debug for ProjectVariable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}=[{} bytes, {:?}]", self.key, self.value.len(), self.visibility)
    }
}

/// A line that is not a variable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{line}:{column}: {problem}")]
pub struct LineError {
    /// Counted from 1.
    line: usize,
    /// In characters, counted from 1.
    column: usize,
    problem: String,
}

/// Parses the lines in order.
///
/// # Errors
/// One for each invalid line.
pub fn parse(text: &str) -> Result<Vec<ProjectVariable>, Vec<LineError>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut variables, mut errors) = (Vec::new(), Vec::new());
    let mut marks = Marks { visibility: Visibility::Visible, scope: ALL_ENVIRONMENTS };
    let mut lines = HashMap::new();
    for (index, line) in text.lines().enumerate() {
        let (line, number) = (Line(line), index + 1);
        if let Some(comment) = line.comment() {
            marks.visibility = mark(comment).unwrap_or(marks.visibility);
            marks.scope = scope(comment).unwrap_or(marks.scope);
            continue;
        }
        let parsed = line.variable(marks).and_then(|variable| {
            let key = variable.as_ref().map(|variable| (marks.scope, variable.key.clone()));
            match key.and_then(|key| lines.insert(key, number)) {
                Some(first) => {
                    Err(line.wrong(0, format!("this variable is already defined in line {first}")))
                }
                None => Ok(variable),
            }
        });
        match parsed {
            Ok(variable) => variables.extend(variable),
            Err((column, problem)) => errors.push(LineError { line: number, column, problem }),
        }
    }
    if errors.is_empty() { Ok(variables) } else { Err(errors) }
}

/// The visibility of the lines below a comment; `None` for a comment without a mark.
fn mark(comment: &str) -> Option<Visibility> {
    let mut words = comment.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is = |word: Option<&str>, wanted: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    let first = words.next();
    if is(first, "masked") {
        return Some(Visibility::Masked);
    }
    (is(first, "not") && is(words.next(), "masked")).then_some(Visibility::Visible)
}

/// The scope of the lines below a comment `environment: NAME`; `None` for another comment.
fn scope(comment: &str) -> Option<&str> {
    let (word, scope) = comment.split_once(':')?;
    let (word, scope) = (word.trim(), scope.trim());
    (word.eq_ignore_ascii_case("environment") && !scope.is_empty() && !scope.contains(char::is_whitespace))
        .then_some(scope)
}

/// What the comments above a line say about it.
#[derive(Clone, Copy)]
struct Marks<'t> {
    visibility: Visibility,
    scope: &'t str,
}

/// A byte of the line, and the problem there.
type Wrong = (usize, String);

#[derive(Clone, Copy)]
struct Line<'t>(&'t str);

impl<'t> Line<'t> {
    fn comment(self) -> Option<&'t str> {
        self.0.trim_start().strip_prefix('#')
    }

    fn wrong(self, byte: usize, problem: impl Into<String>) -> Wrong {
        (self.0.get(..byte).map_or(1, |before| before.chars().count() + 1), problem.into())
    }

    /// Parses the line; `None` for an empty one.
    fn variable(self, marks: Marks<'_>) -> Result<Option<ProjectVariable>, Wrong> {
        if self.0.trim().is_empty() {
            return Ok(None);
        }
        let start = self.0.len() - self.0.trim_start().len();
        let Some((head, _)) = self.0.split_once('=') else {
            return Err(self.wrong(start, "there is no `=` in this line; write KEY=VALUE"));
        };
        let key = head.trim();
        if key.is_empty() {
            return Err(self.wrong(start, "there is no name before the `=`"));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Some(place) = key.find(|c: char| !fits(c)) {
            let export = if key.starts_with("export ") { "; leave out `export`" } else { "" };
            let problem = format!("a variable's name has letters, digits and `_` only{export}");
            return Err(self.wrong(start + place, problem));
        }
        let (value, expansion) = self.value(head.len() + 1)?;
        let Marks { visibility, scope } = marks;
        if visibility == Visibility::Masked {
            let problem = match value.chars().count() {
                1..MASKED_CHARS_MIN => format!(
                    "`{key}` is too short to be masked (GitLab's minimum: {MASKED_CHARS_MIN} characters); write \
                     `# not masked` above it"
                ),
                _ if value.contains(['\n', '\r']) => {
                    format!("`{key}` has several lines, and GitLab masks no value with several lines")
                }
                _ => String::new(),
            };
            if !problem.is_empty() {
                return Err(self.wrong(start, problem));
            }
        }
        Ok(Some(ProjectVariable {
            key: key.to_owned(),
            value,
            expansion,
            visibility,
            scope: scope.to_owned(),
        }))
    }

    /// Parses the value that begins at a byte of the line.
    fn value(self, from: usize) -> Result<(String, Expansion), Wrong> {
        let text = self.0.get(from..).unwrap_or_default();
        let trimmed = text.trim_start();
        let open = self.0.len() - trimmed.len();
        let inside = open + 1;
        let (value, after, expansion) = match trimmed.chars().next() {
            Some('\'') => {
                let rest = self.0.get(inside..).unwrap_or_default();
                let Some((value, after)) = rest.split_once('\'') else {
                    return Err(self.wrong(open, "this quote is not closed in its line"));
                };
                (value.to_owned(), after, Expansion::Raw)
            }
            Some('"') => match double_quoted(self.0.get(inside..).unwrap_or_default()) {
                Some((value, after)) => (value, after, Expansion::Expanded),
                None => {
                    return Err(
                        self.wrong(open, "this quote is not closed in its line; a line break in it is `\\n`")
                    );
                }
            },
            _ => return Ok((trimmed.trim_end().to_owned(), Expansion::Expanded)),
        };
        let left = after.trim_start();
        if left.is_empty() || (left.len() < after.len() && left.starts_with('#')) {
            return Ok((value, expansion));
        }
        Err(self.wrong(self.0.len() - left.len(), "text follows the closing quote"))
    }
}

/// The text up to the closing quote, and the rest of the line.
fn double_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return Some((value, text.get(place + 1..)?)),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                escaped @ ('"' | '\\') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The variables as `KEY=VALUE`, with `!` before a masked one and `'` before a raw one.
    fn shown(text: &str) -> Vec<String> {
        let variables = parse(text).unwrap();
        let show = |variable: &ProjectVariable| {
            let masked = if variable.visibility == Visibility::Masked { "!" } else { "" };
            let raw = if variable.expansion == Expansion::Raw { "'" } else { "" };
            format!("{masked}{raw}{}={}", variable.key, variable.value)
        };
        variables.iter().map(show).collect()
    }

    fn errors(text: &str) -> Vec<String> {
        parse(text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_are_those_of_an_env_file() {
        let text = "\u{feff}# a comment\n\nA=1\r\n  B = two words # not a comment \nC=\nD=a=b\nE=it's\n";
        assert_eq!(shown(text), ["A=1", "B=two words # not a comment", "C=", "D=a=b", "E=it's"]);
    }

    #[test]
    fn quotes_are_a_shells() {
        assert_eq!(shown(r"A='$B \n' # why"), [r"'A=$B \n"]);
        assert_eq!(shown(r#"A="$B \"x\" \\ \d\n ""#), ["A=$B \"x\" \\ \\d\n "]);
        assert_eq!(shown("A=''\nB=\"\""), ["'A=", "B="]);
    }

    #[test]
    fn what_is_below_the_mark_is_masked() {
        let text = "A=visible\n# Masked: tokens\nB=12345678\n\nC=\nD='secret words'\n#not masked\nE=1\n# maskedly\nF=2";
        assert_eq!(shown(text), ["A=visible", "!B=12345678", "!C=", "!'D=secret words", "E=1", "F=2"]);
    }

    #[test]
    fn what_is_below_an_environment_is_for_it_alone() {
        let text = "A=1\n# environment: production\nA=2\n# masked\nB=12345678\n#Environment:review/*\nA=3\n\
                    # environment: is described here\nC=4\n# environment: *\nC=5\nB=87654321\n";
        let variables = parse(
            text.replace("A=3", "A=33333333")
                .replace("C=4", "C=44444444")
                .replace("C=5", "C=55555555")
                .as_str(),
        );
        let scopes: Vec<_> =
            variables.unwrap().iter().map(|known| format!("{} {}", known.key, known.scope)).collect();
        assert_eq!(scopes, ["A *", "A production", "B production", "A review/*", "C review/*", "C *", "B *"]);
        assert_eq!(errors("# environment: a\nA=1\nA=2"), ["3:1: this variable is already defined in line 2"]);
    }

    #[test]
    fn every_line_that_is_wrong_is_named_and_no_value_is_quoted() {
        let text = "ghp_token\n  =x\nexport A=hunter2\nB-C=hunter2\nD='hunter2\nE=\"hunter2\\\"\nF='a'hunter2\nF=1\nF=2\n\
                    # masked\nG=hunter2\nH=\"hunter2\\nhunter2\"\n";
        let errors = errors(text);
        insta::assert_snapshot!(errors.join("\n"), @r"
        1:1: there is no `=` in this line; write KEY=VALUE
        2:3: there is no name before the `=`
        3:7: a variable's name has letters, digits and `_` only; leave out `export`
        4:2: a variable's name has letters, digits and `_` only
        5:3: this quote is not closed in its line
        6:3: this quote is not closed in its line; a line break in it is `\n`
        7:6: text follows the closing quote
        9:1: this variable is already defined in line 8
        11:1: `G` is too short to be masked (GitLab's minimum: 8 characters); write `# not masked` above it
        12:1: `H` has several lines, and GitLab masks no value with several lines
        ");
        assert!(!errors.concat().contains("hunter2"));
    }

    #[test]
    fn a_value_is_in_no_debug_text() {
        assert_eq!(format!("{:?}", parse("A=hunter2").unwrap()), "[A=[7 bytes, Visible]]");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([A_= '\"#\\\\n\u{e9}]|masked|\n){0,60}") {
            if let Err(errors) = parse(&text) {
                prop_assert!(!errors.is_empty());
            }
        }
    }
}

//! A shell's own message about a line of the script: `/bin/sh: eval: line 246: foo: not found`. Pure.
//!
//! The shell counts the lines of its input, in which the variables of the job come first. Only what is certainly a message
//! about a line of the user's commands is taken for one: it begins with the path of the job's shell, and is about a word of
//! the line with this number, a file that this line cannot open, or the syntax.

use super::create::shell::SCRIPT_SHELLS;
use super::script_lines::{LineNumber, ScriptLines, WrittenLine};

/// What messages about the syntax begin with. A shell may notice only behind the last line that something is missing.
const SYNTAX: [&str; 3] = ["syntax error", "Syntax error", "unexpected EOF while looking for matching"];

/// What the messages of BusyBox and `dash` about a redirection begin with. Variables in its path are replaced.
const REDIRECTION: [&str; 4] = ["can't create ", "can't open ", "cannot create ", "cannot open "];

/// A shell's message about a line of the user's commands.
#[derive(Debug, PartialEq, Eq)]
pub struct ShellMessage<'m> {
    /// The path of the shell.
    pub shell: &'static str,
    /// The line that it is about.
    pub line: &'m WrittenLine,
    /// The builtin command that says it, unless that is `eval`, which runs every script.
    pub builtin: Option<&'m str>,
    /// What follows.
    pub text: &'m str,
}

/// A message that gives the number of a line.
struct Numbered<'m> {
    builtin: Option<&'m str>,
    number: LineNumber,
    text: &'m str,
}

/// Whether a line that begins with `head` may be such a message.
pub fn may_be_shell_message(head: &[u8]) -> bool {
    SCRIPT_SHELLS.iter().map(|shell| shell.as_bytes()).any(|shell| match head.strip_prefix(shell) {
        Some(rest) => rest.starts_with(b": ") || b": ".starts_with(rest),
        None => shell.starts_with(head),
    })
}

/// The message that a line of output is.
pub fn shell_message<'m>(line: &'m str, lines: &'m ScriptLines) -> Option<ShellMessage<'m>> {
    let of_shell = |shell: &&'static str| Some((*shell, line.strip_prefix(*shell)?.strip_prefix(": ")?));
    let (shell, rest) = SCRIPT_SHELLS.iter().find_map(of_shell)?;
    let Numbered { builtin, number, text } = counted_in_input(rest).or_else(|| counted_in_body(rest))?;
    let begins_with = |signs: &[&str]| signs.iter().any(|sign| text.starts_with(sign));
    let line = match begins_with(&SYNTAX) {
        true => lines.last_until(number)?,
        false => lines
            .get(number)
            .filter(|line| begins_with(&REDIRECTION) || is_about(&line.text, builtin, text))?,
    };
    Some(ShellMessage { shell, line, builtin, text })
}

/// As `bash` and BusyBox write it: `line 246: foo: not found`, `cd: line 246: can't cd to foo`.
fn counted_in_input(rest: &str) -> Option<Numbered<'_>> {
    let (builtin, behind) = match rest.strip_prefix("line ") {
        Some(behind) => (None, behind),
        None => rest.split_once(": line ").map(|(builtin, behind)| (Some(builtin), behind))?,
    };
    let (number, text) = behind.split_once(": ")?;
    let number = LineNumber::OfInput(number.parse().ok()?);
    Some(Numbered { builtin: builtin.filter(|name| *name != "eval"), number, text })
}

/// As `dash` writes it: `246: eval: foo: not found`, `246: cd: can't cd to foo`.
fn counted_in_body(rest: &str) -> Option<Numbered<'_>> {
    let (number, text) = rest.split_once(": ")?;
    let number = LineNumber::OfBody(number.parse().ok()?);
    Some(Numbered { builtin: None, number, text: text.strip_prefix("eval: ").unwrap_or(text) })
}

/// Whether a line has the name of the builtin command, or else the word before the message's first colon.
fn is_about(line: &str, builtin: Option<&str>, text: &str) -> bool {
    let word = builtin.or_else(|| Some(text.split_once([':', '\n'])?.0)).unwrap_or_default();
    // `bash` quotes what it met.
    let word = word.trim_start_matches('`').trim_end_matches('\'');
    !word.is_empty() && line.contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::job_plan::{ItemPlace, ScriptItem};

    /// The message that a line is, for a script of two commands, in the lines 20 to 22 of the input and 10 to 12 of the
    /// body.
    #[track_caller]
    fn check(line: &str, expect: Option<&str>) {
        let item = |text: &str, lines: &[usize]| {
            let place = ItemPlace { file: "ci.yml".to_owned(), lines: lines.to_vec() };
            ScriptItem { text: text.to_owned(), place: Some(place) }
        };
        let items = [item("nonesuch --x\ncd /none >$A", &[7, 8]), item("if a; then", &[9])];
        let lines = ScriptLines::new(10, [(20, &items[0]), (22, &items[1])]);
        let shown = shell_message(line, &lines).map(|message| {
            let builtin = message.builtin.map(|builtin| format!("{builtin}: ")).unwrap_or_default();
            format!("{}: {}: {builtin}{}", message.shell, message.line.place, message.text)
        });
        assert_eq!(shown.as_deref(), expect, "{line}");
    }

    #[test]
    fn each_shell_gives_the_line_in_its_own_words() {
        let missing = |shell: &str| format!("{shell}: ci.yml:7: nonesuch: not found");
        check("/usr/bin/bash: line 20: nonesuch: not found", Some(&missing("/usr/bin/bash")));
        check("/bin/sh: eval: line 20: nonesuch: not found", Some(&missing("/bin/sh")));
        check("/bin/sh: line 20: nonesuch: not found", Some(&missing("/bin/sh")));
        check("/usr/bin/sh: 10: eval: nonesuch: not found", Some(&missing("/usr/bin/sh")));
        let folder = |shell: &str| format!("{shell}: ci.yml:8: cd: can't cd to /none");
        check("/bin/sh: cd: line 21: can't cd to /none", Some(&folder("/bin/sh")));
        check("/usr/bin/sh: 11: cd: can't cd to /none", Some(&folder("/usr/bin/sh")));
    }

    #[test]
    fn the_path_of_a_redirection_may_have_been_a_variable() {
        let told = Some("/bin/sh: ci.yml:8: can't create /none/a: nonexistent directory");
        check("/bin/sh: eval: line 21: can't create /none/a: nonexistent directory", told);
        let told = Some("/bin/sh: ci.yml:8: cannot create /none/a: Directory nonexistent");
        check("/bin/sh: 11: eval: cannot create /none/a: Directory nonexistent", told);
    }

    #[test]
    fn wrong_syntax_is_that_of_the_last_line_which_the_shell_has_read() {
        for number in [22, 23, 25] {
            let told = Some("/usr/bin/bash: ci.yml:9: syntax error: unexpected end of file");
            check(&format!("/usr/bin/bash: eval: line {number}: syntax error: unexpected end of file"), told);
        }
        let told = Some("/bin/sh: ci.yml:9: Syntax error: \"done\" unexpected");
        check("/bin/sh: 12: eval: Syntax error: \"done\" unexpected", told);
        let told = Some("/bin/bash: ci.yml:9: `if a; then'\n");
        check("/bin/bash: eval: line 22: `if a; then'\n", told);
        check("/bin/bash: eval: line 3: syntax error: unexpected end of file", None);
    }

    #[test]
    fn other_lines_are_no_messages() {
        for line in [
            "/usr/bin/bash: line 23: nonesuch: command not found",
            "/usr/bin/bash: line 20: other: command not found",
            "/usr/bin/bash: line 20",
            "/usr/bin/bash: line x: nonesuch: a",
            "/usr/bin/sh: 20: eval: nonesuch: not found",
            "bash: line 20: nonesuch: command not found",
            "sh: 20: nonesuch: not found",
            "./a.sh: line 20: nonesuch: command not found",
            "/bin/sh: read: line 20: illegal option",
            "/bin/sh: eval: nonesuch",
            "/bin/sh: ",
            "",
        ] {
            check(line, None);
        }
    }
}

//! The word that the program expects at the cursor, according to its own commands and options. Pure.

use clap::{Arg, Command, ValueHint};

/// The kind of word that fits at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ExpectedWord {
    OneOf(Vec<Candidate>),
    /// The name of a job, behind a prefix such as `--job=`.
    Job {
        prefix: String,
    },
    /// The name of a job in the store.
    StoredJob,
    /// The name of a run in the store, or one of these words, behind a prefix such as `--run=`.
    Run {
        prefix: String,
        words: &'static [&'static str],
    },
    /// The path of a file.
    File,
    /// The path of a folder.
    Folder,
}

/// A word that may be inserted at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) text: String,
    /// A line that the shell shows beside the word; may be empty.
    pub(super) description: String,
}

/// The expected word, and the options that name the pipeline file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExpectedAtCursor {
    pub(super) word: ExpectedWord,
    /// Options of the line that decide which jobs exist.
    pub(super) project_options: Vec<String>,
}

/// The ids of the options that decide which jobs exist.
const PROJECT_OPTIONS: [&str; 5] = ["file", "include_dir", "inputs", "state_dir", "cache_dir"];

/// The ids of the arguments whose values are names of jobs.
const JOB_ARGUMENTS: [&str; 2] = ["job", "jobs"];

/// The id of the argument whose value is the name of a stored job.
const STORED_JOB: &str = "stored_job";

/// The ids of the arguments whose values are names of runs, and the words that they take as well.
const RUN_ARGUMENTS: [(&str, &[&str]); 2] = [("run", &[]), ("from", &["last", "none"])];

/// Finds the expected word. `words` follow the program's name; the last of them is at the cursor.
pub(super) fn expected_at_cursor(program: &Command, words: &[String]) -> ExpectedAtCursor {
    let (current, before) = words.split_last().map_or(("", &[][..]), |(last, before)| (last, before));
    let mut line = WordsBeforeCursor {
        command: program,
        project_options: Vec::new(),
        open_option: None,
        positionals: 0,
        after_double_dash: false,
    };
    before.iter().for_each(|word| line.push(word));
    ExpectedAtCursor { word: line.expected(current), project_options: line.project_options }
}

/// The state after the words before the cursor.
struct WordsBeforeCursor<'c> {
    /// The program, or the subcommand that was named.
    command: &'c Command,
    project_options: Vec<String>,
    /// An option whose value is the next word.
    open_option: Option<&'c Arg>,
    /// The number of positional arguments so far.
    positionals: usize,
    after_double_dash: bool,
}

impl<'c> WordsBeforeCursor<'c> {
    fn push(&mut self, word: &str) {
        if let Some(option) = self.open_option.take() {
            self.keep_project_option(option, word);
        } else if self.after_double_dash || !word.starts_with('-') || word == "-" {
            match self.command.find_subcommand(word).filter(|_| self.positionals == 0) {
                Some(command) => self.command = command,
                None => self.positionals += 1,
            }
        } else if word == "--" {
            self.after_double_dash = true;
        } else if let Some((option, value)) = self.find_option(word) {
            match value {
                Some(value) => self.keep_project_option(option, value),
                None if takes_next_word(option) => self.open_option = Some(option),
                None => {}
            }
        }
    }

    /// Finds the option that a word names, and the value that the word contains.
    fn find_option<'w>(&self, word: &'w str) -> Option<(&'c Arg, Option<&'w str>)> {
        let options = self.command.get_arguments();
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let has_name = |option: &&Arg| {
                option.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name))
            };
            return options.into_iter().find(has_name).map(|option| (option, value));
        }
        // In `-qfa.yml` the first letter that takes a value gets the rest of the word.
        let letters = word.strip_prefix('-')?;
        for (index, letter) in letters.char_indices() {
            let known = self.command.get_arguments().find(|option| option.get_short() == Some(letter))?;
            let rest = letters.get(index + letter.len_utf8()..).unwrap_or_default();
            if known.get_action().takes_values() || rest.is_empty() {
                return Some((known, Some(rest).filter(|rest| !rest.is_empty())));
            }
        }
        None
    }

    fn keep_project_option(&mut self, option: &Arg, value: &str) {
        let is_kept = PROJECT_OPTIONS.contains(&option.get_id().as_str());
        if let Some(name) = option.get_long().filter(|_| is_kept) {
            self.project_options.push(format!("--{name}={value}"));
        }
    }

    /// Decides which word is expected, given the part of it before the cursor.
    fn expected(&self, current: &str) -> ExpectedWord {
        if let Some(option) = self.open_option {
            return expected_value(option, "");
        }
        if !self.after_double_dash && current.starts_with('-') {
            return match self.find_option(current) {
                Some((option, Some(_))) if current.starts_with("--") => {
                    let name = current.split_once('=').map_or("", |(name, _)| name);
                    expected_value(option, &format!("{name}="))
                }
                _ => ExpectedWord::OneOf(self.command.get_arguments().filter_map(option_name).collect()),
            };
        }
        let commands = self.command.get_subcommands().filter(|command| !command.is_hide_set());
        let commands: Vec<Candidate> =
            commands.map(|command| candidate(command.get_name(), command.get_about())).collect();
        if self.positionals == 0 && !commands.is_empty() {
            return ExpectedWord::OneOf(commands);
        }
        let arguments: Vec<&Arg> = self.command.get_positionals().collect();
        let takes_more = |last: &&&Arg| last.get_num_args().is_some_and(|number| number.max_values() > 1);
        let argument = arguments.get(self.positionals).or_else(|| arguments.last().filter(takes_more));
        argument.map_or(ExpectedWord::OneOf(Vec::new()), |argument| expected_value(argument, ""))
    }
}

/// Whether the word behind the option is its value.
fn takes_next_word(option: &Arg) -> bool {
    option.get_action().takes_values() && !option.is_require_equals_set()
}

/// Decides which value of an argument is expected behind `prefix`.
fn expected_value(argument: &Arg, prefix: &str) -> ExpectedWord {
    if JOB_ARGUMENTS.contains(&argument.get_id().as_str()) {
        return ExpectedWord::Job { prefix: prefix.to_owned() };
    }
    if argument.get_id() == STORED_JOB {
        return ExpectedWord::StoredJob;
    }
    if let Some((_, words)) = RUN_ARGUMENTS.iter().find(|(id, _)| argument.get_id() == id) {
        return ExpectedWord::Run { prefix: prefix.to_owned(), words };
    }
    match argument.get_value_hint() {
        ValueHint::AnyPath | ValueHint::FilePath => ExpectedWord::File,
        ValueHint::DirPath => ExpectedWord::Folder,
        _ => {
            let values = argument.get_possible_values();
            let values = values
                .iter()
                .map(|value| candidate(&format!("{prefix}{}", value.get_name()), value.get_help()));
            ExpectedWord::OneOf(values.collect())
        }
    }
}

fn option_name(argument: &Arg) -> Option<Candidate> {
    let name = argument.get_long().filter(|_| !argument.is_hide_set())?;
    Some(candidate(&format!("--{name}"), argument.get_help()))
}

fn candidate(text: &str, help: Option<&clap::builder::StyledStr>) -> Candidate {
    let help = help.map(ToString::to_string).unwrap_or_default();
    Candidate { text: text.to_owned(), description: help.lines().next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Args;

    fn at(line: &[&str]) -> ExpectedAtCursor {
        let mut program = Args::command();
        program.build();
        expected_at_cursor(&program, &line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    fn words(line: &[&str]) -> Vec<String> {
        match at(line).word {
            ExpectedWord::OneOf(words) => words.into_iter().map(|word| word.text).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn job() -> ExpectedWord {
        ExpectedWord::Job { prefix: String::new() }
    }

    #[test]
    fn the_first_word_is_a_command() {
        let commands = words(&[""]);
        assert!(commands.contains(&"exec".to_owned()) && commands.contains(&"completion".to_owned()));
        assert!(!commands.contains(&"complete".to_owned()), "{commands:?}");
        assert_eq!(words(&["nonsense", ""]), Vec::<String>::new());
    }

    #[test]
    fn jobs_are_expected_where_the_command_takes_a_job() {
        for line in [
            &["exec", ""][..],
            &["exec", "te"],
            &["exec", "-q", "--variable", "A=1", ""],
            &["exec", "--", "-x"],
            &["show", "--origins", "te"],
            &["pull", "one", "two", ""],
            &["auth", "ruby", "--job", ""],
            &["auth", "-j", ""],
            &["exec", "exec"],
        ] {
            assert_eq!(at(line).word, job(), "{line:?}");
        }
        assert_eq!(at(&["auth", "--job=te"]).word, ExpectedWord::Job { prefix: "--job=".to_owned() });
        assert_eq!(words(&["exec", "one", ""]), Vec::<String>::new());
        assert_eq!(words(&["list", ""]), Vec::<String>::new());
    }

    #[test]
    fn stored_jobs_and_runs_are_expected_by_the_commands_of_the_store() {
        for line in [&["logs", ""][..], &["artifacts", "get", "b"], &["artifacts", "list", ""]] {
            assert_eq!(at(line).word, ExpectedWord::StoredJob, "{line:?}");
        }
        let run = |prefix: &str, words| ExpectedWord::Run { prefix: prefix.to_owned(), words };
        assert_eq!(at(&["logs", "test", "--run", ""]).word, run("", &[]));
        assert_eq!(at(&["exec", "test", "--from=l"]).word, run("--from=", &["last", "none"]));
        assert_eq!(words(&["artifacts", ""]), ["list", "get"]);
        assert_eq!(words(&["exec", "test", "--needs="]), ["--needs=all", "--needs=missing"]);
        let options = at(&["logs", "--state-dir", "/s", ""]).project_options;
        assert_eq!(options, ["--state-dir=/s"]);
    }

    #[test]
    fn behind_dashes_the_options_of_the_command_are_expected() {
        let options = words(&["show", "--"]);
        assert!(options.contains(&"--origins".to_owned()) && options.contains(&"--help".to_owned()));
        assert!(!options.contains(&"--host".to_owned()), "{options:?}");
        assert_eq!(words(&["completion", ""]), ["bash", "zsh", "fish"]);
        assert_eq!(words(&["exec", "--probe", ""]), ["auto", "direct", "inside", "off"]);
    }

    #[test]
    fn paths_are_left_to_the_shell() {
        assert_eq!(at(&["exec", "--file", ""]).word, ExpectedWord::File);
        assert_eq!(at(&["lint", "a.yml", ""]).word, ExpectedWord::File);
        assert_eq!(at(&["exec", "--include-dir", ""]).word, ExpectedWord::Folder);
    }

    #[test]
    fn options_that_name_the_pipeline_file_are_kept() {
        let expected =
            at(&["exec", "-qf", "a.yml", "--include-dir=b", "--timeout", "1h", "--input", "x=y", ""]);
        assert_eq!(expected.project_options, ["--file=a.yml", "--include-dir=b", "--input=x=y"]);
        assert_eq!(expected.word, job());
        assert_eq!(at(&["exec", "-fa.yml", ""]).project_options, ["--file=a.yml"]);
    }
}

//! What may stand at the cursor, from the program's own commands and options. Pure.

use clap::{Arg, Command, ValueHint};

/// What may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// One of these.
    Words(Vec<Word>),
    /// The name of a job, with this before it.
    Job(String),
    /// The path of a file.
    File,
    /// The path of a folder.
    Folder,
}

/// A word, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// A line about it; may be empty.
    pub meaning: String,
}

/// The answer, and what jobs are looked for with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What may stand at the cursor.
    pub wanted: Wanted,
    /// Options that decide where jobs are looked for, as they were typed.
    pub options: Vec<String>,
}

/// Options that decide where jobs are looked for.
const LOOKED_FOR: [&str; 3] = ["file", "include_dir", "inputs"];

/// Arguments that are names of jobs.
const JOBS: [&str; 2] = ["job", "jobs"];

/// Decides it. `words` are those after the program's name; the last one is at the cursor.
pub fn asked(program: &Command, words: &[String]) -> Asked {
    let (current, before) = words.split_last().map_or(("", &[][..]), |(last, before)| (last, before));
    let mut typed = Typed { command: program, options: Vec::new(), open: None, place: 0, is_escaped: false };
    before.iter().for_each(|word| typed.read(word));
    Asked { wanted: typed.wanted(current), options: typed.options }
}

/// What was typed before the cursor.
struct Typed<'c> {
    command: &'c Command,
    options: Vec<String>,
    /// An option that waits for its value.
    open: Option<&'c Arg>,
    /// Which of the arguments without a name is next.
    place: usize,
    /// Whether `--` was typed.
    is_escaped: bool,
}

impl<'c> Typed<'c> {
    fn read(&mut self, word: &str) {
        if let Some(option) = self.open.take() {
            self.keep(option, word);
        } else if self.is_escaped || !word.starts_with('-') || word == "-" {
            match self.command.find_subcommand(word).filter(|_| self.place == 0) {
                Some(command) => self.command = command,
                None => self.place += 1,
            }
        } else if word == "--" {
            self.is_escaped = true;
        } else if let Some((option, value)) = self.option(word) {
            match value {
                Some(value) => self.keep(option, value),
                None if waits(option) => self.open = Some(option),
                None => {}
            }
        }
    }

    /// The option that a word names, and the value in it.
    fn option<'w>(&self, word: &'w str) -> Option<(&'c Arg, Option<&'w str>)> {
        let options = self.command.get_arguments();
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let is_it = |option: &&Arg| {
                option.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name))
            };
            return options.into_iter().find(is_it).map(|option| (option, value));
        }
        // Of several letters the first one with a value takes the rest.
        let letters = word.strip_prefix('-')?;
        for (place, letter) in letters.char_indices() {
            let known = self.command.get_arguments().find(|option| option.get_short() == Some(letter))?;
            let rest = letters.get(place + letter.len_utf8()..).unwrap_or_default();
            if known.get_action().takes_values() || rest.is_empty() {
                return Some((known, Some(rest).filter(|rest| !rest.is_empty())));
            }
        }
        None
    }

    fn keep(&mut self, option: &Arg, value: &str) {
        if let Some(name) = option.get_long().filter(|_| LOOKED_FOR.contains(&option.get_id().as_str())) {
            self.options.push(format!("--{name}={value}"));
        }
    }

    fn wanted(&self, current: &str) -> Wanted {
        if let Some(option) = self.open {
            return value(option, "");
        }
        if !self.is_escaped && current.starts_with('-') {
            return match self.option(current) {
                Some((option, Some(_))) if current.starts_with("--") => {
                    let head = current.split_once('=').map_or("", |(head, _)| head);
                    value(option, &format!("{head}="))
                }
                _ => Wanted::Words(self.command.get_arguments().filter_map(option).collect()),
            };
        }
        let commands = self.command.get_subcommands().filter(|command| !command.is_hide_set());
        let commands: Vec<Word> = commands.map(|it| word(it.get_name(), it.get_about())).collect();
        if self.place == 0 && !commands.is_empty() {
            return Wanted::Words(commands);
        }
        let arguments: Vec<&Arg> = self.command.get_positionals().collect();
        let takes_more = |last: &&&Arg| last.get_num_args().is_some_and(|number| number.max_values() > 1);
        let argument = arguments.get(self.place).or_else(|| arguments.last().filter(takes_more));
        argument.map_or(Wanted::Words(Vec::new()), |argument| value(argument, ""))
    }
}

/// Whether the next word is its value.
fn waits(option: &Arg) -> bool {
    option.get_action().takes_values() && !option.is_require_equals_set()
}

/// What may be the value of an argument, with `head` before it.
fn value(argument: &Arg, head: &str) -> Wanted {
    if JOBS.contains(&argument.get_id().as_str()) {
        return Wanted::Job(head.to_owned());
    }
    match argument.get_value_hint() {
        ValueHint::AnyPath | ValueHint::FilePath => Wanted::File,
        ValueHint::DirPath => Wanted::Folder,
        _ => {
            let values = argument.get_possible_values();
            let values = values.iter().map(|it| word(&format!("{head}{}", it.get_name()), it.get_help()));
            Wanted::Words(values.collect())
        }
    }
}

fn option(argument: &Arg) -> Option<Word> {
    let name = argument.get_long().filter(|_| !argument.is_hide_set())?;
    Some(word(&format!("--{name}"), argument.get_help()))
}

fn word(text: &str, meaning: Option<&clap::builder::StyledStr>) -> Word {
    let meaning = meaning.map(ToString::to_string).unwrap_or_default();
    Word { text: text.to_owned(), meaning: meaning.lines().next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::commands::Args;

    fn at(line: &[&str]) -> Asked {
        let mut program = Args::command();
        program.build();
        asked(&program, &line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    fn words(line: &[&str]) -> Vec<String> {
        match at(line).wanted {
            Wanted::Words(words) => words.into_iter().map(|word| word.text).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn job() -> Wanted {
        Wanted::Job(String::new())
    }

    #[test]
    fn first_comes_a_command() {
        let commands = words(&[""]);
        assert!(commands.contains(&"exec".to_owned()) && commands.contains(&"completion".to_owned()));
        assert!(!commands.contains(&"complete".to_owned()), "{commands:?}");
        assert_eq!(words(&["nonsense", ""]), Vec::<String>::new());
    }

    #[test]
    fn jobs_stand_where_their_names_do() {
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
            assert_eq!(at(line).wanted, job(), "{line:?}");
        }
        assert_eq!(at(&["auth", "--job=te"]).wanted, Wanted::Job("--job=".to_owned()));
        assert_eq!(words(&["exec", "one", ""]), Vec::<String>::new());
        assert_eq!(words(&["list", ""]), Vec::<String>::new());
    }

    #[test]
    fn options_are_those_of_the_command() {
        let options = words(&["show", "--"]);
        assert!(options.contains(&"--origins".to_owned()) && options.contains(&"--help".to_owned()));
        assert!(!options.contains(&"--host".to_owned()), "{options:?}");
        assert_eq!(words(&["completion", ""]), ["bash", "zsh", "fish"]);
    }

    #[test]
    fn paths_are_left_to_the_shell() {
        assert_eq!(at(&["exec", "--file", ""]).wanted, Wanted::File);
        assert_eq!(at(&["lint", "a.yml", ""]).wanted, Wanted::File);
        assert_eq!(at(&["exec", "--include-dir", ""]).wanted, Wanted::Folder);
    }

    #[test]
    fn where_jobs_are_looked_for_is_kept() {
        let asked = at(&["exec", "-qf", "a.yml", "--include-dir=b", "--timeout", "1h", "--input", "x=y", ""]);
        assert_eq!(asked.options, ["--file=a.yml", "--include-dir=b", "--input=x=y"]);
        assert_eq!(asked.wanted, job());
        assert_eq!(at(&["exec", "-fa.yml", ""]).options, ["--file=a.yml"]);
    }
}

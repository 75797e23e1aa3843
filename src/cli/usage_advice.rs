//! The message about a command line that has an unknown command, option or argument: what is wrong, and the command
//! line that was probably meant. clap's own suggestions are similar in letters only. Pure.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::report::shell_word::quoted;
use crate::suggest::closest;

/// Names that other programs give to a command of this one.
const COMMAND_HABITS: [(&str, &str); 8] = [
    ("run", "exec"),
    ("docker", "exec"),
    ("start", "exec"),
    ("ls", "list"),
    ("jobs", "list"),
    ("validate", "lint"),
    ("check", "lint"),
    ("version", "--version"),
];

/// Options that users of other programs expect of `exec`, and the advice for each.
const OPTION_HABITS: [(&str, &str); 3] = [
    ("-e", "write `--variable KEY=VALUE`"),
    ("--dry-run", "`runner-lite show JOB` shows what would run"),
    ("--list", "`runner-lite list` lists the jobs"),
];

/// The executors of GitLab Runner, one of which `gitlab-runner exec` takes before the job.
const EXECUTORS: [&str; 8] = [
    "docker",
    "shell",
    "ssh",
    "kubernetes",
    "docker+machine",
    "docker-autoscaler",
    "virtualbox",
    "parallels",
];

/// The words that clap rejected, which follow the program's name, and the command that they name.
struct RejectedLine<'w> {
    words: &'w [String],
    command: Command,
    /// The name of the command, with the names of the commands that it belongs to; empty for the program.
    path: Vec<&'w str>,
}

/// The message for an error about an unknown command, option or argument; `None` for other errors.
pub fn usage_message(mut program: Command, words: &[String], error: &clap::Error) -> Option<String> {
    program.build();
    let mut line = RejectedLine { words, command: program, path: Vec::new() };
    for word in words {
        let Some(command) = line.command.find_subcommand(word).cloned() else { break };
        line.command = command;
        line.path.push(word);
    }
    let quoted_word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            Some(line.unknown_command(quoted_word(ContextKind::InvalidSubcommand)?))
        }
        ErrorKind::UnknownArgument => {
            let word = quoted_word(ContextKind::InvalidArg)?;
            Some(match word.starts_with('-') {
                true => line.unknown_option(word),
                false => line.unexpected_argument(word),
            })
        }
        ErrorKind::InvalidValue => {
            let argument = quoted_word(ContextKind::InvalidArg)?;
            let values = words_of(error, ContextKind::ValidValue);
            Some(line.wrong_value(argument, quoted_word(ContextKind::InvalidValue)?, values))
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = words_of(error, ContextKind::InvalidArg).join(" ");
            let path = line.path.join(" ");
            (!missing.is_empty()).then(|| format!("`{path}` needs {missing}; {}", line.see_help("arguments")))
        }
        _ => None,
    }
}

/// The words that clap names as this.
fn words_of(error: &clap::Error, kind: ContextKind) -> &[String] {
    match error.get(kind) {
        Some(ContextValue::Strings(words)) => words,
        _ => &[],
    }
}

impl RejectedLine<'_> {
    fn unknown_command(&self, word: &str) -> String {
        let names = self.command.get_subcommands().filter(|command| !command.is_hide_set());
        let near = closest(word, names.map(Command::get_name));
        let habit = COMMAND_HABITS.iter().find(|(habit, _)| *habit == word).map(|(_, command)| *command);
        let habit = habit.filter(|_| self.path.is_empty());
        let meant = match habit.or(near) {
            Some(command) => self.replaced(word, &[command]),
            None if self.path.is_empty() && self.is_last_argument(word) => {
                let meant = self.replaced(word, &["exec", word]);
                return format!("there is no command `{word}`; to run a job of that name: `{meant}`");
            }
            None => return format!("there is no command `{word}`; {}", self.see_help("commands")),
        };
        format!("there is no command `{word}`; did you mean `{meant}`?")
    }

    fn unknown_option(&self, word: &str) -> String {
        let habit = OPTION_HABITS.iter().find(|(habit, _)| *habit == word && self.path == ["exec"]);
        let advice = match (habit, self.similar_option(word)) {
            (Some((_, advice)), _) => (*advice).to_owned(),
            (None, Some(option)) => format!("did you mean `--{option}`?"),
            (None, None) => self.see_help("options"),
        };
        match self.path.is_empty() {
            true => format!("there is no option `{word}` before the command; {advice}"),
            false => format!("`{}` has no option `{word}`; {advice}", self.path.join(" ")),
        }
    }

    /// The option with the same name behind `docker-`, else the shortest that begins with the name, else the one with
    /// the most similar name.
    fn similar_option(&self, word: &str) -> Option<String> {
        let name = word.strip_prefix("--")?;
        let options = self.command.get_arguments().filter_map(Arg::get_long_and_visible_aliases);
        let longs: Vec<&str> = options.flatten().collect();
        let of_docker = format!("docker-{name}");
        let begun = longs.iter().filter(|long| name.len() > 2 && long.starts_with(name));
        let exact = longs.iter().find(|long| **long == of_docker);
        let similar = exact.or(begun.min_by_key(|long| long.len())).copied();
        similar.or_else(|| closest(name, longs.iter().copied())).map(str::to_owned)
    }

    fn unexpected_argument(&self, word: &str) -> String {
        let place = self.words.iter().position(|known| known == word).unwrap_or_default();
        let before = place.checked_sub(1).and_then(|place| self.words.get(place));
        if let (["exec"], Some(executor)) = (&self.path[..], self.words.get(1))
            && EXECUTORS.contains(&executor.as_str())
        {
            let meant = self.replaced(executor, &[]);
            return format!("`exec` takes no executor: drop `{executor}`, and write `{meant}`");
        }
        if let Some(option) = before.filter(|option| self.takes_value_behind_equals_sign(option)) {
            return format!("the value of `{option}` follows `=`: write `{option}={word}`");
        }
        let advice = match self.path[..] {
            ["exec"] => "`exec` runs one job, and with `--needs` those before it".to_owned(),
            ["list"] => format!("`runner-lite show {}` shows a single job", quoted(word)),
            _ => self.see_help("arguments"),
        };
        format!("unexpected argument `{word}`; {advice}")
    }

    /// `argument` is as clap writes it: `--color <WHEN>`, `--needs[=<WHICH>]`, `<SHELL>`.
    fn wrong_value(&self, argument: &str, value: &str, values: &[String]) -> String {
        let option = argument.split([' ', '=', '[']).next().filter(|name| name.starts_with('-'));
        let name = option.map_or_else(|| self.path.join(" "), str::to_owned);
        let known = values.join(", ");
        let problem = match value {
            "" => format!("`{name}` needs a value"),
            value => format!("`{value}` is not a value of `{name}`"),
        };
        match closest(value, values.iter().map(String::as_str)) {
            Some(meant) => format!("{problem}; did you mean `{meant}`?"),
            None if known.is_empty() => format!("{problem}; {}", self.see_help("options")),
            None => format!("{problem}; write one of: {known}"),
        }
    }

    fn takes_value_behind_equals_sign(&self, option: &str) -> bool {
        let name = option.strip_prefix("--");
        let option = self.command.get_arguments().find(|option| name.is_some() && option.get_long() == name);
        option.is_some_and(Arg::is_require_equals_set)
    }

    fn see_help(&self, what: &str) -> String {
        let command: String = self.path.iter().map(|name| format!("{name} ")).collect();
        format!("`runner-lite {command}--help` lists the {what}")
    }

    /// Whether nothing but options follows the word.
    fn is_last_argument(&self, word: &str) -> bool {
        let mut behind = self.words.iter().skip_while(|known| *known != word).skip(1);
        behind.next().is_none_or(|next| next.starts_with('-'))
    }

    /// The command line up to its first option, with other words in place of the first `word`. What follows is not
    /// repeated: options may contain secrets.
    fn replaced(&self, word: &str, others: &[&str]) -> String {
        let others: Vec<String> = others.iter().map(|other| quoted(other)).collect();
        let mut line = String::from("runner-lite");
        let mut is_replaced = false;
        for known in self.words {
            let shown = match known {
                known if known == word && !is_replaced => {
                    is_replaced = true;
                    others.join(" ")
                }
                option if option.starts_with('-') => {
                    line.push_str(" …");
                    break;
                }
                other => quoted(other),
            };
            if !shown.is_empty() {
                line.push(' ');
                line.push_str(&shown);
            }
        }
        line
    }
}

//! `runner-lite completion`, and the hidden `runner-lite complete` that its scripts ask: job names change with every
//! file, so no script can know them. `clap_complete` asks a program in the same way, but gives bash words as they are,
//! without quotes, and in the place of pieces that end at a `:`.
//!
//! Invariant: a question is answered without git, without the runner's configuration, and without a word on standard
//! error: it is asked at every press of a key.

pub mod line;
pub mod wanted;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::line::Line;
use self::wanted::{Wanted, Word, asked};
use crate::cli::arguments::commands::{Args, Command, CompleteArgs, Shell};
use crate::cli::options;
use crate::cli::print;
use crate::cli::project::location::Place;
use crate::cli::project::pipeline_file::Reading;

/// `COMP_TYPE` where bash only lists what fits.
const LIST_ONLY: &str = "63";

/// Prints the script for a shell.
pub fn script(shell: Shell) -> ExitCode {
    print(match shell {
        Shell::Bash => include_str!("bash.sh"),
        Shell::Zsh => include_str!("zsh.sh"),
        Shell::Fish => include_str!("fish.fish"),
    });
    ExitCode::SUCCESS
}

/// Answers what a script asks: a line says what there is, those that follow say which.
pub fn answer(args: &CompleteArgs) -> ExitCode {
    let answer = match args.shell {
        Shell::Bash => for_bash(&args.words),
        Shell::Zsh | Shell::Fish => for_others(&args.words),
    };
    print(&answer);
    ExitCode::SUCCESS
}

/// Zsh and fish choose what fits and quote it. Behind each word stands what it means.
fn for_others(words: &[String]) -> String {
    match found(words) {
        Found::Words(words) => {
            let line = |word: Word| format!("{}\t{}\n", word.text, word.meaning);
            format!("words\n{}", words.into_iter().map(line).collect::<String>())
        }
        Found::Elsewhere(kind) => format!("{kind}\n"),
    }
}

/// Bash takes what it is given as it is. It says the characters at which it begins words, why it asks, and the line.
fn for_bash(words: &[String]) -> String {
    let [breaks, reason, text] = words else { return String::new() };
    let line = Line::split(text, breaks);
    let is_assignment = |word: &&String| {
        word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
    };
    // `NAME=VALUE runner-lite …`
    let skipped = line.words.iter().take_while(is_assignment).count() + 1;
    match found(line.words.get(skipped..).unwrap_or_default()) {
        Found::Elsewhere(kind) => format!("{kind}\n"),
        Found::Words(words) => {
            let fitting = words.iter().filter(|word| word.text.starts_with(line.word()));
            let shown = |word: &Word| match reason == LIST_ONLY {
                true => format!("{}\n", word.text),
                false => format!("{}\n", line.completed(&word.text)),
            };
            format!("words\n{}", fitting.map(shown).collect::<String>())
        }
    }
}

/// What there is.
enum Found {
    /// These words.
    Words(Vec<Word>),
    /// What the shell finds by itself: `files` or `folders`.
    Elsewhere(&'static str),
}

fn found(words: &[String]) -> Found {
    let mut program = Args::command();
    program.build();
    let asked = asked(&program, words);
    match asked.wanted {
        Wanted::Words(words) => Found::Words(words),
        Wanted::Job(head) => Found::Words(jobs(&asked.options, &head)),
        Wanted::File => Found::Elsewhere("files"),
        Wanted::Folder => Found::Elsewhere("folders"),
    }
}

/// The jobs of the file that such options name. Whatever is wrong, there are none then.
fn jobs(typed: &[String], head: &str) -> Vec<Word> {
    let words = ["runner-lite", "list", "--config", ""].into_iter().map(str::to_owned);
    let Ok(Args { command: Command::List(args) }) = Args::try_parse_from(words.chain(typed.iter().cloned()))
    else {
        return Vec::new();
    };
    let Ok(options) = options::list(args) else { return Vec::new() };
    let Ok(reading) = Reading::of(&options.project, Place::at_a_glance(&options.project)) else {
        return Vec::new();
    };
    let Some(pipeline) = reading.pipeline else { return Vec::new() };
    let usable = pipeline.jobs.iter().map(|(name, job)| (name, format!("stage {}", job.stage)));
    let broken = pipeline.broken.keys().map(|name| (name, "invalid".to_owned()));
    // A line is a word.
    let all = usable.chain(broken).filter(|(name, _)| !name.contains(char::is_control));
    all.map(|(name, meaning)| Word { text: format!("{head}{name}"), meaning }).collect()
}

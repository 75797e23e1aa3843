//! The candidates for the word at the cursor, in the form that each shell needs.

use clap::{CommandFactory, Parser};

use crate::cli::arguments::{Args, Command, CompleteArgs, CompletionShell};
use crate::cli::command::completion::bash_line::BashLine;
use crate::cli::command::completion::expected_word::{Candidate, ExpectedWord, expected_at_cursor};
use crate::cli::exit_code;
use crate::cli::options::ListOptions;
use crate::cli::project::{PipelineFile, PipelineLocation};
use crate::report::console;
use crate::report::printable::{is_printable, printable_line};

/// The value of `COMP_TYPE` if bash lists the candidates without inserting one.
const LIST_ONLY: &str = "63";

/// The candidates for a word.
enum Candidates {
    Words(Vec<Candidate>),
    /// Candidates that the shell finds by itself: `files` or `folders`.
    OfShell(&'static str),
}

/// Prints the candidates. The first line is their kind; each of the other lines is a candidate.
pub fn print_candidates(args: &CompleteArgs) -> u8 {
    console::answer(match args.shell {
        CompletionShell::Bash => answer_for_bash(&args.words),
        CompletionShell::Zsh | CompletionShell::Fish => answer_for_zsh_or_fish(&args.words),
    });
    exit_code::PASSED
}

/// Zsh and fish filter and quote the candidates. Each line has a candidate, a tab and its description.
fn answer_for_zsh_or_fish(words: &[String]) -> String {
    match candidates(words) {
        Candidates::Words(words) => {
            let line = |word: Candidate| format!("{}\t{}\n", word.text, word.description);
            format!("words\n{}", words.into_iter().map(line).collect::<String>())
        }
        Candidates::OfShell(kind) => format!("{kind}\n"),
    }
}

/// Bash inserts candidates as they are. Its script passes `COMP_WORDBREAKS`, `COMP_TYPE` and the line up to the cursor.
fn answer_for_bash(words: &[String]) -> String {
    let [breaks, reason, text] = words else { return String::new() };
    let line = BashLine::split(text, breaks);
    let is_assignment = |word: &&String| {
        word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
    };
    // The line may begin with assignments: `NAME=VALUE runner-lite …`.
    let skipped = line.words.iter().take_while(is_assignment).count() + 1;
    match candidates(line.words.get(skipped..).unwrap_or_default()) {
        Candidates::OfShell(kind) => format!("{kind}\n"),
        Candidates::Words(words) => {
            let fitting = words.iter().filter(|word| word.text.starts_with(line.word()));
            let shown = |word: &Candidate| match reason == LIST_ONLY {
                true => format!("{}\n", word.text),
                false => format!("{}\n", line.completed(&word.text)),
            };
            format!("words\n{}", fitting.map(shown).collect::<String>())
        }
    }
}

/// Finds the candidates for the last of `words`, which follow the program's name.
fn candidates(words: &[String]) -> Candidates {
    let mut program = Args::command();
    program.build();
    let expected = expected_at_cursor(&program, words);
    match expected.word {
        ExpectedWord::OneOf(words) => Candidates::Words(words),
        ExpectedWord::Job { prefix } => Candidates::Words(jobs(&expected.project_options, &prefix)),
        ExpectedWord::File => Candidates::OfShell("files"),
        ExpectedWord::Folder => Candidates::OfShell("folders"),
    }
}

/// Lists the jobs of the file that `options` name; empty if the file cannot be read.
fn jobs(options: &[String], prefix: &str) -> Vec<Candidate> {
    let words = ["runner-lite", "list", "--config", ""].into_iter().map(str::to_owned);
    let Ok(Args { command: Command::List(args) }) =
        Args::try_parse_from(words.chain(options.iter().cloned()))
    else {
        return Vec::new();
    };
    let Ok(options) = ListOptions::resolve(args) else { return Vec::new() };
    let location = PipelineLocation::find_at_a_glance(&options.project);
    let Ok(file) = PipelineFile::load(&options.project, location) else { return Vec::new() };
    let Some(pipeline) = file.pipeline else { return Vec::new() };
    let valid = pipeline.jobs.iter().map(|(name, job)| (name, format!("stage {}", job.stage)));
    let broken = pipeline.broken.keys().map(|name| (name, "invalid".to_owned()));
    // The answer has a candidate a line, and shells show candidates as they are.
    let is_candidate = |name: &str| name.chars().all(|c| is_printable(c) && !c.is_control());
    let all = valid.chain(broken).filter(|(name, _)| is_candidate(name));
    all.map(|(name, description)| {
        let description = printable_line(&description).replace('\t', " ");
        Candidate { text: format!("{prefix}{name}"), description }
    })
    .collect()
}

//! The candidates for the word at the cursor, in the form that each shell needs.

use clap::{CommandFactory, Parser};
use jiff::Timestamp;

use crate::cli::arguments::{Args, Command, CompleteArgs, CompletionShell};
use crate::cli::command::completion::bash_line::BashLine;
use crate::cli::command::completion::expected_word::{Candidate, ExpectedWord, expected_at_cursor};
use crate::cli::exit_code;
use crate::cli::options::{ListOptions, ListRunsOptions};
use crate::cli::project::{PipelineFile, PipelineLocation, RunAtAGlance, runs_at_a_glance};
use crate::report::age::age;
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
        ExpectedWord::StoredJob => Candidates::Words(stored_jobs(&expected.project_options)),
        ExpectedWord::Run { prefix, words } => {
            Candidates::Words(runs(&expected.project_options, &prefix, words))
        }
        ExpectedWord::File => Candidates::OfShell("files"),
        ExpectedWord::Folder => Candidates::OfShell("folders"),
    }
}

/// Whether an option names a folder of the store.
fn is_of_store(option: &str) -> bool {
    option.starts_with("--state-dir=") || option.starts_with("--cache-dir=")
}

/// Whether a name can be offered: the answer has a candidate a line, and shells show candidates as they are.
fn is_candidate(name: &str) -> bool {
    name.chars().all(|c| is_printable(c) && !c.is_control())
}

/// Lists the jobs of all stored runs of the project.
fn stored_jobs(options: &[String]) -> Vec<Candidate> {
    let mut names: Vec<String> = stored_runs(options).into_iter().flat_map(|run| run.jobs).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| is_candidate(name));
    names.into_iter().map(|text| Candidate { text, description: String::new() }).collect()
}

/// Lists `words`, and the stored runs of the project by their numbers, the newest first.
fn runs(options: &[String], prefix: &str, words: &[&str]) -> Vec<Candidate> {
    let candidate =
        |text: &str, description: String| Candidate { text: format!("{prefix}{text}"), description };
    let mut candidates: Vec<Candidate> = words.iter().map(|word| candidate(word, String::new())).collect();
    #[expect(clippy::disallowed_methods, reason = "ages are shown")]
    let now = Timestamp::now();
    for run in stored_runs(options) {
        let description = format!("{}, {}", age(run.started, now), run.jobs.join(", "));
        let description = printable_line(&description).replace('\t', " ");
        candidates.push(candidate(&run.iid.to_string(), description));
    }
    candidates
}

/// The stored runs of the project, the newest first; empty if there is no store. Nothing is created.
fn stored_runs(options: &[String]) -> Vec<RunAtAGlance> {
    let words = ["runner-lite", "runs", "list", "--config", ""].into_iter().map(str::to_owned);
    let of_store = options.iter().filter(|option| option.starts_with("--state-dir="));
    let Ok(Args { command: Command::Runs(args) }) = Args::try_parse_from(words.chain(of_store.cloned()))
    else {
        return Vec::new();
    };
    let Ok(options) = ListRunsOptions::resolve(args) else { return Vec::new() };
    runs_at_a_glance(&options.project)
}

/// Lists the jobs of the file that `options` name; empty if the file cannot be read.
fn jobs(options: &[String], prefix: &str) -> Vec<Candidate> {
    let words = ["runner-lite", "list", "--config", ""].into_iter().map(str::to_owned);
    let of_file = options.iter().filter(|option| !is_of_store(option)).cloned();
    let Ok(Args { command: Command::List(args) }) = Args::try_parse_from(words.chain(of_file)) else {
        return Vec::new();
    };
    let Ok(options) = ListOptions::resolve(args) else { return Vec::new() };
    let location = PipelineLocation::find_at_a_glance(&options.project);
    let Ok(file) = PipelineFile::load(&options.project, location) else { return Vec::new() };
    let Some(pipeline) = file.pipeline else { return Vec::new() };
    let valid = pipeline.jobs.iter().map(|(name, job)| (name, format!("stage {}", job.stage)));
    let broken = pipeline.broken.keys().map(|name| (name, "invalid".to_owned()));
    let all = valid.chain(broken).filter(|(name, _)| is_candidate(name));
    all.map(|(name, description)| {
        let description = printable_line(&description).replace('\t', " ");
        Candidate { text: format!("{prefix}{name}"), description }
    })
    .collect()
}

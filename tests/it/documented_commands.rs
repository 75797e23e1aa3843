//! Command lines in documents are ones that the program accepts, and the page of commands is that of the program.

use std::path::Path;

use clap::CommandFactory;
use clap::error::ErrorKind;
use runner_lite::cli::arguments::Args;
use runner_lite::cli::commands_page;

use super::links::documents;

/// The words of a command line, as a shell splits them; a comment ends it. `None` if it uses more of the shell.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\n' => words.extend(word.take()),
            '#' if word.is_none() => break,
            '\'' | '"' => {
                let quoted: String = letters.by_ref().take_while(|next| *next != letter).collect();
                word.get_or_insert_default().push_str(&quoted);
            }
            '|' | '>' | '<' | '&' | ';' if word.is_none() => break,
            '…' | '`' | '(' => return None,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

/// The command lines of a document: in blocks of code, and between backticks.
fn command_lines(document: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (index, part) in document.split("```").enumerate() {
        let texts: Vec<&str> = match index % 2 {
            1 => part.lines().collect(),
            _ => part.split('`').skip(1).step_by(2).collect(),
        };
        found.extend(texts.into_iter().map(str::trim).filter(|text| text.starts_with("runner-lite ")));
    }
    found
}

/// Why the program refuses a command line; `None` if it does not, or if that cannot be known.
fn refusal(line: &str) -> Option<String> {
    let words = words(line)?;
    // The name of a file or an image, and a synopsis of no command.
    if words.get(1).is_none_or(|word| word.to_uppercase() == *word) {
        return None;
    }
    let error = Args::command().try_get_matches_from(words).err()?;
    // A name in a sentence, such as `runner-lite show`, lacks what the command needs.
    let is_name = error.kind() == ErrorKind::MissingRequiredArgument;
    (error.use_stderr() && !is_name).then(|| error.to_string())
}

#[test]
fn every_command_line_in_a_document_is_accepted() {
    let mut count = 0;
    let mut refused = Vec::new();
    for (path, text) in documents() {
        // What a release had may be gone in a later one; examples of the help have explanations behind them.
        if ["CHANGELOG.md", "docs/commands.md"].iter().any(|name| path == Path::new(name)) {
            continue;
        }
        for line in command_lines(&text) {
            count += 1;
            refused.extend(refusal(line).map(|error| format!("{}: {line}: {error}", path.display())));
        }
    }
    assert!(count > 60, "{count} command lines: the test has lost them");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn the_page_of_commands_is_generated_from_the_texts_of_the_help() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/commands.md")).unwrap();
    let is_new = page == commands_page::markdown();
    assert!(is_new, "docs/commands.md is old: cargo run --example commands-page > docs/commands.md");
}

#[test]
fn a_command_line_with_a_wrong_option_is_refused() {
    assert_eq!(refusal("runner-lite exec 'a job' --needs=missing   # first others"), None);
    assert_eq!(refusal("runner-lite logs test | less -R"), None);
    assert!(refusal("runner-lite exec test --no-such-option").is_some());
    assert!(refusal("runner-lite no-such-command").is_some());
    let text = "`runner-lite list` and\n```sh\nrunner-lite exec a\nls\n```\nrunner-lite lint";
    assert_eq!(command_lines(text), ["runner-lite list", "runner-lite exec a"]);
}

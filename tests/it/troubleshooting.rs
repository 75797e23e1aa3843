//! `docs/troubleshooting.md` has an entry for every hint, warning and error of the log.

use std::path::PathBuf;

/// Snapshots that have a line for every message of a kind, in `src/report/snapshots/`, and how many of them are checked.
const SNAPSHOTS: [(&str, usize); 4] = [
    ("hint_text__tests__every_hint_says_what_to_do", 8),
    ("notice_text__tests__every_notice_has_its_wording", 25),
    ("files_text__tests__every_notice_about_files_has_its_wording", 24),
    ("service_warning__tests__every_problem_has_its_wording", 9),
];

/// What an entry must quote of a message at least: `canceled` is the shortest one.
const ENTRY_BYTES_MIN: usize = 8;

fn read(path: &str) -> String {
    std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The messages of the page: the first column of its tables, without the backticks of Markdown.
fn entries(page: &str) -> Vec<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    rows.filter(|message| !["Message", "---"].contains(message)).map(|text| text.replace('`', "")).collect()
}

/// Whether `message` consists of the texts of `entry`, in this order, with anything in place of each `…`.
fn is_of(message: &str, entry: &str) -> bool {
    let mut parts = entry.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = message.strip_prefix(first) else { return false };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    // Less than a word or two is in many messages.
    entry.replace('…', "").trim().len() >= ENTRY_BYTES_MIN
}

/// The messages of a snapshot: of lines with a level, the warnings (`W`), errors (`E`) and failures (`F`) alone.
fn messages(snapshot: &str) -> Vec<String> {
    let (_, body) = snapshot.split_once("\n---\n").unwrap();
    let lines = body.lines().filter(|line| !line.is_empty());
    let levelled = lines.filter_map(|line| {
        let columns = line
            .strip_prefix(|first: char| first.is_ascii_uppercase())
            .map(|_| line.split_at(line.len().min(25)));
        let name = columns.filter(|(name, _)| {
            name.contains("  ") && name.trim().bytes().all(|byte| byte.is_ascii_alphabetic())
        });
        let text = name.map_or(line, |(_, text)| text);
        match text.split_at_checked(2) {
            Some(("W " | "E " | "F ", message)) => Some(message),
            Some(("  " | "R ", _)) => None,
            _ if name.is_some() => None,
            _ => Some(text),
        }
    });
    let own = levelled.filter(|message| !["ERROR", "LIMIT"].contains(message));
    own.map(|message| message.replace('`', "")).collect()
}

/// The texts of `#[error("…")]` in a file, with `…` for what is filled in; a transparent error has none.
fn errors(source: &str) -> Vec<String> {
    let texts = source.split("#[error(").skip(1).filter_map(|rest| {
        let text = rest.trim_start().strip_prefix('"')?;
        let end = text.match_indices('"').find(|(at, _)| !text[..*at].ends_with('\\'))?.0;
        Some(text[..end].replace("\\\"", "\"").replace('`', ""))
    });
    let plain = texts.map(|text| text.replace("\\\n", "").split_whitespace().collect::<Vec<_>>().join(" "));
    plain.map(|text| filled(&text)).collect()
}

/// `exit code {exit_code}` as `exit code X`.
fn filled(text: &str) -> String {
    let mut filled = String::new();
    for (index, part) in text.split('{').enumerate() {
        let rest = if index == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) };
        filled += if index == 0 { "" } else { "X" };
        filled += rest;
    }
    filled
}

#[test]
fn every_message_of_the_log_has_an_entry() {
    let entries = entries(&read("docs/troubleshooting.md"));
    let mut checked = Vec::new();
    for (name, count) in SNAPSHOTS {
        let found = messages(&read(&format!("src/report/snapshots/runner_lite__report__{name}.snap")));
        assert!(found.len() >= count, "{name} has {} messages: the test has lost them", found.len());
        checked.extend(found);
    }
    let failures = errors(&read("src/executor/outcome.rs"));
    assert!(failures.len() >= 10, "the test has lost the failures: {failures:?}");
    // Errors of other types say all that these say.
    let is_of_another_type = |text: &String| ["X", "X for X"].contains(&&**text);
    checked.extend(failures.into_iter().filter(|text| !is_of_another_type(text)));
    let missing: Vec<&String> =
        checked.iter().filter(|message| !entries.iter().any(|entry| is_of(message, entry))).collect();
    assert!(missing.is_empty(), "docs/troubleshooting.md has no entry for: {missing:#?}");
}

#[test]
fn an_entry_is_compared_with_a_message_part_by_part() {
    assert!(is_of("the image ruby has no command make: install it", "the image … has no command …"));
    assert!(!is_of("the image ruby has a command", "the image … has no command …"));
    assert!(!is_of("anything", "…"));
    assert_eq!(errors("#[error(\"exit code {exit_code}\")] #[error(transparent)]"), ["exit code X"]);
    assert_eq!(messages("\n---\nWarned                   W a `b`\nTold                       c\n"), ["a b"]);
    assert_eq!(entries("| Message | Cause |\n| --- | --- |\n| a `b` | c |"), ["a b"]);
}

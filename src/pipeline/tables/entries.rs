//! The rules of GitLab's entries: for each, a file that GitLab accepts and one that it refuses.
//!
//! `entries.txt` has a block for each rule: the name of the entry's source file and the rule, the lines of the valid file
//! after `+`, the lines of the invalid one after `-`, and the message about it after `!`. A block that begins with `=` says
//! why an entry has no rule. `entry_classes.txt` lists the source files below `lib/gitlab/ci/config/entry`, and after `ee/`
//! those of the Enterprise Edition.

use std::collections::BTreeSet;

use crate::pipeline::include::NoFiles;
use crate::pipeline::load;
use crate::source::diagnostic::{Diagnostic, Severity};
use crate::source::map::SourceMap;

const TABLE: &str = include_str!("entries.txt");
const CLASSES: &str = include_str!("entry_classes.txt");

struct Row {
    /// The name of the source file of GitLab's entry, without its ending.
    entry: &'static str,
    rule: &'static str,
    valid: String,
    invalid: String,
    message: &'static str,
}

fn rows() -> Vec<Row> {
    blocks().filter(|block| !block.starts_with('=')).map(row).collect()
}

fn blocks() -> impl Iterator<Item = &'static str> {
    TABLE.split("\n\n").map(str::trim)
}

/// The entries without a rule; each has a reason.
fn entries_without_rule() -> Vec<&'static str> {
    let blocks = blocks().filter_map(|block| block.strip_prefix("= "));
    let entry = |block: &'static str| match block.split_once(": ") {
        Some((entry, reason)) if !reason.is_empty() => entry,
        _ => panic!("no reason in {block}"),
    };
    blocks.map(entry).collect()
}

fn row(block: &'static str) -> Row {
    let lines = |mark: char| {
        let lines = block.lines().filter_map(move |line| line.strip_prefix(mark));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line))
    };
    let text = |mark: char| lines(mark).collect::<Vec<_>>().join("\n");
    let head = block.lines().next().and_then(|line| line.split_once(": "));
    let (entry, rule) = head.unwrap_or_else(|| panic!("no entry and rule in {block}"));
    let message = lines('!').next().unwrap_or_else(|| panic!("no message in {block}"));
    let row = Row { entry, rule, valid: text('+'), invalid: text('-'), message };
    assert!(!row.valid.is_empty() && !row.invalid.is_empty(), "no files in {block}");
    row
}

/// All errors about a file, those of its jobs among them.
fn errors(text: &str) -> Vec<Diagnostic> {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    let mut all: Vec<Diagnostic> = found.iter().cloned().collect();
    all.extend(pipeline.iter().flat_map(|pipeline| pipeline.broken.values().flatten().cloned()));
    all.retain(|found| found.severity == Severity::Error);
    all
}

#[test]
fn valid_files_are_accepted_and_invalid_ones_are_refused_with_a_place_and_advice() {
    let mut wrong = Vec::new();
    for Row { entry, rule, valid, invalid, message } in rows() {
        let refused: Vec<String> = errors(&valid).into_iter().map(|found| found.message).collect();
        if !refused.is_empty() {
            wrong.push(format!("{entry}: {rule}\n  the valid file is refused: {refused:?}"));
        }
        let found = errors(&invalid);
        match found.iter().find(|found| found.message == message) {
            Some(found) if found.help.is_some() && !found.labels.is_empty() => {}
            Some(_) => wrong.push(format!("{entry}: {rule}\n  no place or no advice: {message}")),
            None => {
                let said: Vec<&String> = found.iter().map(|found| &found.message).collect();
                wrong.push(format!("{entry}: {rule}\n  wanted {message:?}, found {said:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_entry_has_a_rule_or_a_reason_to_have_none() {
    let classes: BTreeSet<&str> = CLASSES.lines().collect();
    let with_rule: BTreeSet<&str> = rows().iter().map(|row| row.entry).collect();
    let without_rule: BTreeSet<&str> = entries_without_rule().into_iter().collect();
    assert!(with_rule.is_disjoint(&without_rule));
    assert_eq!(with_rule.union(&without_rule).copied().collect::<BTreeSet<_>>(), classes);
    assert!(rows().len() > 100, "{} rows", rows().len());
}

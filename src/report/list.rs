//! The answer of `list`: the jobs, and why they are or are not in the pipeline.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;

/// A job of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its stage.
    pub stage: String,
    /// When it runs: `on_success`, `manual`, …; `never` where it is not in the pipeline.
    pub when: String,
    /// Whether every failure of it is allowed.
    pub allow_failure: bool,
    /// The jobs that it needs, every instance of a parallel one by its own name; `null` where it waits for the stages
    /// before its own.
    pub needs: Option<Vec<String>>,
    /// The same in the file's words, where all instances of a job are one.
    #[serde(skip)]
    pub needs_as_written: Option<Vec<String>>,
    /// Why it is or is not in the pipeline.
    pub why: String,
    /// Whether it is in the pipeline of this branch or tag.
    pub in_pipeline: bool,
}

/// The list for people: a line a job, columns as wide as they have to be.
pub fn text<'e>(entries: &'e [Entry]) -> String {
    let needs = |entry: &Entry| match &entry.needs_as_written {
        Some(needs) if needs.is_empty() => "(none)".to_owned(),
        Some(needs) => needs.join(", "),
        None => String::new(),
    };
    let head = ["STAGE", "JOB", "WHEN", "NEEDS", "WHY"].map(Cow::Borrowed);
    let row = |entry: &'e Entry| {
        let needs = Cow::Owned(printable(&needs(entry)).into_owned());
        let [stage, name, when, why] =
            [&entry.stage, &entry.name, &entry.when, &entry.why].map(|it| printable(it));
        [stage, name, when, needs, why]
    };
    let rows: Vec<[Cow<'_, str>; 5]> = std::iter::once(head).chain(entries.iter().map(row)).collect();
    let mut widths = [0; 5];
    for (column, cell) in rows.iter().flat_map(|row| (0..).zip(row)) {
        if let Some(widest) = widths.get_mut(column) {
            *widest = cell.chars().count().max(*widest);
        }
    }
    let mut out = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths).filter(|(_, width)| *width > 0) {
            // Writing to a string does not fail.
            let _ = write!(out, "{cell:width$}  ");
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}

/// The list for scripts.
pub fn json(entries: &[Entry]) -> String {
    serde_json::to_string_pretty(entries).unwrap_or_default() + "\n"
}

/// Names and expressions may have line breaks and worse in them.
fn printable(text: &str) -> Cow<'_, str> {
    let is_blank = |c: char| c.is_control() || c == ' ';
    if !text.contains(is_blank) {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> = text.split(is_blank).filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, when: &str, needs: Option<&[&str]>, why: &str) -> Entry {
        Entry {
            name: name.to_owned(),
            stage: "test".to_owned(),
            when: when.to_owned(),
            allow_failure: false,
            needs: needs.map(|needs| needs.iter().map(|need| (*need).to_owned()).collect()),
            needs_as_written: needs.map(|needs| needs.iter().map(|need| (*need).to_owned()).collect()),
            why: why.to_owned(),
            in_pipeline: when != "never",
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest() {
        let entries = [
            entry("unit: [ruby, 2.7]", "on_success", None, ""),
            entry("lint", "manual", Some(&[]), "rule 2: if $A\n&& $B"),
            entry("deploy", "never", Some(&["lint", "é"]), "no rule matches"),
        ];
        insta::assert_snapshot!(text(&entries), @r"
        STAGE  JOB                WHEN        NEEDS    WHY
        test   unit: [ruby, 2.7]  on_success
        test   lint               manual      (none)   rule 2: if $A && $B
        test   deploy             never       lint, é  no rule matches
        ");
    }

    #[test]
    fn scripts_get_every_field() {
        let value: serde_json::Value = serde_json::from_str(&json(&[entry("a", "never", None, "")])).unwrap();
        assert_eq!(value[0]["needs"], serde_json::Value::Null);
        assert_eq!(value[0]["in_pipeline"], false);
    }
}

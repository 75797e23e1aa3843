//! The answer of `list`: the jobs, and why they are or are not in the pipeline.

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
pub fn text(entries: &[Entry]) -> String {
    let needs = |entry: &Entry| match &entry.needs_as_written {
        Some(needs) if needs.is_empty() => "(none)".to_owned(),
        Some(needs) => needs.join(", "),
        None => String::new(),
    };
    let head = ["STAGE", "JOB", "WHEN", "NEEDS", "WHY"].map(str::to_owned);
    let row = |entry: &Entry| {
        [entry.stage.clone(), entry.name.clone(), entry.when.clone(), needs(entry), entry.why.clone()]
    };
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(entries.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| count(row, column)).max().unwrap_or_default();
    let widths = [0, 1, 2, 3, 4].map(width);
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths).filter(|(_, width)| *width > 0) {
            line.push_str(&format!("{}  ", pad(cell, width)));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The list for scripts.
pub fn json(entries: &[Entry]) -> String {
    serde_json::to_string_pretty(entries).unwrap_or_default() + "\n"
}

fn count(row: &[String; 5], column: usize) -> usize {
    row.get(column).map_or(0, |cell| printable(cell).chars().count())
}

fn pad(cell: &str, width: usize) -> String {
    format!("{:width$}", printable(cell))
}

/// Names and expressions may have line breaks and worse in them.
fn printable(text: &str) -> String {
    text.split(|c: char| c.is_control() || c == ' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
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

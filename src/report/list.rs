//! The answer of `list`: the jobs, and why they are or are not in the pipeline.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedJob {
    pub name: String,
    pub stage: String,
    /// `on_success`, `manual`, …; `never` if the job is not in the pipeline.
    pub when: String,
    /// Whether `allow_failure` covers every exit code.
    pub allow_failure: bool,
    /// The names of the jobs that it needs, with every instance of a parallel job; `None` if it waits for all earlier
    /// stages.
    pub needs: Option<Vec<String>>,
    /// The same as written in the file, where a parallel job has one name.
    #[serde(skip)]
    pub needs_as_written: Option<Vec<String>>,
    /// Why the job is in the pipeline, or is not.
    pub why: String,
    /// Whether the job is in the pipeline of this branch or tag.
    pub in_pipeline: bool,
}

/// The list as a table.
pub fn text<'j>(jobs: &'j [ListedJob]) -> String {
    let needs = |job: &ListedJob| match &job.needs_as_written {
        Some(needs) if needs.is_empty() => "(none)".to_owned(),
        Some(needs) => needs.join(", "),
        None => String::new(),
    };
    let head = ["STAGE", "JOB", "WHEN", "NEEDS", "WHY"].map(Cow::Borrowed);
    let row = |job: &'j ListedJob| {
        let needs = Cow::Owned(printable(&needs(job)).into_owned());
        let [stage, name, when, why] =
            [&job.stage, &job.name, &job.when, &job.why].map(|cell| printable(cell));
        [stage, name, when, needs, why]
    };
    let rows: Vec<[Cow<'_, str>; 5]> = std::iter::once(head).chain(jobs.iter().map(row)).collect();
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

/// The list as a JSON array.
pub fn json(jobs: &[ListedJob]) -> String {
    serde_json::to_string_pretty(jobs).unwrap_or_default() + "\n"
}

/// The text in one line: names and expressions may contain control characters.
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

    fn job(name: &str, when: &str, needs: Option<&[&str]>, why: &str) -> ListedJob {
        ListedJob {
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
    fn a_column_is_as_wide_as_its_widest_cell() {
        let jobs = [
            job("unit: [ruby, 2.7]", "on_success", None, ""),
            job("lint", "manual", Some(&[]), "rule 2: if $A\n&& $B"),
            job("deploy", "never", Some(&["lint", "é"]), "no rule matches"),
        ];
        insta::assert_snapshot!(text(&jobs), @r"
        STAGE  JOB                WHEN        NEEDS    WHY
        test   unit: [ruby, 2.7]  on_success
        test   lint               manual      (none)   rule 2: if $A && $B
        test   deploy             never       lint, é  no rule matches
        ");
    }

    #[test]
    fn json_has_every_field_of_a_job() {
        let value: serde_json::Value = serde_json::from_str(&json(&[job("a", "never", None, "")])).unwrap();
        assert_eq!(value[0]["needs"], serde_json::Value::Null);
        assert_eq!(value[0]["in_pipeline"], false);
    }
}

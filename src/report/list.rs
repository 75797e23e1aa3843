//! The answer of `list`: the jobs, and why they are or are not in the pipeline.

use serde::Serialize;

use super::json::json_answer;
use super::table::table;

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
    /// The names in `dependencies`; `None` without the keyword.
    pub dependencies: Option<Vec<String>>,
    /// What the job stores: `archive`, and the types of its reports.
    pub artifacts: Vec<String>,
    /// Why the job is in the pipeline, or is not.
    pub why: String,
    /// Whether the job is in the pipeline of this branch or tag.
    pub in_pipeline: bool,
}

/// The list as a table.
pub fn text(jobs: &[ListedJob]) -> String {
    let needs = |job: &ListedJob| match &job.needs_as_written {
        Some(needs) if needs.is_empty() => "(none)".to_owned(),
        Some(needs) => needs.join(", "),
        None => String::new(),
    };
    let row = |job: &ListedJob| {
        let needs = needs(job);
        [&job.stage, &job.name, &job.when, &needs, &job.why].map(Clone::clone)
    };
    table(["STAGE", "JOB", "WHEN", "NEEDS", "WHY"], jobs.iter().map(row))
}

/// The list as a JSON array.
pub fn json(jobs: &[ListedJob]) -> String {
    json_answer(&jobs)
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
            dependencies: None,
            artifacts: vec!["archive".to_owned()],
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
    fn columns_are_as_wide_as_what_is_shown() {
        let jobs = [job("a\x1b[2J", "never", None, "x"), job("b", "never", None, "y")];
        insta::assert_snapshot!(text(&jobs), @r"
        STAGE  JOB         WHEN   NEEDS  WHY
        test   a\u{1b}[2J  never         x
        test   b           never         y
        ");
    }

    #[test]
    fn json_has_every_field_of_a_job() {
        let value: serde_json::Value = serde_json::from_str(&json(&[job("a", "never", None, "")])).unwrap();
        assert_eq!(value[0]["needs"], serde_json::Value::Null);
        assert_eq!(value[0]["dependencies"], serde_json::Value::Null);
        assert_eq!(value[0]["artifacts"], serde_json::json!(["archive"]));
        assert_eq!(value[0]["in_pipeline"], false);
    }
}

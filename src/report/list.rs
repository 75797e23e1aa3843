//! The answer of `list`: the jobs, and why they are or are not in the pipeline.

use serde::Serialize;

use super::fitted_table::{Column, FittedRow, fitted_table};
use super::json::json_answer;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;

/// The word for a job without rules.
pub const NO_RULES: &str = "no rules";

/// The columns of the table; the narrowest widths keep what tells jobs apart.
const COLUMNS: [Column; 6] = [
    Column { head: "JOB", width_min: usize::MAX },
    Column { head: "WHEN", width_min: usize::MAX },
    Column { head: "NEEDS", width_min: 10 },
    Column { head: "ENVIRONMENT", width_min: 11 },
    Column { head: "DESCRIPTION", width_min: 20 },
    Column { head: "WHY", width_min: 16 },
];

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
    /// The name of its environment, as written.
    pub environment: Option<String>,
    /// The comment above the job.
    pub description: Option<String>,
    /// Why the job is in the pipeline, or is not.
    pub why: String,
    /// Whether the job is in the pipeline of this branch or tag.
    pub in_pipeline: bool,
}

/// The list as a table, with the jobs of a stage below its name. `width` is that of the terminal; without one, nothing is
/// cut.
pub fn text(jobs: &[ListedJob], style: Style, width: Option<usize>) -> TerminalText {
    let mut rows = Vec::new();
    let mut stage = None;
    for job in jobs {
        if stage != Some(&job.stage) {
            rows.push(FittedRow::Heading(job.stage.clone()));
            stage = Some(&job.stage);
        }
        let colour = matches!(&*job.when, "manual" | "delayed").then_some(Colour::Yellow);
        let name = format!("  {}", job.name.trim_start());
        let why = if job.why == NO_RULES { String::new() } else { job.why.clone() };
        let cells = [
            (name, None),
            (job.when.clone(), colour),
            (needs(job), None),
            (job.environment.clone().unwrap_or_default(), None),
            (first_sentence(job).to_owned(), None),
            (why, None),
        ];
        rows.push(FittedRow::Cells(cells));
    }
    fitted_table(&COLUMNS, &rows, style, width)
}

/// The first sentence of the description.
fn first_sentence(job: &ListedJob) -> &str {
    let description = job.description.as_deref().unwrap_or_default();
    description.split_once(". ").map_or(description, |(first, _)| first)
}

fn needs(job: &ListedJob) -> String {
    match &job.needs_as_written {
        Some(needs) if needs.is_empty() => "(none)".to_owned(),
        Some(needs) => needs.join(", "),
        None => String::new(),
    }
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
            environment: None,
            description: None,
            why: why.to_owned(),
            in_pipeline: when != "never",
        }
    }

    fn plain(jobs: &[ListedJob], width: Option<usize>) -> String {
        text(jobs, Style::Plain, width).as_str().to_owned()
    }

    fn deployment() -> ListedJob {
        ListedJob {
            stage: "deploy".to_owned(),
            environment: Some("review/$CI_COMMIT_REF_SLUG".to_owned()),
            description: Some("Puts the branch on a server of its own, for reviews. By hand.".to_owned()),
            ..job("review", "manual", Some(&["lint", "é"]), "rule 1: if $CI_COMMIT_BRANCH")
        }
    }

    #[test]
    fn jobs_stand_below_their_stage_and_columns_without_content_are_left_out() {
        let jobs = [
            job("unit: [ruby, 2.7]", "on_success", None, "no rules"),
            job("lint", "manual", Some(&[]), "rule 2: if $A\n&& $B"),
            ListedJob {
                stage: ".post".to_owned(),
                ..job("deploy", "never", Some(&["lint", "é"]), "no rule matches")
            },
        ];
        insta::assert_snapshot!(plain(&jobs, None), @r"
        JOB                  WHEN        NEEDS    WHY
        test
          unit: [ruby, 2.7]  on_success
          lint               manual      (none)   rule 2: if $A && $B
        .post
          deploy             never       lint, é  no rule matches
        ");
        insta::assert_snapshot!(plain(&jobs[..1], None), @r"
        JOB                  WHEN
        test
          unit: [ruby, 2.7]  on_success
        ");
        assert_eq!(plain(&[], None), "");
    }

    #[test]
    fn columns_are_as_wide_as_what_is_shown() {
        let jobs = [job("a\x1b[2J", "never", None, "x"), job("b", "never", None, "y")];
        insta::assert_snapshot!(plain(&jobs, None), @r"
        JOB           WHEN   WHY
        test
          a\u{1b}[2J  never  x
          b           never  y
        ");
    }

    #[test]
    fn the_table_fits_the_terminal() {
        let jobs = [job("unit: [ruby, 2.7]", "on_success", None, "no rules"), deployment()];
        for width in [40, 60, 80, 100, 200] {
            let text = plain(&jobs, Some(width));
            assert!(text.lines().all(|line| line.chars().count() < width), "{width}:\n{text}");
        }
        insta::assert_snapshot!(plain(&jobs, Some(60)), @r"
        JOB                  WHEN        NEEDS    ENVIRONMENT
        test
          unit: [ruby, 2.7]  on_success
        deploy
          review             manual      lint, é  review/$CI_COM...
        ");
        insta::assert_snapshot!(plain(&jobs, Some(100)), @r"
        JOB                  WHEN        NEEDS    ENVIRONMENT        DESCRIPTION           WHY
        test
          unit: [ruby, 2.7]  on_success
        deploy
          review             manual      lint, é  review/$CI_COM...  Puts the branch o...  rule 1: if $C...
        ");
        assert_eq!(plain(&jobs, Some(200)), plain(&jobs, None));
    }

    #[test]
    fn stages_and_jobs_that_wait_for_a_person_are_coloured() {
        let text = text(&[job("lint", "manual", None, "no rules")], Style::Coloured, None);
        assert_eq!(text.as_str(), "JOB     WHEN\n\x1b[1mtest\x1b[0;m\n  lint  \x1b[0;33mmanual\x1b[0;m\n");
    }

    #[test]
    fn json_has_every_field_of_a_job() {
        let jobs = [job("a", "never", None, ""), deployment()];
        let value: serde_json::Value = serde_json::from_str(&json(&jobs)).unwrap();
        assert_eq!(value[0]["needs"], serde_json::Value::Null);
        assert_eq!(value[0]["dependencies"], serde_json::Value::Null);
        assert_eq!(value[0]["artifacts"], serde_json::json!(["archive"]));
        assert_eq!(value[0]["in_pipeline"], false);
        assert_eq!(value[0]["environment"], serde_json::Value::Null);
        assert_eq!(value[1]["environment"], "review/$CI_COMMIT_REF_SLUG");
        assert_eq!(value[1]["description"], "Puts the branch on a server of its own, for reviews. By hand.");
    }
}

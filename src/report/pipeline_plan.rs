//! The answer of `pipeline --dry-run`: the jobs, what starts them, and how they would end.

use serde::Serialize;

use super::fitted_table::{Column, FittedRow, fitted_table};
use super::json::json_answer;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;

/// The columns of the table; the narrowest widths keep what tells jobs apart.
const COLUMNS: [Column; 5] = [
    Column { head: "JOB", width_min: usize::MAX },
    Column { head: "BEGINS", width_min: usize::MAX },
    Column { head: "WAITS FOR", width_min: 10 },
    Column { head: "START", width_min: 12 },
    Column { head: "ENDS", width_min: 10 },
];

/// A pipeline that is not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelinePlan {
    /// The version of this form.
    pub version: u32,
    /// GitLab's status of the pipeline if every job that starts passes.
    pub status: &'static str,
    /// The jobs in the order of the pipeline.
    pub jobs: Vec<PlannedJob>,
}

/// A job of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedJob {
    pub name: String,
    pub stage: String,
    /// `on_success`, `manual`, …
    pub when: &'static str,
    /// The names of the jobs that it needs; `None` if it waits for all earlier stages.
    pub needs: Option<Vec<String>>,
    /// Whether the pipeline goes on without it.
    pub allow_failure: bool,
    /// Whether it starts another pipeline, which does not happen here.
    pub trigger: bool,
    /// `resource_group`, as written.
    pub resource_group: Option<String>,
    /// GitLab's state of the job when the pipeline begins.
    pub begins: &'static str,
    /// GitLab's state of the job when the pipeline is over, if every job that starts passes.
    pub ends: &'static str,
    /// Why it ends so, if that is not its own doing.
    pub reason: Option<String>,
    /// What it waits for, in words.
    #[serde(skip)]
    pub waits_for: String,
    /// What starts it, in words; empty for a job that starts after the success of those that it waits for.
    #[serde(skip)]
    pub start: String,
}

/// The plan as a table, with the jobs of a stage below its name. `width` is that of the terminal; without one, nothing is
/// cut.
pub fn text(plan: &PipelinePlan, style: Style, width: Option<usize>) -> TerminalText {
    let mut rows = Vec::new();
    let mut stage = None;
    for job in &plan.jobs {
        if stage != Some(&job.stage) {
            rows.push(FittedRow::Heading(job.stage.clone()));
            stage = Some(&job.stage);
        }
        let (end, colour) = end_text(job);
        rows.push(FittedRow::Cells([
            (format!("  {}", job.name.trim_start()), None),
            (job.begins.to_owned(), None),
            (job.waits_for.clone(), None),
            (job.start.clone(), None),
            (end, colour),
        ]));
    }
    let mut out = fitted_table(&COLUMNS, &rows, style, width);
    out.push("\nIf every job that starts passes, the status of the pipeline is ");
    out.append(&style.paint(Colour::Bold, plan.status));
    out.push(".\n");
    out
}

/// How the job ends, and the colour of these words.
fn end_text(job: &PlannedJob) -> (String, Option<Colour>) {
    let (word, colour) = match job.ends {
        "success" if job.trigger => ("not run here", None),
        "success" => ("passed", None),
        "created" => ("not reached", Some(Colour::Yellow)),
        "scheduled" => ("delayed", Some(Colour::Yellow)),
        "manual" => ("manual", Some(Colour::Yellow)),
        other => (other, None),
    };
    match &job.reason {
        Some(reason) => (format!("{word}: {reason}"), colour),
        None => (word.to_owned(), colour),
    }
}

/// The plan as a JSON object.
pub fn json(plan: &PipelinePlan) -> String {
    json_answer(plan)
}

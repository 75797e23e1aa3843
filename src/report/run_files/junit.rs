//! The final state of a run as JUnit XML: a suite for each stage, a case for each job.

use std::time::Duration;

use crate::error_chain::chain;
use crate::executor::run_report::{FailureKind, JobReport, RunJob, RunReport};
use crate::report::mask::Mask;
use crate::report::result::failed_command;
use crate::report::state_text::state_text;
use crate::schedule::job_state::JobState;

/// What a case says beside its name.
enum CaseElement {
    Passed,
    Skipped(String),
    /// The job's script or its time limit.
    Failure {
        message: String,
        kind: &'static str,
        details: String,
    },
    /// The runner or the engine, or the user.
    Error {
        message: String,
        kind: &'static str,
    },
}

/// The numbers of a suite, or of all.
#[derive(Default)]
struct CaseCounts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

/// The document.
pub(super) fn document(report: &RunReport, mask: &Mask) -> String {
    let mut stages: Vec<&str> = Vec::new();
    for job in &report.facts.jobs {
        if !stages.contains(&&*job.stage) {
            stages.push(&job.stage);
        }
    }
    let jobs: Vec<(&RunJob, &JobReport)> = report.facts.jobs.iter().zip(&report.jobs).collect();
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let counts = counts(jobs.iter().map(|(_, ended)| result(ended, mask)));
    out.push_str(&format!(
        "<testsuites name=\"runner-lite\" {} time=\"{}\">\n",
        counts,
        seconds(report.wall)
    ));
    for stage in stages {
        let jobs = jobs.iter().filter(|(job, _)| job.stage == stage).copied();
        out.push_str(&suite(stage, &jobs.collect::<Vec<_>>(), mask));
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(stage: &str, jobs: &[(&RunJob, &JobReport)], mask: &Mask) -> String {
    let counts = counts(jobs.iter().map(|(_, ended)| result(ended, mask)));
    let time: Duration = jobs.iter().map(|(_, ended)| ended.duration).sum();
    let started = jobs.iter().filter_map(|(_, ended)| ended.started).min();
    let started = started.map(|at| format!(" timestamp=\"{at:.0}\"")).unwrap_or_default();
    let stage = escaped(&mask.text(stage));
    let cases = jobs.iter().map(|(job, ended)| case(&stage, job, ended, mask));
    format!(
        "  <testsuite name=\"{stage}\" {counts} time=\"{}\"{started}>\n{}  </testsuite>\n",
        seconds(time),
        cases.collect::<String>()
    )
}

fn case(stage: &str, job: &RunJob, ended: &JobReport, mask: &Mask) -> String {
    let (name, time) = (escaped(&mask.text(&job.name)), seconds(ended.duration));
    let head = format!("    <testcase name=\"{name}\" classname=\"{stage}\" time=\"{time}\"");
    let text = |text: &str| escaped(&mask.text(text));
    let element = match result(ended, mask) {
        CaseElement::Passed => return format!("{head}/>\n"),
        CaseElement::Skipped(message) => format!("<skipped message=\"{}\"/>", text(&message)),
        CaseElement::Error { message, kind } => {
            format!("<error message=\"{}\" type=\"{kind}\"/>", text(&message))
        }
        CaseElement::Failure { message, kind, details } => {
            let (message, details) = (text(&message), text(&details));
            format!("<failure message=\"{message}\" type=\"{kind}\">{details}</failure>")
        }
    };
    format!("{head}>\n      {element}\n    </testcase>\n")
}

fn result(ended: &JobReport, mask: &Mask) -> CaseElement {
    let message = || match ended.outcome.as_ref().and_then(|outcome| outcome.failure()) {
        Some(failure) => chain(failure),
        None => state_text(ended),
    };
    let details =
        || ended.outcome.as_ref().and_then(|outcome| failed_command(outcome, mask)).unwrap_or_default();
    match (ended.state, ended.failure()) {
        (JobState::Success, _) => CaseElement::Passed,
        (JobState::Failed, _) if ended.may_fail => {
            CaseElement::Skipped(format!("{}; the job is allowed to fail", message()))
        }
        (JobState::Failed, Some(kind @ (FailureKind::Script | FailureKind::Timeout))) => {
            CaseElement::Failure { message: message(), kind: kind.as_str(), details: details() }
        }
        (JobState::Failed, _) => {
            CaseElement::Error { message: message(), kind: FailureKind::System.as_str() }
        }
        (JobState::Canceled, _) if ended.attempts > 0 => {
            CaseElement::Error { message: state_text(ended), kind: "canceled" }
        }
        _ => CaseElement::Skipped(state_text(ended)),
    }
}

fn counts(results: impl Iterator<Item = CaseElement>) -> CaseCounts {
    let mut counts = CaseCounts::default();
    for result in results {
        counts.tests += 1;
        match result {
            CaseElement::Passed => {}
            CaseElement::Skipped(_) => counts.skipped += 1,
            CaseElement::Failure { .. } => counts.failures += 1,
            CaseElement::Error { .. } => counts.errors += 1,
        }
    }
    counts
}

impl std::fmt::Display for CaseCounts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tests, failures, errors, skipped } = self;
        write!(out, "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// The text for an attribute or an element, without the characters that XML 1.0 has no place for.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;

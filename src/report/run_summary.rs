//! What a run has come to: a table of its jobs, what to do about those that failed, and the verdict. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fitted_table::{Column, FittedRow, fitted_table};
use super::live_text::SpinnerSigns;
use super::mask::Mask;
use super::result::failed_command;
use super::shell_word::quoted;
use super::state_text::{state_text, state_word};
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;
use crate::amount;
use crate::error_chain::chain;
use crate::executor::run_report::{JobReport, RunJob, RunReport};
use crate::schedule::job_state::{JobState, StateReason};

/// The columns of the table. The state of a job is cut last.
const COLUMNS: [Column; 6] = [
    Column { head: "JOB", width_min: 16 },
    Column { head: "STATE", width_min: usize::MAX },
    Column { head: "TIME", width_min: 12 },
    Column { head: "ATTEMPTS", width_min: 8 },
    Column { head: "ARTIFACTS", width_min: 18 },
    Column { head: "COVERAGE", width_min: 8 },
];

/// What a summary is made for.
pub(super) struct SummaryForm<'m> {
    pub(super) style: Style,
    pub(super) signs: SpinnerSigns,
    /// The width of the terminal; `None` without one.
    pub(super) width: Option<usize>,
    pub(super) mask: &'m Mask,
}

/// The ends of logs that nobody has seen, by the names of their jobs.
pub(super) type LogEnds = BTreeMap<String, Vec<String>>;

/// The summary of a run.
pub(super) fn summary(report: &RunReport, ends: &LogEnds, form: &SummaryForm<'_>) -> TerminalText {
    let jobs: Vec<(&RunJob, &JobReport)> = report.facts.jobs.iter().zip(&report.jobs).collect();
    let rows: Vec<FittedRow<6>> = jobs.iter().map(|(job, ended)| row(job, ended, form.signs)).collect();
    let mut out = fitted_table(&COLUMNS, &rows, form.style, form.width);
    for (job, ended) in jobs.iter().filter(|(_, ended)| is_failed(ended)) {
        out.push("\n");
        failed_job(&mut out, job, ended, ends.get(&job.name), form);
    }
    out.push("\n");
    push_line(&mut out, &times(report));
    let (colour, text) = verdict(report, form.signs);
    out.append(&form.style.paint(colour, &text));
    out.masked(form.mask)
}

fn is_failed(job: &JobReport) -> bool {
    job.state == JobState::Failed && !job.may_fail
}

fn row(job: &RunJob, ended: &JobReport, signs: SpinnerSigns) -> FittedRow<6> {
    let attempts = if ended.attempts > 1 { ended.attempts.to_string() } else { String::new() };
    let artifacts = ended
        .artifacts
        .map(|size| format!("{}, {}", amount::counted(size.files, "file"), amount::size(size.bytes)));
    let time = if ended.attempts > 0 { amount::elapsed(ended.duration) } else { String::new() };
    FittedRow::Cells([
        (job.name.clone(), None),
        (state(job, ended, signs), colour(ended)),
        (time, None),
        (attempts, None),
        (artifacts.unwrap_or_default(), None),
        (ended.coverage.as_ref().map(|figure| format!("{figure}%")).unwrap_or_default(), None),
    ])
}

/// The words for the state of a job. Those of a manual job say what starts it.
fn state(job: &RunJob, ended: &JobReport, signs: SpinnerSigns) -> String {
    match ended.state {
        JobState::Manual => format!("manual: --manual {}", quoted(&job.name)),
        JobState::Failed if ended.may_fail => {
            format!("passed {}: {}", warning_sign(signs), state_word(ended))
        }
        _ => state_text(ended),
    }
}

fn warning_sign(signs: SpinnerSigns) -> &'static str {
    match signs {
        SpinnerSigns::Unicode => "⚠",
        SpinnerSigns::Ascii => "!",
    }
}

fn colour(ended: &JobReport) -> Option<Colour> {
    match ended.state {
        JobState::Success if ended.reason.is_none() => Some(Colour::BoldGreen),
        JobState::Failed if ended.may_fail => Some(Colour::BoldYellow),
        JobState::Failed | JobState::Canceled => Some(Colour::BoldRed),
        JobState::Manual | JobState::Scheduled => Some(Colour::Yellow),
        _ => None,
    }
}

/// What is known of a job that failed, and what to do about it.
fn failed_job(
    out: &mut TerminalText,
    job: &RunJob,
    ended: &JobReport,
    end: Option<&Vec<String>>,
    form: &SummaryForm<'_>,
) {
    let outcome = ended.outcome.as_deref();
    let why = outcome.and_then(|outcome| outcome.failure()).map(|failure| chain(failure));
    let title = match why {
        Some(why) => format!("{}: {why}", job.name),
        None => format!("{}: it could not start", job.name),
    };
    out.append(&form.style.paint(Colour::BoldRed, &title));
    out.push("\n");
    if let Some(command) = outcome.and_then(|outcome| failed_command(outcome, form.mask)) {
        push_line(out, &format!("  {command}"));
    }
    for line in end.into_iter().flatten() {
        push_line(out, &format!("  | {line}"));
    }
    push_line(out, &format!("  try it alone: runner-lite exec {}", quoted(&job.name)));
    if ended.log.is_some() {
        push_line(out, &format!("  its log: runner-lite logs {}", quoted(&job.name)));
    }
}

fn push_line(out: &mut TerminalText, text: &str) {
    out.append(&TerminalText::line(text));
    out.push("\n");
}

/// How long the run took, and its jobs together.
fn times(report: &RunReport) -> String {
    let sum: Duration = report.jobs.iter().map(|job| job.duration).sum();
    let ran = report.jobs.iter().filter(|job| job.attempts > 0).count();
    let wall = amount::elapsed(report.wall);
    match ran {
        0 | 1 => format!("Finished in {wall}"),
        _ => format!(
            "Finished in {wall}; {} took {} together",
            amount::counted(ran as u64, "job"),
            amount::elapsed(sum)
        ),
    }
}

/// The last line.
fn verdict(report: &RunReport, signs: SpinnerSigns) -> (Colour, String) {
    let named = |state: JobState| -> Vec<&str> {
        let jobs = report.facts.jobs.iter().zip(&report.jobs);
        jobs.filter(|(_, ended)| ended.state == state).map(|(job, _)| &*job.name).collect()
    };
    match report.status {
        _ if report.jobs.iter().any(is_failed) => (Colour::BoldRed, "Pipeline failed".to_owned()),
        JobState::Success if report.has_warnings => {
            (Colour::BoldYellow, format!("Pipeline passed {} with warnings", warning_sign(signs)))
        }
        JobState::Success => (Colour::BoldGreen, "Pipeline passed".to_owned()),
        JobState::Manual => (Colour::BoldYellow, blocked_by_manual(report)),
        JobState::Scheduled => {
            let text = format!(
                "Pipeline blocked: waiting for {}; --delayed now starts it",
                named(JobState::Scheduled).join(", ")
            );
            (Colour::BoldYellow, text)
        }
        JobState::Canceled => (Colour::BoldRed, "Pipeline canceled".to_owned()),
        JobState::Skipped => (Colour::BoldGreen, "Pipeline skipped: no job had to run".to_owned()),
        _ => (Colour::BoldRed, "Pipeline failed".to_owned()),
    }
}

/// Names the manual jobs that others wait for, or all manual ones if none says that it waits.
fn blocked_by_manual(report: &RunReport) -> String {
    let jobs = || report.facts.jobs.iter().zip(&report.jobs);
    let is_awaited = |name: &String| {
        jobs().any(
            |(_, ended)| matches!(&ended.reason, Some(StateReason::BlockedBy(jobs)) if jobs.contains(name)),
        )
    };
    let manual: Vec<&String> =
        jobs().filter(|(_, ended)| ended.state == JobState::Manual).map(|(job, _)| &job.name).collect();
    let awaited: Vec<&String> = manual.iter().copied().filter(|name| is_awaited(name)).collect();
    let blocking = if awaited.is_empty() { manual } else { awaited };
    let names: Vec<&str> = blocking.iter().map(|name| name.as_str()).collect();
    let options: Vec<String> = blocking.iter().map(|name| format!("--manual {}", quoted(name))).collect();
    let verb = if blocking.len() == 1 { "starts it" } else { "starts them" };
    format!("Pipeline blocked: waiting for {}; {} {verb}", names.join(", "), options.join(" "))
}

#[cfg(test)]
mod tests;

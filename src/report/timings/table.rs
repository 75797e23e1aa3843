//! The table of `--timings`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::critical_path::{CriticalStep, critical_path};
use super::record::{SpanKind, TimedSpan, TimingsRecord};
use crate::amount::{self, counted};
use crate::executor::run_report::RunReport;
use crate::report::fitted_table::{Column, FittedRow, fitted_table};
use crate::report::mask::Mask;
use crate::report::printable::printable_line;
use crate::report::style::Style;
use crate::report::terminal_text::TerminalText;

/// One more than the columns that the table may use: terminals differ in what they do with a character in their last one.
const WIDTH: usize = 81;

/// The shortest wait of a job that the critical path names: a shorter one would be `0.0 s`.
const WAIT_NAMED_FROM: Duration = Duration::from_millis(50);

const COLUMNS: [Column; 4] = [
    Column { head: "   BEGUN", width_min: usize::MAX },
    Column { head: "    TOOK", width_min: usize::MAX },
    Column { head: "JOB", width_min: 12 },
    Column { head: "WHAT", width_min: 30 },
];

/// The table: what took how long, by the beginnings, then the sums of calls with the same name, and for several jobs the
/// critical path. Times are in seconds; those of the beginnings count from the first of them.
pub(in crate::report) fn table(record: &TimingsRecord, report: &RunReport, mask: &Mask) -> TerminalText {
    let spans = record.sorted();
    let origin = spans.first().map_or(report.facts.started, |span| span.begun);
    let names_jobs = report.facts.jobs.len() > 1;
    let rows: Vec<FittedRow<4>> = spans.iter().map(|span| row(span, origin, names_jobs, mask)).collect();
    let mut out = fitted_table(&COLUMNS, &rows, Style::Plain, Some(WIDTH));
    let mut lines = sums(&spans);
    if record.left_out > 0 {
        lines.push(format!("{} more are not shown.", record.left_out));
    }
    if names_jobs {
        lines.extend(path_lines(&critical_path(report), report, mask));
    }
    out.push(&lines.join("\n"));
    out
}

fn row(span: &TimedSpan, origin: Timestamp, names_jobs: bool, mask: &Mask) -> FittedRow<4> {
    let begun = Duration::try_from(span.begun.duration_since(origin)).unwrap_or_default();
    let job = span.job.as_deref().filter(|_| names_jobs).unwrap_or_default();
    let failure = span.failure.as_ref().map(|failure| format!(" ({failure})")).unwrap_or_default();
    let what = match span.kind {
        SpanKind::Phase => format!("== {}", span.name),
        SpanKind::Wait | SpanKind::Call => format!("{} {}{failure}", span.name, span.object),
    };
    let cells = [seconds(begun), seconds(span.took), mask.text(job).into(), mask.text(&what).into()];
    FittedRow::Cells(cells.map(|text| (text, None)))
}

fn seconds(time: Duration) -> String {
    format!("{:>8.3}", time.as_secs_f64())
}

/// A line for each kind of call, with the longest sum first, below the sum of all.
fn sums(spans: &[&TimedSpan]) -> Vec<String> {
    let mut of_name: BTreeMap<&str, (u64, Duration)> = BTreeMap::new();
    let calls = spans.iter().filter(|span| span.kind == SpanKind::Call);
    let (mut count, mut all) = (0_u64, Duration::ZERO);
    for span in calls {
        let (of_name, time) = of_name.entry(span.name).or_default();
        (*of_name, *time) = (of_name.saturating_add(1), time.saturating_add(span.took));
        (count, all) = (count.saturating_add(1), all.saturating_add(span.took));
    }
    let mut sums: Vec<_> = of_name.into_iter().collect();
    sums.sort_by_key(|(_, (_, time))| std::cmp::Reverse(*time));
    let line =
        |(name, (count, time)): (&str, (u64, Duration))| format!("{} {count:>5}  {name}", seconds(time));
    let head = format!("{} in {}, some at the same time:", seconds(all).trim_start(), counted(count, "call"));
    std::iter::once(format!("Sum of seconds: {head}")).chain(sums.into_iter().map(line)).collect()
}

/// The critical path: its length, then a line for each job.
fn path_lines(path: &[CriticalStep], report: &RunReport, mask: &Mask) -> Vec<String> {
    if path.is_empty() {
        return Vec::new();
    }
    let total = path
        .iter()
        .fold(Duration::ZERO, |sum, step| sum.saturating_add(step.waited).saturating_add(step.took));
    let (total, wall) = (amount::elapsed(total), amount::elapsed(report.wall));
    let line = |step: &CriticalStep| {
        let name = report.facts.jobs.get(step.place).map(|job| mask.text(&job.name)).unwrap_or_default();
        let waited = match step.waited < WAIT_NAMED_FROM {
            true => String::new(),
            false => format!(", after {} in which nothing had to end", amount::elapsed(step.waited)),
        };
        format!("  {}: {}{waited}", printable_line(&name), amount::elapsed(step.took))
    };
    std::iter::once(format!("Critical path, {total} of {wall}:")).chain(path.iter().map(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::trace::tests::{record_of_two_jobs, report_of_two_jobs};
    use super::*;

    #[test]
    fn what_took_how_long_is_in_the_order_of_the_beginnings_with_sums_and_the_critical_path() {
        let text = table(&record_of_two_jobs(), &report_of_two_jobs(), &Mask::default());
        assert!(text.as_str().lines().all(|line| line.chars().count() <= 80), "{}", text.as_str());
        insta::assert_snapshot!(text.as_str(), @r"
           BEGUN      TOOK  JOB    WHAT
           0.000     0.002         ask about the engine
           0.010     0.600  build  == prepare_executor
           0.011     0.004  build  inspect image busybox:1.35 (404)
           0.040     0.060  build  create container redis-0
           0.200     0.400  build  wait for service redis:7
           0.610     0.290  build  == step_script
           0.620     0.030  build  wait for container build
           0.635     0.025  build  attach to container build (no answer)
           0.900     0.100  build  == cleanup
           1.300     1.200  test   == prepare_executor
        Sum of seconds: 0.121 in 5 calls, some at the same time:
           0.060     1  create container
           0.030     1  wait for container
           0.025     1  attach to container
           0.004     1  inspect image
           0.002     1  ask about
        Critical path, 2.3 s of 2.6 s:
          build: 1.0 s
          test: 1.0 s, after 0.3 s in which nothing had to end
        ");
    }
}

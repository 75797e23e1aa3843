//! The last line of a job's log: how long each phase took.

use std::time::Duration;

use crate::amount;
use crate::executor::event::Phase;
use crate::executor::run::coverage::CoverageResult;

/// The shortest phase that the line names: a shorter one would be `0.0 s`.
const PHASE_NAMED_FROM: Duration = Duration::from_millis(50);

/// Formats the total and each phase: `Finished in 1.5 s: prepare 0.3 s, script 1.2 s`.
pub fn timings(total: Duration, phases: &[(Phase, Duration)]) -> String {
    let named = phases.iter().filter(|(_, time)| *time >= PHASE_NAMED_FROM);
    let parts: Vec<_> =
        named.map(|(phase, time)| format!("{} {}", name(*phase), amount::elapsed(*time))).collect();
    let total = amount::elapsed(total);
    if parts.is_empty() {
        format!("Finished in {total}")
    } else {
        format!("Finished in {total}: {}", parts.join(", "))
    }
}

fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Prepare => "prepare",
        Phase::Services => "services",
        Phase::Sources => "sources",
        Phase::Script => "script",
        Phase::AfterScript => "after_script",
        Phase::Collect => "collect",
        Phase::Cleanup => "cleanup",
    }
}

/// What the log says about the coverage. An error is a warning.
pub(super) fn coverage(finding: &CoverageResult) -> Result<String, String> {
    match finding {
        CoverageResult::Figure(figure) => Ok(format!("Coverage: {figure}%")),
        CoverageResult::Nothing => Ok("Coverage: no line of the log has a figure for `coverage`".to_owned()),
        CoverageResult::BehindColours(figure) => Err(format!(
            "GitLab would find no coverage: colour codes in the line keep the pattern from matching {figure}%; \
             print it without colours, or let the pattern of `coverage` match the codes"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_has_the_total_and_the_phases_in_order() {
        let times = [
            (Phase::Prepare, Duration::from_millis(300)),
            (Phase::Sources, Duration::from_millis(40)),
            (Phase::Script, Duration::from_millis(1200)),
        ];
        let total = Duration::from_millis(1510);
        assert_eq!(timings(total, &times), "Finished in 1.5 s: prepare 0.3 s, script 1.2 s");
        assert_eq!(timings(total, &[]), "Finished in 1.5 s");
        let times = [(Phase::Script, Duration::from_secs(130))];
        assert_eq!(timings(Duration::from_secs(140), &times), "Finished in 2 min 20 s: script 2 min 10 s");
    }
}

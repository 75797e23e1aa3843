//! The last line of a job's log: how long each phase took.

use std::time::Duration;

use crate::executor::event::Phase;

/// Formats the total and each phase: `Finished in 1.51 s: prepare 0.30 s, script 1.20 s`.
pub fn timings(total: Duration, phases: &[(Phase, Duration)]) -> String {
    let parts: Vec<_> =
        phases.iter().map(|(phase, time)| format!("{} {}", name(*phase), seconds(*time))).collect();
    format!("Finished in {}: {}", seconds(total), parts.join(", "))
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

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_has_the_total_and_the_phases_in_order() {
        let times =
            [(Phase::Prepare, Duration::from_millis(300)), (Phase::Script, Duration::from_millis(1200))];
        let total = Duration::from_millis(1510);
        assert_eq!(timings(total, &times), "Finished in 1.51 s: prepare 0.30 s, script 1.20 s");
    }
}

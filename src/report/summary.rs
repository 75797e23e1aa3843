//! The last line of a job's log: how long each phase took.

use std::time::Duration;

use crate::amount;
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

/// Hundredths of a second tell how long the parts of a short job took.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.2} s", time.as_secs_f64()),
        _ => amount::duration(time),
    }
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
        let times = [(Phase::Script, Duration::from_secs(130))];
        assert_eq!(timings(Duration::from_secs(140), &times), "Finished in 2 min 20 s: script 2 min 10 s");
    }
}
